"""Log events of Lambda in its text and JSON formats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf.operations import log_format
from domovoi_tf.operations.log_format import Entry, Report
from domovoi_tf.operations.logs import Group, Reader

REQUEST = "8fc6f963-411b-58b5-8483-a32130c0f45d"
START = f"START RequestId: {REQUEST} Version: $LATEST\n"
REPORT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 201.67 ms\tBilled Duration: 682 ms\tMemory Size: 2048 MB\t"
    "Max Memory Used: 81 MB\tInit Duration: 480.25 ms\t\n"
)
JSON_START = json.dumps(
    {
        "time": "2026-01-31T10:20:30.003Z",
        "type": "platform.start",
        "record": {"requestId": REQUEST, "version": "$LATEST"},
    }
)
JSON_REPORT = json.dumps(
    {
        "time": "2026-01-31T10:20:31.003Z",
        "type": "platform.report",
        "record": {
            "requestId": REQUEST,
            "metrics": {
                "durationMs": 201.67,
                "billedDurationMs": 682,
                "memorySizeMB": 2048,
                "maxMemoryUsedMB": 81,
                "initDurationMs": 480.25,
            },
            "status": "success",
        },
    }
)
METRICS = Report(201.67, 682, 480.25, 2048, 81)


@pytest.mark.parametrize(
    ("message", "entry"),
    [
        (START, Entry("start", REQUEST)),
        (JSON_START, Entry("start", REQUEST)),
        (f"END RequestId: {REQUEST}\n", Entry("platform", f"END RequestId: {REQUEST}\n")),
        (
            "INIT_START Runtime Version: python:3.13.v1\n",
            Entry("platform", "INIT_START Runtime Version: python:3.13.v1\n"),
        ),
        (REPORT, Entry("report", REPORT)),
        (JSON_REPORT, Entry("report", JSON_REPORT)),
        ("domovoi_tf handler: tend\n", Entry("mark", "tend")),
        ("STARTED late", Entry("line", "STARTED late")),
        ('{"type": "platform.start"}', Entry("line", '{"type": "platform.start"}')),
        ('{"type": "platform.', Entry("line", '{"type": "platform.')),
        ('{"type": "order", "record": {}}', Entry("line", '{"type": "order", "record": {}}')),
        # A line of a handler may resemble an event of Lambda.
        *(
            (message, Entry("line", message))
            for message in (
                '{"type": "platform.start", "record": []}',
                '{"type": "platform.start", "record": null}',
                '{"type": "order", "record": {"of": "platform.start"}, "x": "platform."}',
                '{"type": "order", "record": {}, "x": "platform.start", "platform.start": 1}',
                '{"type": ["platform.start"], "record": {}}',
                ' {"type": "platform.start", "record": {"requestId": "1"}}',
                '{"record": {"requestId": "1"}, "x": "platform.start"}',
            )
        ),
        (
            '{"type": "platform.fault", "record": {}}',
            Entry("platform", '{"type": "platform.fault", "record": {}}'),
        ),
    ],
)
def test_message_is_an_event_of_lambda_or_a_line_of_a_handler(message: str, entry: Entry) -> None:
    assert log_format.parse_entry(message) == entry


def make_json(message: object, **fields: object) -> str:
    """Returns a line as Lambda's runtime for Python logs it as JSON."""
    line = {"timestamp": "2026-01-31T10:20:30Z", "level": "INFO", "message": message, **fields}
    return json.dumps({**line, "requestId": REQUEST}) + "\n"


MARK_LINE = make_json("domovoi_tf handler: tend", logger="domovoi_tf")


@pytest.mark.parametrize(
    ("message", "kind", "value"),
    [
        (MARK_LINE, "mark", "tend"),
        *(
            (message, "line", message)
            for message in (
                make_json("served", logger="Domovoi"),
                make_json("domovoi_tf handler: tend", logger="root"),
                make_json("The record 1 failed.", logger="domovoi_tf.runtime.batch"),
                make_json(7, logger="domovoi_tf"),
            )
        ),
    ],
)
def test_json_line_has_its_request_and_may_name_the_handler(message: str, kind: str, value: str) -> None:
    assert log_format.parse_entry(message) == Entry(kind, value, REQUEST)


@pytest.mark.parametrize("report", [REPORT, JSON_REPORT])
def test_report_has_metrics(report: str) -> None:
    assert log_format.find_report([START, "a line", report]) == METRICS
    assert not log_format.is_failure(report)


def test_missing_report_is_empty() -> None:
    assert log_format.find_report([START]) == Report(None, None, None, None, None)


