"""Invocations as text and for JSON."""

from __future__ import annotations

import click

from domovoi_tf.cli.operations.invoke import describe_invocation, format_log, format_report
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report

REPORT = Report(12.5, 13, 250, 128, 64)
FAILED = Invocation(
    "id-1", None, Failure("NoBeer", "none\x1b[2J", ('  File "app.py"',)), ("tending",), REPORT
)


def test_log_ends_with_the_exception_without_control_characters() -> None:
    assert [click.unstyle(line) for line in format_log(FAILED)] == [
        "tending",
        "Traceback (most recent call last):",
        '  File "app.py"',
        "NoBeer: none�[2J",
    ]


def test_report_has_durations_memory_and_request() -> None:
    assert format_report(FAILED) == "12.5 ms (billed 13 ms), 250 ms to start, 64 of 128 MB, request id-1"
    assert format_report(FAILED._replace(request_id="", report=Report())) == "the log contains no report"


def test_json_has_the_keys_that_programs_rely_on() -> None:
    assert describe_invocation(FAILED, "tend", "bar-dev") == {
        "handler": "tend",
        "function": "bar-dev",
        "request_id": "id-1",
        "succeeded": False,
        "result": None,
        "error": {"type": "NoBeer", "message": "none\x1b[2J", "traceback": ('  File "app.py"',)},
        "log": ["tending"],
        "duration_ms": 12.5,
        "billed_duration_ms": 13,
        "init_duration_ms": 250,
        "memory_size_mb": 128,
        "max_memory_used_mb": 64,
    }
