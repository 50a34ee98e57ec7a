"""Builds the lines for events: one for each event, and below it its log and the traceback of its failure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.operations.log_format import format_line
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_controls, escape_line, format_count, format_json
from domovoi_tf.system.wrapping import measure, wrap_text

if TYPE_CHECKING:
    from domovoi_tf.recorder.records import Failure, Outcome, Run

#: The column of everything that belongs to an event or a change, below its line.
INDENT = " " * 10
#: The most lines of a log, the most frames' lines of a traceback, and the most characters of one line.
_MAX_LOG, _MAX_FRAMES, _MAX_CHARACTERS = 20, 24, 2000
#: The parts of a terminal's width that the source and the handler may have.
_SOURCE_SHARE, _HANDLER_SHARE = 0.3, 0.2
_LONGEST_SOURCE, _LONGEST_HANDLER = 48, 32
#: Narrower terminals have no room for the source.
_NARROW = 60
_STATUSES = {"ok": "ok", "timeout": "timed out", "memory": "out of memory"}
_GAP = "  "


@dataclass(frozen=True)
class Style:
    """The format of lines.

    Args:
        columns: the width of the terminal; None if lines have any length.
        colour: whether they have colours.
        ellipsis: what stands for the end of a text that was cut.
        project: the project's folder, to which paths are relative.
    """

    columns: int | None
    colour: bool
    ellipsis: str = "…"
    project: Path | None = None

    def paint(self, text: str, **style: bool | str) -> str:
        """Returns a text in a colour or style of `click.style`, if there are colours."""
        return click.style(text, **style) if self.colour and text else text  # type: ignore[arg-type]

    def cut(self, text: str, width: int | None) -> str:
        """Returns the beginning of a text that fits a number of columns.

        Args:
            text: the text, without colours.
            width: the number of columns; None to return the text as it is.
        """
        if width is None or measure(text) <= width:
            return text
        room = max(0, width - len(self.ellipsis))
        count = sum(total <= room for total in accumulate(map(measure, text)))
        return text[:count].rstrip() + self.ellipsis[:width]

    def wrap(self, text: str, indent: int = len(INDENT)) -> str:
        """Returns a line that is broken between words, and goes on below, after so many spaces."""
        return wrap_text(text, self.columns, indent)


class Columns:
    """The widths of the columns for sources and handlers. They grow with the texts that they get.

    Args:
        style: the format of lines.
    """

    def __init__(self, style: Style) -> None:
        width = style.columns
        self._limits = (
            (_LONGEST_SOURCE, _LONGEST_HANDLER)
            if width is None
            else (int(width * _SOURCE_SHARE), int(width * _HANDLER_SHARE))
        )
        self._style = style
        self._widths = [0, 0]

    def align(self, source: str, handler: str) -> str:
        """Returns a source and a handler as two columns, or the handler alone on a narrow terminal."""
        if self._style.columns is not None and self._style.columns < _NARROW:
            return self._fit(1, handler)
        return _GAP.join((self._fit(0, source), self._fit(1, handler)))

    def _fit(self, number: int, text: str) -> str:
        limit = self._limits[number]
        text = escape_line(text)
        cut = text if self._style.columns is None else self._style.cut(text, limit)
        self._widths[number] = max(self._widths[number], min(measure(cut), limit))
        return cut + " " * (self._widths[number] - measure(cut))


def format_run(run: Run, columns: Columns, style: Style) -> list[str]:
    """Returns the lines for a run that has ended.

    Args:
        run: the run; one without an outcome has no lines.
        columns: the widths of the columns.
        style: the format of lines.
    """
    outcome = run.outcome
    if outcome is None:
        return []
    invocation = run.invocation
    ended = invocation.time + (outcome.wait_ms + outcome.duration_ms) / 1000
    aligned = columns.align(outcome.source, ", ".join(outcome.handlers) or invocation.function)
    number, duration = f"#{run.id}", format_duration(outcome.duration_ms)
    middle = f"{number:<4}{_GAP}{aligned}{_GAP}{duration:>7}"
    status = _STATUSES.get(outcome.status, outcome.status)
    rest = _describe_result(run, outcome)
    clock = format_clock(ended)
    room = style.columns and max(0, style.columns - measure(f"{clock}{_GAP}{middle}{_GAP}"))
    cut = style.cut(f"{status}{rest}", room)
    painted = style.paint(cut[: len(status)], fg="green" if outcome.status == "ok" else "red")
    line = f"{style.paint(clock, dim=True)}{_GAP}{middle}{_GAP}{painted}{cut[len(status) :]}".rstrip()
    is_cut = cut != f"{status}{rest}"
    return [line, *_format_log(run.id, outcome, style), *_format_failure(outcome.failure, is_cut, style)]


def format_clock(seconds: float) -> str:
    """Returns the local time of the day.

    Args:
        seconds: the time in seconds since 1970.
    """
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def format_duration(milliseconds: float) -> str:
    """Returns a duration such as "23 ms", "1.2 s" or "840 s"."""
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 99_950 else f"{milliseconds / 1000:.0f} s"


def _describe_result(run: Run, outcome: Outcome) -> str:
    """Returns the end of an event's line: origin of a replay, number of calls of AWS, result or error."""
    replay = f"replay of #{run.invocation.replay_of}" if run.invocation.replay_of else ""
    failed = sum(1 for call in outcome.calls if call.error)
    calls = format_count(len(outcome.calls), "AWS call") if outcome.calls else ""
    calls += f", {failed} failed" if failed else ""
    if outcome.failure:
        end = describe_error(outcome.failure)
    else:
        end = "" if outcome.result is None else format_json(outcome.result, None)
    parts = [escape_line(part[:_MAX_CHARACTERS]) for part in (replay, calls, end) if part]
    return "".join(f"{_GAP}{part}" for part in parts)