@pytest.mark.parametrize(
    "report",
    [
        REPORT.rstrip() + "\tStatus: timeout\n",
        REPORT.rstrip() + "\tStatus: error\tError Type: Runtime.OutOfMemory\n",
        JSON_REPORT.replace('"success"', '"timeout"'),
    ],
)
def test_report_of_failed_invocation(report: str) -> None:
    assert log_format.is_failure(report)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (f"[WARNING]\t2026-01-31T10:20:30.123Z\t{REQUEST}\tlow\n", "[WARNING] low"),
        (
            "[ERROR] ValueError: x\rTraceback (most recent call last):\r  File\n",
            "[ERROR] ValueError: x\nTraceback (most recent call last):\n  File",
        ),
        ("plain\n", "plain"),
        (make_json("served", logger="Domovoi"), "[INFO] served"),
        (make_json({"beer": "ale"}), '[INFO] {"beer": "ale"}'),
        (make_json("served", beer="Kölsch", count=2), '[INFO] served {"beer": "Kölsch", "count": 2}'),
        (make_json("served", location="tend:3"), '[INFO] served {"location": "tend:3"}'),
        (
            make_json(
                "spilt",
                level="ERROR",
                errorType="ValueError",
                errorMessage="wet",
                stackTrace=['  File "app.py", line 7\n', "    pour()\n"],
                location="app.py:tend:7",
            ),
            '[ERROR] spilt\nTraceback (most recent call last):\n  File "app.py", line 7\n    pour()\n'
            "ValueError: wet",
        ),
        (make_json("spilt", errorType="ValueError"), "[INFO] spilt\nValueError"),
        (
            '{"timestamp": "2026-01-31T10:20:30Z", "level": "ERROR", "errorMessage": "wet", '
            '"errorType": "ValueError", "requestId": "1", "stackTrace": ["  File"]}\n',
            "[ERROR] ValueError: wet\nTraceback (most recent call last):\n  File",
        ),
        ('{"level": "INFO", "message": "without a time"}', '{"level": "INFO", "message": "without a time"}'),
        ('{"timestamp": 1, "level": "INFO"}', '{"timestamp": 1, "level": "INFO"}'),
        ('{"timestamp": 1, "level"', '{"timestamp": 1, "level"'),
    ],
)
def test_line_is_formatted_without_time_and_request_id(message: str, text: str) -> None:
    assert log_format.format_line(message) == text


def make_event(time: int, message: str, stream: str = "a") -> dict[str, Any]:
    return {"timestamp": time, "message": message, "logStreamName": stream}


def test_lines_belong_to_the_request_and_handler_of_their_stream() -> None:
    reader = Reader(Group("bar-dev", ("spill", "tend"), 60))
    lines = [
        reader.read(each)
        for each in [
            make_event(1, "before"),
            make_event(2, START),
            make_event(2, "imported"),
            make_event(3, "domovoi_tf handler: tend"),
            make_event(4, "START RequestId: other Version: $LATEST", "b"),
            make_event(5, "domovoi_tf handler: spill", "b"),
            make_event(6, "of tend"),
            make_event(6, "of spill", "b"),
            make_event(7, REPORT),
            make_event(8, "START RequestId: next Version: $LATEST"),
            make_event(8, "before the mark"),
        ]
    ]
    assert [
        (line.handler, line.request_id, line.message) for line in lines if line and not line.is_platform
    ] == [
        ("", "", "before"),
        ("", REQUEST, "imported"),
        ("tend", REQUEST, "of tend"),
        ("spill", "other", "of spill"),
        ("", "next", "before the mark"),
    ]
    assert [line.handler for line in lines if line and line.message == REPORT] == ["tend"]


def test_json_lines_name_their_request_if_lambda_does_not_log_its_start() -> None:
    reader = Reader(Group("bar-dev", ("spill", "tend"), 60))
    next_line = make_json("next", logger="Domovoi").replace(REQUEST, "next")
    lines = [
        reader.read(each)
        for each in (
            make_event(1, MARK_LINE),
            make_event(2, "printed"),
            make_event(3, make_json("logged")),
            make_event(4, next_line),
        )
    ]
    assert [line and (line.handler, line.request_id) for line in lines] == [
        None,
        ("tend", REQUEST),
        ("tend", REQUEST),
        ("", "next"),
    ]


def test_all_lines_belong_to_the_only_handler() -> None:
    reader = Reader(Group("bar-dev", ("tend",), 60))
    lines = [
        reader.read(make_event(1, "before")),
        reader.read(make_event(2, START)),
        reader.read(make_event(3, "after")),
    ]
    assert [line.handler for line in lines if line] == ["tend", "tend", "tend"]
