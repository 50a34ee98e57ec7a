"""Runs for the tests of the recorder."""

from __future__ import annotations

from typing import Any

from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome

OUTCOME = Outcome(
    status="ok",
    handlers=("tend", "log_orders"),
    source="SNS topic bartender",
    kind="sns",
    result={"served": 1},
    log=(LogLine(0.5, "pouring"), LogLine(1.5, "done")),
    calls=(AwsCall("dynamodb", "PutItem", "orders", 0.7, 3.25, "Throttling"),),
    wait_ms=2.5,
    duration_ms=12.75,
    memory_mb=48,
    code="0123456789ab",
)
FAILED = Outcome(
    status="failed",
    handlers=("tend",),
    source="SNS topic bartender",
    kind="sns",
    failure=Failure("ValueError", "no malt\nleft", ('  File "app.py", line 7, in tend\n', "    pour()\n")),
)


def make_invocation(event: Any, number: int = 1, replay_of: int = 0) -> Invocation:
    return Invocation(f"request-{number}", 1_700_000_000.25 + number, "dev", "bar-dev-tend", event, replay_of)
