"""Converts the answers of child processes to records, and to the answers that the emulator gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domovoi_tf.dev.workers.requests import Answer
from domovoi_tf.operations.tracebacks import select_own_frames
from domovoi_tf.recorder.records import PARTIAL, AwsCall, Failure, LogLine, Outcome
from domovoi_tf.runtime.dispatch import FAILURES, MARK


def make_outcome(answer: Answer, waited: float) -> Outcome:
    """Returns the record of a run that has ended.

    Args:
        answer: the answer of the child process.
        waited: the seconds that the request waited for a process.
    """
    details = answer.details or {}
    duration = details.get("duration_ms", answer.seconds * 1000)
    return Outcome(
        status=_get_status(answer),
        handlers=tuple(details.get("handlers", ())),
        source=details.get("source", ""),
        kind=details.get("kind", ""),
        result=answer.result,
        failure=_make_failure(answer),
        log=_select_lines(answer.log, duration),
        calls=tuple(AwsCall(**call) for call in details.get("calls", ())),
        wait_ms=round(waited * 1000, 1),
        duration_ms=duration,
        memory_mb=details.get("memory_mb", 0),
        code=answer.code,
    )


def build_answer(answer: Answer) -> dict[str, Any]:
    """Returns the answer that the emulator gets: the result or the failure, and the log.

    Args:
        answer: the answer of the child process.
    """
    lines = [line.text for line in answer.log]
    if answer.failure:
        lines.append(_format_failure(answer))
    details = answer.details or {}
    return {
        "result": answer.result,
        "failure": answer.failure,
        "log": "\n".join(lines),
        "duration_ms": details.get("duration_ms", answer.seconds * 1000),
    }


def _get_status(answer: Answer) -> str:
    """Returns the status of a run: a result can report that records of the batch failed."""
    has_failures = isinstance(answer.result, dict) and bool(answer.result.get(FAILURES))
    return PARTIAL if answer.status == "ok" and has_failures else answer.status


def _select_lines(lines: Iterable[LogLine], duration: float) -> tuple[LogLine, ...]:
    """Returns the lines that the handlers wrote. They are read from a pipe, perhaps after the run's end."""
    return tuple(
        LogLine(min(line.offset_ms, round(duration, 1)), line.text)
        for line in lines
        if not line.text.startswith(MARK)
    )


def _make_failure(answer: Answer) -> Failure | None:
    if not answer.failure:
        return None
    frames = select_own_frames(answer.failure.get("stackTrace") or ())
    return Failure(answer.failure["errorType"], answer.failure["errorMessage"], tuple(frames))


def _format_failure(answer: Answer) -> str:
    """Returns what Lambda's runtime logs about an exception, or Lambda about a process that has ended."""
    failure = answer.failure or {}
    if not (frames := failure.get("stackTrace")):
        return f"[ERROR] {failure['errorType']}: {failure['errorMessage']}"
    text = "".join(select_own_frames(frames)).rstrip("\n")
    heading = f"[ERROR] {failure['errorType']}: {failure['errorMessage']}"
    return f"{heading}\nTraceback (most recent call last):\n{text}"
