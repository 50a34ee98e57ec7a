"""The record of an execution, as Step Functions describes it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from domovoi_tf.operations.execution import Execution, parse_execution

BEGAN = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)
FOUND: dict[str, Any] = {"name": "e", "executionArn": "arn:e", "status": "FAILED", "startDate": BEGAN}


@pytest.mark.parametrize(
    ("more", "error", "cause"),
    [
        ({}, "", ""),
        ({"error": None, "cause": None}, "", ""),
        ({"error": "Busy", "cause": "plain words"}, "Busy", "plain words"),
        ({"error": "E", "cause": '{"errorMessage": "no beer", "stackTrace": []}'}, "E", "no beer"),
        ({"error": "E", "cause": '{"other": 1}'}, "E", '{"other": 1}'),
        ({"error": "E", "cause": "[1]"}, "E", "[1]"),
    ],
)
def test_cause_is_the_message_without_the_traceback(more: dict[str, Any], error: str, cause: str) -> None:
    assert parse_execution({**FOUND, **more}, "brew") == Execution(
        "brew", "e", "arn:e", "FAILED", BEGAN, None, error, cause
    )


def test_duration_is_until_the_end_or_so_far() -> None:
    ended = parse_execution({**FOUND, "stopDate": BEGAN + timedelta(seconds=90)}, "brew")
    assert (ended.stopped, ended.seconds) == (BEGAN + timedelta(seconds=90), 90)
    began = datetime.now(timezone.utc) - timedelta(seconds=30)
    assert 30 <= parse_execution({**FOUND, "startDate": began}, "brew").seconds < 60