def describe_error(failure: Failure) -> str:
    """Returns the type and the message of an exception."""
    return f"{failure.type}: {failure.message}" if failure.message else failure.type


def _format_log(number: int, outcome: Outcome, style: Style) -> Iterator[str]:
    """Yields the last lines of a log, dimmed."""
    texts = [format_line(line.text) for line in outcome.log]
    lines = [line for text in texts for line in escape_controls(text).split("\n")]
    if hidden := max(0, len(lines) - _MAX_LOG):
        notice = f"{format_count(hidden, 'line')} before: {spell(f'events show {number}')}"
        yield style.paint(f"{INDENT}{notice}", dim=True)
    yield from _indent(lines[hidden:], style)


def _format_failure(failure: Failure | None, is_cut: bool, style: Style) -> Iterator[str]:
    """Yields the traceback, and the error again if the event's line did not have room for it."""
    if failure is None:
        return
    lines = [line for each in failure.frames for line in each.rstrip("\n").split("\n")]
    hidden = max(0, len(lines) - _MAX_FRAMES)
    shown = [*lines[: _MAX_FRAMES // 2], "...", *lines[-_MAX_FRAMES // 2 :]] if hidden else lines
    for line in _drop_common_indent(shown):
        text = _shorten_paths(escape_line(line.replace("\t", "    "))[:_MAX_CHARACTERS], style)
        yield style.wrap(f"{INDENT}{text}", len(INDENT) + 4)
    if lines or is_cut or "\n" in failure.message:
        for line in escape_controls(describe_error(failure)[:_MAX_CHARACTERS]).split("\n"):
            yield style.paint(style.wrap(f"{INDENT}{line}", len(INDENT) + 2), fg="red")


def _indent(lines: Sequence[str], style: Style) -> Iterator[str]:
    for line in lines:
        text = line[:_MAX_CHARACTERS] + (style.ellipsis if len(line) > _MAX_CHARACTERS else "")
        for part in style.wrap(f"{INDENT}{text}", len(INDENT) + 2).split("\n"):
            yield style.paint(part.rstrip(), dim=True)


def _drop_common_indent(lines: Sequence[str]) -> list[str]:
    """Returns lines without the spaces that all of them begin with; one for a gap does not count."""
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" .")]
    common = min(indents, default=0)
    return [line if line == "..." else line[common:] for line in lines]


def _shorten_paths(line: str, style: Style) -> str:
    return line.replace(f'File "{style.project}/', 'File "') if style.project else line
