"""Log groups are read repeatedly, and each line once."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.logs import Group, Tail, poll

GROUP = Group("bar-dev", ("tend", "spill"), 60)
NOW = 1_767_225_600_000


class FakeLog:
    """A log group whose lines come one a page, in the order in which they were added."""

    def __init__(self, aws: FakeAws) -> None:
        self.events: list[dict[str, Any]] = []
        self.starts: list[int] = []
        aws.on("logs", "FilterLogEvents", self.filter)

    def add(self, time: int, message: str, stream: str = "a", **more: str) -> None:
        self.events.append({"timestamp": NOW + time, "message": message, "logStreamName": stream, **more})

    def filter(self, logGroupName: str, startTime: int, nextToken: str = "0") -> Any:
        assert logGroupName.startswith("/aws/lambda/bar-dev")
        if nextToken == "0":
            self.starts.append(startTime - NOW if startTime else 0)
        found = [event for event in self.events if event["timestamp"] >= startTime]
        at = int(nextToken)
        more = {"nextToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"events": found[at : at + 1], **more}


@pytest.fixture
def log(aws: FakeAws) -> FakeLog:
    return FakeLog(aws)


def tail(group: Group = GROUP, since: int | None = None) -> Tail:
    return Tail(boto3.client("logs"), group, since)


def read(reader: Tail) -> list[tuple[str, str]]:
    return [(line.handler, line.message) for line in poll([reader])]


def test_each_line_is_read_once_in_the_order_of_time(log: FakeLog) -> None:
    reader = tail()
    log.add(2, "second", eventId="2")
    log.add(0, "START RequestId: r Version: $LATEST", eventId="0")
    log.add(1, "domovoi_tf handler: tend r", eventId="1")
    assert read(reader)[1:] == [("tend", "second")]
    assert read(reader) == []
    log.add(3, "third", eventId="3")
    log.add(3, "third", eventId="4")
    log.add(2, "second", eventId="5")
    assert read(reader) == [("tend", "second"), ("tend", "third"), ("tend", "third")]


def test_equal_lines_without_an_id_are_told_by_their_number(log: FakeLog) -> None:
    reader = tail()
    for _ in range(2):
        log.add(1, "same")
    assert read(reader) == [("", "same")] * 2
    log.add(1, "same")
    log.add(1, "same", "b")
    assert read(reader) == [("", "same")] * 2
    assert read(reader) == []


def test_late_lines_are_read_for_twenty_seconds(log: FakeLog) -> None:
    reader = tail()
    log.add(100_000, "first", eventId="1")
    assert read(reader) == [("", "first")]
    log.add(80_000, "late", eventId="2")
    log.add(79_999, "too late", eventId="3")
    assert read(reader) == [("", "late")]
    assert log.starts == [0, 80_000]


def test_lines_since_a_time_have_the_handler_that_was_named_before(log: FakeLog) -> None:
    log.add(-60_001, "START RequestId: q Version: $LATEST", eventId="-2")
    log.add(-60_001, "domovoi_tf handler: spill q", eventId="0")
    log.add(-60_000, "START RequestId: r Version: $LATEST", eventId="-1")
    log.add(-60_000, "domovoi_tf handler: tend r", eventId="1")
    log.add(-1, "before", eventId="2")
    log.add(0, "since", eventId="3")
    assert read(tail(since=NOW)) == [("tend", "since")]
    assert log.starts == [-60_000]


@pytest.mark.parametrize(
    "error",
    [
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'PIL'\n",
        '{"timestamp": "t", "level": "ERROR", "message": "Unable to import", "errorType": "ImportError"}',
    ],
)
def test_error_before_a_handler_is_named_concerns_all(log: FakeLog, error: str) -> None:
    for time, message in enumerate(
        (
            "START RequestId: r Version: $LATEST",
            "imported",
            error,
            "  a frame of the traceback",
            "END RequestId: r",
            "REPORT RequestId: r\tDuration: 1 ms",
            "START RequestId: s Version: $LATEST",
            "imported",
            "domovoi_tf handler: tend s",
            "[ERROR] of the handler",
        )
    ):
        log.add(time, message)
    lines = poll([tail()])
    assert [line.message for line in lines if line.concerns_all] == [error, "  a frame of the traceback"]
    only = poll([tail(Group("bar-dev", ("tend",), 60))])
    assert [line.message for line in only if line.concerns_all] == []


def test_group_that_does_not_exist_yet_has_no_lines(aws: FakeAws) -> None:
    aws.on("logs", "FilterLogEvents", refusal("ResourceNotFoundException"))
    reader = tail()
    assert (read(reader), reader.exists) == ([], False)
    log = FakeLog(aws)
    assert (read(reader), reader.exists) == ([], True)
    log.add(1, "first", eventId="1")
    assert read(reader) == [("", "first")]
    aws.on("logs", "FilterLogEvents", refusal("AccessDeniedException", "no"))
    with pytest.raises(AwsError, match="AWS refused FilterLogEvents: no"):
        read(reader)


def test_lines_of_several_groups_are_in_the_order_of_time(log: FakeLog) -> None:
    log.add(2, "b", eventId="2")
    log.add(1, "a", eventId="1")
    other = Group("bar-dev-reports", ("report",), 60)
    lines = poll([tail(), tail(other)])
    assert [(line.function, line.message) for line in lines] == [
        ("bar-dev", "a"),
        ("bar-dev-reports", "a"),
        ("bar-dev", "b"),
        ("bar-dev-reports", "b"),
    ]
    assert {line.handler for line in lines if line.function != "bar-dev"} == {"report"}
