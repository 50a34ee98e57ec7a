"""Tests what is recorded about an answer of a child process."""

from __future__ import annotations

import pytest

from domovoi_tf.dev.runs import make_outcome
from domovoi_tf.dev.workers.requests import Answer
from domovoi_tf.recorder.records import LogLine


def test_lines_that_are_read_after_the_end_belong_to_it() -> None:
    answer = Answer("ok", log=(LogLine(0.2, "a"), LogLine(119.0, "b")), details={"duration_ms": 0.93})
    assert make_outcome(answer, 0.0).log == (LogLine(0.2, "a"), LogLine(0.9, "b"))


def test_mark_of_the_dispatcher_is_no_line() -> None:
    answer = Answer("ok", log=(LogLine(0.1, "domovoi_tf handler: pour r-1"), LogLine(0.2, "poured")))
    assert [line.text for line in make_outcome(answer, 0.0).log] == ["poured"]


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, "partial"),
        ({"batchItemFailures": []}, "ok"),
        (["batchItemFailures"], "ok"),
        (None, "ok"),
    ],
)
def test_run_that_reports_failed_records_is_partial(result: object, status: str) -> None:
    assert make_outcome(Answer("ok", result), 0.0).status == status
