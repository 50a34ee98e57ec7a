"""Log events of Lambda in its text and JSON formats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf.operations import log_format
from domovoi_tf.operations.log_format import Entry, Report

REQUEST = "8fc6f963-411b-58b5-8483-a32130c0f45d"
HEADING = "[ERROR] Odd: x\nTraceback (most recent call last):\n"
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


LINES = [
    "STARTED late",
    '{"type": "platform.start"}',
    '{"type": "platform.',
    '{"type": "order", "record": {}}',
    # A line of a handler may resemble an event of Lambda.
    '{"type": "platform.start", "record": []}',
    '{"type": "platform.start", "record": null}',
    '{"type": "platform.start", "record": {}}',
    '{"type": "platform.report", "record": {"requestId": ["1"]}}',
    '{"type": "order", "record": {"of": "platform.start"}, "x": "platform."}',
    '{"type": "order", "record": {}, "x": "platform.start", "platform.start": 1}',
    '{"type": ["platform.start"], "record": {}}',
    ' {"type": "platform.start", "record": {"requestId": "1"}}',
    '{"record": {"requestId": "1"}, "x": "platform.start"}',
    '{"type": "platform.start", "record": ' + '{"a": ' * 5000 + "1" + "}" * 5002,
    '{"timestamp": 1, "level": "INFO", "message": ' + "[" * 100_000,
    f"START RequestId: {REQUEST}",
    f"START RequestId: {REQUEST} Version: $LATEST and more",
    "REPORT RequestId:",
    "INIT_STARTED",
    # A mark without a request ID, as 0.1.0 wrote it, could be printed by anyone.
    "domovoi_tf handler: tend\n",
    f"domovoi_tf handler: {REQUEST}",
    f"domovoi_tf handler: tend\n {REQUEST}",
    f" domovoi_tf handler: tend {REQUEST}",
]


@pytest.mark.parametrize(
    ("message", "entry"),
    [
        (START, Entry("start", REQUEST)),
        (JSON_START, Entry("start", REQUEST)),
        (f"END RequestId: {REQUEST}\n", Entry("end", REQUEST)),
        (JSON_REPORT.replace("platform.report", "platform.runtimeDone"), Entry("end", REQUEST)),
        ("INIT_START Runtime Version: python:3.13.v1\n", Entry("beginning")),
        ('{"type": "platform.initStart", "record": {}}', Entry("beginning")),
        ("EXTENSION\tName: a\tState: Ready\tEvents: []\n", Entry("platform")),
        ("XRAY TraceId: 1-2\tSegmentId: 3\tSampled: true", Entry("platform")),
        ('{"type": "platform.fault", "record": {}}', Entry("platform")),
        (REPORT, Entry("report", REQUEST)),
        (JSON_REPORT, Entry("report", REQUEST)),
        (f"domovoi_tf handler: tend {REQUEST}\n", Entry("mark", REQUEST, "tend")),
        (f"domovoi_tf handler: Fill it {REQUEST}", Entry("mark", REQUEST, "Fill it")),
        *((line, Entry("line")) for line in LINES),
    ],
)
def test_message_is_an_event_of_lambda_or_a_line_of_a_handler(message: str, entry: Entry) -> None:
    assert log_format.parse_entry(message) == entry


def make_json(message: object, **fields: object) -> str:
    """Returns a line as Lambda's runtime for Python logs it as JSON."""
    line = {"timestamp": "2026-01-31T10:20:30Z", "level": "INFO", "message": message, **fields}
    return json.dumps({**line, "requestId": REQUEST}) + "\n"


MARK = f"domovoi_tf handler: tend {REQUEST}"
MARK_LINE = make_json(MARK, logger="domovoi_tf")


@pytest.mark.parametrize(
    ("message", "kind", "handler"),
    [
        (MARK_LINE, "mark", "tend"),
        *(
            (message, "line", "")
            for message in (
                make_json("served", logger="Domovoi"),
                make_json(MARK, logger="root"),
                make_json("domovoi_tf handler: tend other", logger="domovoi_tf"),
                make_json("The record 1 failed.", logger="domovoi_tf.runtime.batch"),
                make_json(7, logger="domovoi_tf"),
            )
        ),
    ],
)
def test_json_line_has_its_request_and_may_name_the_handler(message: str, kind: str, handler: str) -> None:
    assert log_format.parse_entry(message) == Entry(kind, REQUEST, handler, is_json=True)


