"""Lines of a log stream belong to the request and the handler that Lambda and the dispatcher name."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.operations.logs import Group, Line, Reader

from .test_log_format import JSON_REPORT, JSON_START, MARK, MARK_LINE, REPORT, REQUEST, START, make_json

GROUP = Group("bar-dev", ("spill", "tend"), 60)
MINUTE = 60_000


def read(*messages: str | tuple[int, str] | tuple[int, str, str], group: Group = GROUP) -> list[Line]:
    """Returns the lines of messages, which may have a time and a stream."""
    reader = Reader(group)
    lines = []
    for each in messages:
        time, message, stream = (*each, "a")[:3] if isinstance(each, tuple) else (1, each, "a")
        event: Any = {"timestamp": time, "message": message, "logStreamName": stream}
        lines.append(reader.read(event))
    return [line for line in lines if line]


def describe(lines: list[Line]) -> list[tuple[str, str, str]]:
    return [(line.handler, line.request_id, line.message) for line in lines if not line.is_platform]


def test_lines_belong_to_the_request_and_handler_of_their_stream() -> None:
    lines = read(
        (1, "before"),
        (2, START),
        (2, "imported"),
        (3, MARK),
        (4, "START RequestId: other Version: $LATEST", "b"),
        (5, "domovoi_tf handler: spill other", "b"),
        (6, "of tend"),
        (6, "of spill", "b"),
        (7, REPORT),
        (8, "START RequestId: next Version: $LATEST"),
        (8, "before the mark"),
    )
    assert describe(lines) == [
        ("", "", "before"),
        ("", REQUEST, "imported"),
        ("tend", REQUEST, "of tend"),
        ("spill", "other", "of spill"),
        ("", "next", "before the mark"),
    ]
    assert [line.handler for line in lines if line.message == REPORT] == ["tend"]


FORGED = [
    "domovoi_tf handler: spill",
    "domovoi_tf handler: spill other",
    f"domovoi_tf handler: nobody {REQUEST}",
    make_json("domovoi_tf handler: spill other", logger="domovoi_tf").replace(REQUEST, "other"),
    make_json("served").replace(REQUEST, "other"),
    "START RequestId: other Version: $LATEST",
    JSON_START.replace(REQUEST, "other"),
    "END RequestId: other",
    REPORT.replace(REQUEST, "other"),
    JSON_REPORT.replace(REQUEST, "other"),
    "INIT_START Runtime Version: python:3.13.v1",
    "EXTENSION\tName: x",
    '{"type": "platform.fault", "record": {}}',
]


@pytest.mark.parametrize("start", [START, JSON_START])
@pytest.mark.parametrize("forged", FORGED)
def test_printed_text_is_a_line_of_the_handler_that_printed_it(start: str, forged: str) -> None:
    mark = MARK if start == START else MARK_LINE
    lines = read(start, mark, forged, "domovoi_tf handler: spill other", "after")
    texts = (forged, "domovoi_tf handler: spill other", "after")
    assert describe(lines) == [("tend", REQUEST, text) for text in texts]
    assert not any(line.failed for line in lines)


def test_lines_of_lambda_outside_of_a_request_are_its_own() -> None:
    lines = read(
        "INIT_START Runtime Version: x", "EXTENSION\tName: a", START, MARK, "x", REPORT, "XRAY TraceId: 1"
    )
    assert [line.is_platform for line in lines] == [True, True, True, False, True, True]
    assert describe(read("EXTENSION\tName: a", "END RequestId: other")) == [
        ("", "", "EXTENSION\tName: a"),
        ("", "", "END RequestId: other"),
    ]


def test_next_request_begins_after_the_report_or_the_timeout() -> None:
    following = "START RequestId: next Version: $LATEST"
    for time, request in ((MINUTE, REQUEST), (MINUTE + 20_002, "next")):
        lines = read((1, START), (1, MARK), (time, following), (time, "after"))
        assert lines[-1].request_id == request
    assert read(START, MARK, REPORT, following, "after")[-1].request_id == "next"


def test_several_handlers_of_one_request_follow_one_another() -> None:
    lines = read(START, MARK, "one", MARK.replace("tend", "spill"), "two")
    assert [line.handler for line in lines if not line.is_platform] == ["tend", "spill"]


def test_json_lines_name_their_request_if_lambda_does_not_log_its_start() -> None:
    lines = read(
        MARK_LINE,
        "printed",
        make_json("logged"),
        make_json("next").replace(REQUEST, "next"),
        "printed too",
        MARK_LINE.replace(REQUEST, "last"),
        "of the last",
    )
    assert [(line.handler, line.request_id) for line in lines] == [
        ("tend", REQUEST),
        ("tend", REQUEST),
        ("", "next"),
        ("tend", REQUEST),
        ("tend", "last"),
    ]
    unmarked = read(make_json("logged"), "printed", make_json("next").replace(REQUEST, "next"), "printed")
    assert [line.request_id for line in unmarked] == [REQUEST, REQUEST, "next", "next"]


def test_all_lines_belong_to_the_only_handler() -> None:
    lines = read("before", START, "after", group=GROUP._replace(handlers=("tend",)))
    assert [line.handler for line in lines] == ["tend", "tend", "tend"]


def test_report_of_the_request_tells_its_failure() -> None:
    failed = REPORT.rstrip() + "\tStatus: timeout\n"
    assert [line.failed for line in read(START, failed.replace(REQUEST, "other"), failed)] == [
        False,
        False,
        True,
    ]
