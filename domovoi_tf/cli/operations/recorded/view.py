"""Describes recorded events and their runs as text, and runs of replays for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from domovoi_tf.cli import output
from domovoi_tf.recorder.records import FAILURES, PARTIAL, AwsCall, LogLine, Outcome, Run, Summary
from domovoi_tf.system.text import escape_controls, escape_line, format_json

_HEADER = ["ID", "TIME", "SOURCE", "HANDLER", "STATUS", "MS", "DETAILS"]
_COLOURS = {"ok": "green", **dict.fromkeys(FAILURES, "red")}
#: The most characters of the last column of a list.
_LONGEST_DETAIL = 60


def format_events(events: Sequence[Summary]) -> str:
    """Returns a table of events."""
    return output.format_table([_HEADER, *map(_format_row, events)])


def _format_row(event: Summary) -> list[str]:
    detail = event.error or event.result_preview or event.preview
    shown = detail if len(detail) <= _LONGEST_DETAIL else f"{detail[: _LONGEST_DETAIL - 3]}..."
    return [
        str(event.id),
        f"{_get_time(event.time):%Y-%m-%d %H:%M:%S}",
        event.source or "?",
        ", ".join(event.handlers) or event.function,
        event.status,
        f"{event.duration_ms:.0f}" if event.duration_ms else "",
        f"{shown} (replay of {event.replay_of})" if event.replay_of else shown,
    ]


def format_run(run: Run, summary: Summary, replays: Sequence[int]) -> str:
    """Returns everything about a run, with colours.

    Args:
        run: the run.
        summary: the summary of the same run.
        replays: the IDs of its replays.
    """
    sections = [
        "\n".join(_list_facts(run, summary, replays)),
        _format_section("Event", _format_value(run.invocation.event, not run.has_event)),
    ]
    if outcome := run.outcome:
        sections += _list_sections(outcome, run.cut)
    return "\n\n".join(filter(None, sections))


def _list_facts(run: Run, summary: Summary, replays: Sequence[int]) -> Iterator[str]:
    status = click.style(summary.status, fg=_COLOURS.get(summary.status), bold=True)
    handlers = escape_line(", ".join(summary.handlers))
    yield f"Event {run.id}  {status}  {handlers}".rstrip()
    invocation, outcome = run.invocation, run.outcome
    time = _get_time(invocation.time).isoformat(timespec="milliseconds")
    facts = {
        "Time": time,
        "Source": summary.source,
        "Function": f"{invocation.function} (stage {invocation.stage})",
        "Request": invocation.request_id,
        "Replay of": str(summary.replay_of or ""),
        "Replays": ", ".join(map(str, replays)),
        "Redacted": "values of the event were replaced before it was recorded" if run.redacted else "",
    }
    if outcome:
        memory = f", {outcome.memory_mb} MB" if outcome.memory_mb else ""
        facts["Duration"] = f"{outcome.duration_ms:.1f} ms after {outcome.wait_ms:.1f} ms of waiting{memory}"
        facts["Code"] = outcome.code
    for name, value in facts.items():
        if value:
            yield f"{f'{name}:':<11}{escape_line(value)}"


def _list_sections(outcome: Outcome, cut: Sequence[str]) -> Iterator[str]:
    yield _format_section("AWS calls", "\n".join(map(_format_call, outcome.calls)))
    rest = ["... the rest was too large to be kept"] if "log" in cut else []
    yield _format_section("Log", "\n".join([*map(_format_line, outcome.log), *rest]))
    if failure := outcome.failure:
        frames = "\n".join(escape_controls(frame.rstrip("\n")) for frame in failure.frames)
        name = click.style(f"{escape_line(failure.type)}: ", fg="red", bold=True)
        yield _format_section("Error", f"{frames}\n{name}{escape_controls(failure.message)}".lstrip("\n"))
    elif outcome.status in ("ok", PARTIAL):
        yield _format_section("Result", _format_value(outcome.result, "result" in cut))


def _format_section(title: str, text: str) -> str:
    """Returns a text with its title; empty if the text is."""
    return f"{click.style(title, bold=True)}\n{text}" if text else ""


def _format_value(value: Any, is_cut: bool) -> str:
    return "It was too large to be kept." if is_cut else format_json(value)


def _format_call(call: AwsCall) -> str:
    error = f"  {click.style(escape_line(call.error), fg='red')}" if call.error else ""
    what = escape_line(f"{call.service}.{call.operation} {call.resource}".rstrip())
    return f"{call.offset_ms:>8.1f} ms  {what}  {call.duration_ms:.1f} ms{error}"


def _format_line(line: LogLine) -> str:
    return f"{line.offset_ms:>8.1f} ms  {escape_controls(line.text)}"


def _get_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()