def test_json_line_may_have_a_request_of_another_type() -> None:
    message = make_json("served").replace(f'"{REQUEST}"', "[7]")
    assert log_format.parse_entry(message) == Entry("line", "", is_json=True)


@pytest.mark.parametrize("report", [REPORT, JSON_REPORT])
def test_report_has_metrics(report: str) -> None:
    assert log_format.find_report([START, "a line", report], REQUEST) == METRICS
    assert not log_format.is_failure(report)


@pytest.mark.parametrize("report", [REPORT, JSON_REPORT])
def test_report_is_the_last_one_of_the_request(report: str) -> None:
    other = report.replace(REQUEST, "other")
    earlier = report.replace("201.67", "1")
    assert log_format.find_report([earlier, other, report, other], REQUEST) == METRICS


def test_missing_report_is_empty() -> None:
    empty = Report(None, None, None, None, None)
    assert log_format.find_report([START], REQUEST) == empty
    assert log_format.find_report([REPORT, JSON_REPORT], "other") == empty


@pytest.mark.parametrize(
    ("figures", "duration"),
    [
        ("\tDuration: 1.2.3 ms", None),
        ("\tDuration: . ms", None),
        (f"\tDuration: {'9' * 400} ms", None),
        ("\tDuration: 12 ms\tMemory Size: x MB", 12),
        ("", None),
    ],
)
def test_malformed_figures_of_a_text_report_are_missing(figures: str, duration: float | None) -> None:
    assert log_format.find_report([f"REPORT RequestId: x{figures}"], "x") == Report(duration)


@pytest.mark.parametrize(
    ("metrics", "duration"),
    [
        ([], None),
        ([1], None),
        (None, None),
        ("abc", None),
        ({"durationMs": "abc"}, None),
        ({"durationMs": None}, None),
        ({"durationMs": True}, None),
        ({"durationMs": [1]}, None),
        ({"durationMs": 10**400}, None),
        ({"durationMs": 1e999}, None),
        ({"durationMs": -1e16}, None),
        ({"durationMs": 12, "memorySizeMB": "x"}, 12),
    ],
)
def test_malformed_figures_of_a_json_report_are_missing(metrics: Any, duration: float | None) -> None:
    record = {"type": "platform.report", "record": {"requestId": "x", "metrics": metrics}}
    assert log_format.find_report([json.dumps(record)], "x") == Report(duration)


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
                stackTrace=[
                    '  File "/var/task/domovoi_tf/app.py", line 1, in __call__\n    dispatch()\n',
                    '  File "app.py", line 7\n',
                    "    pour()\n",
                ],
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
        (
            "[ERROR] ValueError: wet\rTraceback (most recent call last):\r"
            '\xa0\xa0File "/var/task/domovoi_tf/app.py", line 1, in call\r\xa0\xa0\xa0\xa0dispatch()\r'
            '\xa0\xa0File "/var/lang/lib/python3.12/asyncio/runners.py", line 1, in run\r'
            '\xa0\xa0File "/var/task/app.py", line 7, in tend\r\xa0\xa0\xa0\xa0pour()\r'
            '\xa0\xa0File "/var/task/domovoi_tf/app.py", line 2, in log\n',
            "[ERROR] ValueError: wet\nTraceback (most recent call last):\n"
            '\xa0\xa0File "/var/task/app.py", line 7, in tend\n\xa0\xa0\xa0\xa0pour()\n'
            '\xa0\xa0File "/var/task/domovoi_tf/app.py", line 2, in log',
        ),
        (
            '[ERROR] Odd: x\nTraceback (most recent call last):\n  File "/opt/domovoi_tf/app.py", line 1\n',
            '[ERROR] Odd: x\nTraceback (most recent call last):\n  File "/opt/domovoi_tf/app.py", line 1',
        ),
        # A pattern that looks ahead over lines would need minutes.
        (f"{HEADING}{chr(10) * 200_000}end", f"{HEADING}{chr(10) * 200_000}end"),
        ('{"level": "INFO", "message": "without a time"}', '{"level": "INFO", "message": "without a time"}'),
        ('{"timestamp": 1, "level": "INFO"}', '{"timestamp": 1, "level": "INFO"}'),
        ('{"timestamp": 1, "level"', '{"timestamp": 1, "level"'),
    ],
)
def test_line_is_formatted_without_time_and_request_id(message: str, text: str) -> None:
    assert log_format.format_line(message) == text
