"""Builds runs from the rows of the file."""

from __future__ import annotations

from typing import Any

from domovoi_tf.recorder.encoding import decode_calls, decode_failure, decode_log, decode_value
from domovoi_tf.recorder.query import split_names
from domovoi_tf.recorder.records import INTERRUPTED, RUNNING, Invocation, Outcome, Run

#: The columns of a run.
COLUMNS = (
    "request_id, time, stage, function, replay_of, redacted, cut, status, handlers, source, kind, "
    "wait_ms, duration_ms, memory_mb, code, event, result, failure, log, calls"
)


def build_run(run: int, row: dict[str, Any]) -> Run:
    """Returns the run of a row.

    Args:
        run: its ID.
        row: the columns above by name.
    """
    invocation = Invocation(
        row["request_id"],
        row["time"],
        row["stage"],
        row["function"],
        decode_value(row["event"]),
        row["replay_of"],
    )
    outcome = None if row["status"] in (RUNNING, INTERRUPTED) else _build_outcome(row)
    return Run(run, invocation, outcome, bool(row["redacted"]), split_names(row["cut"]))


def _build_outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(
        row["status"],
        split_names(row["handlers"]),
        row["source"],
        row["kind"],
        decode_value(row["result"]),
        decode_failure(row["failure"]),
        decode_log(row["log"]),
        decode_calls(row["calls"]),
        row["wait_ms"] or 0.0,
        row["duration_ms"] or 0.0,
        row["memory_mb"] or 0,
        row["code"],
    )
