"""Builds the lines for a problem of the app's code, with the line of the source and a mark below it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.dev.terminal.lines import INDENT, Style
from domovoi_tf.system.text import escape_controls, escape_line

#: The place with which a problem begins.
_PLACE = re.compile(r"([^\s:][^:\n]*):(\d{1,7}): ")
#: Remedies that only repeat the line of the source, or say that there is an error.
_OBVIOUS = re.compile(r"Correct the line: .*|Correct the code there\..*")
#: Longer lines of the source are not shown: they are data, or generated.
_LONGEST_SOURCE_LINE = 200
_MAX_LINES = 30


def format_problem(problem: str, style: Style) -> list[str]:
    """Returns the lines of a problem. Each place in the project is followed by its line of the source.

    Args:
        problem: the message of a `DomovoiError`, of which lines begin with a path and a line number.
        style: the format of lines.
    """
    lines = escape_controls(problem.strip("\n")).split("\n")
    shown = [
        text for line in lines[:_MAX_LINES] if not _OBVIOUS.fullmatch(line) for text in _format(line, style)
    ]
    if hidden := len(lines) - _MAX_LINES:
        shown += [f"{INDENT}{hidden} more lines"] if hidden > 0 else []
    return shown


def _format(line: str, style: Style) -> Iterator[str]:
    yield style.wrap(f"{INDENT}{line}", len(INDENT) + 2)
    match = _PLACE.match(line)
    if not match or style.project is None:
        return
    path, number = style.project / match[1], int(match[2])
    source = _read_line(path, number)
    if not source.strip() or len(source) > _LONGEST_SOURCE_LINE:
        return
    code = source.lstrip()
    yield style.paint(f"{INDENT}    {escape_line(code)}", bold=True)
    column = _find_column(path, number) if "SyntaxError" in line or "IndentationError" in line else None
    if column is not None:
        offset = max(0, column - (len(source) - len(code)))
        yield style.paint(f"{INDENT}    {' ' * len(escape_line(code[:offset]))}^", fg="red")


def _read_line(path: Path, number: int) -> str:
    """Returns a line of a file, or an empty string."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").expandtabs(4).split("\n")
    except (OSError, ValueError):
        return ""
    return lines[number - 1].rstrip() if 0 < number <= len(lines) else ""


def _find_column(path: Path, number: int) -> int | None:
    """Returns the column, from 0, of the syntax error in a line; None if this Python finds none there."""
    try:
        source = path.read_text(encoding="utf-8", errors="replace").expandtabs(4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.offset - 1 if error.lineno == number and error.offset else None
    except (OSError, ValueError, RecursionError, MemoryError):
        pass
    return None
