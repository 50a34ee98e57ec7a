"""Describes the invocations of a stage by their logs, in place of recorded events, which only `dev` has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domovoi_tf.console.log_reader import LogReader
from domovoi_tf.operations import log_format
from domovoi_tf.operations.logs import Line
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.records import (
    Failure,
    Invocation,
    LogLine,
    Outcome,
    Run,
    Summary,
    describe_run,
)

_ERROR = re.compile(r"\[ERROR\] (?P<type>[\w.]+): (?P<message>[^\n]*)(?P<frames>.*)", re.DOTALL)
_PREVIEW = 120


class LoggedEvents:
    """The invocations that a stage has logged. The log has neither their events nor their results.

    Args:
        reader: the reader of the logs.
        stage: the name of the stage.
    """

    def __init__(self, reader: LogReader, stage: str) -> None:
        self._reader = reader
        self._stage = stage

    def list_events(self, query: Query) -> list[Summary]:
        """Returns summaries of the invocations, newest first.

        Args:
            query: the selection. The source is unknown, so that a selection by it is empty.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        found = (self._summarize(number, lines) for number, lines in self._list_requests(query))
        chosen = [
            each
            for each in found
            if (not query.handler or query.handler in each.handlers)
            and query.status in ("", each.status)
            and not query.source
        ]
        return chosen[: query.limit]

    def describe(self, run: int) -> dict[str, Any]:
        """Returns an invocation for JSON.

        Args:
            run: its number.

        Raises:
            KeyError: there is no such invocation, or its lines are no longer kept.
            AwsError: AWS could not be reached, or refused a request.
        """
        lines = self._reader.read_requests()[run]
        summary = self._summarize(run, lines)
        first, own = lines[0].time, _list_own(lines)
        log = tuple(LogLine(line.time - first, log_format.format_line(line.message)) for line in own)
        report = _find_report(lines)
        outcome = Outcome(
            summary.status,
            summary.handlers,
            failure=_find_failure(lines),
            log=log,
            duration_ms=report.duration_ms or 0.0,
            memory_mb=int(report.max_memory_used_mb or 0),
        )
        invocation = Invocation(lines[0].request_id, summary.time, self._stage, summary.function, None)
        return describe_run(Run(run, invocation, outcome), summary)

    def _list_requests(self, query: Query) -> Iterator[tuple[int, list[Line]]]:
        for number, lines in reversed(self._reader.read_requests().items()):
            is_before = not query.before or number < query.before
            if is_before and any(query.text.lower() in line.message.lower() for line in lines):
                yield number, lines

    def _summarize(self, number: int, lines: list[Line]) -> Summary:
        failure, report = _find_failure(lines), _find_report(lines)
        has_failed = failure or any(line.failed for line in lines)
        messages = [log_format.format_line(line.message) for line in _list_own(lines)]
        return Summary(
            id=number,
            time=lines[0].time / 1000,
            stage=self._stage,
            function=lines[0].function,
            handlers=tuple(dict.fromkeys(line.handler for line in lines if line.handler)),
            source="",
            kind="",
            status="failed" if has_failed else "ok" if any(report) else "running",
            duration_ms=report.duration_ms or 0.0,
            error=f"{failure.type}: {failure.message}" if failure else "",
            replay_of=0,
            preview=" ".join(messages)[:_PREVIEW],
        )


def _list_own(lines: list[Line]) -> list[Line]:
    """Returns the lines that the handler wrote."""
    return [line for line in lines if not line.is_platform]


def _find_report(lines: list[Line]) -> log_format.Report:
    return log_format.find_report([line.message for line in lines], lines[0].request_id)


def _find_failure(lines: list[Line]) -> Failure | None:
    for line in _list_own(lines):
        if match := _ERROR.match(log_format.format_line(line.message)):
            frames = [
                each for each in match["frames"].split("\n") if each and not each.startswith("Traceback ")
            ]
            return Failure(match["type"], match["message"], tuple(frames))
    return None
