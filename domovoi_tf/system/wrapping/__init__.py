"""Breaks lines for a terminal, between words, and arranges columns of text.

What a user copies stays in one piece: a word, such as a path, a URL or an ARN, and a command. One that is
wider than the terminal keeps its line, which the terminal itself breaks: its own breaks are not copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from domovoi_tf.system.text import strip_colours

#: Narrower terminals show lines as they are.
_NARROWEST = 40
_GAP = "  "
#: Programs with which a command begins that fills the rest of a line, after a colon or at the beginning.
_PROGRAMS = "domovoi-tf|terraform|eval|aws|pip|uv"
#: A part of a line that is not broken: a command, a sign of a plan with the next word, a step with its
#: duration, or a word, whose spaces may be in quotation marks or parentheses.
_PART = re.compile(
    rf"(?:^|(?<=: ))(?:{_PROGRAMS}) .+$"
    r"|[-+~±<>?] (?=\S)\S+"
    r"|\w+ \d+\.\d+(?:,|$)"
    r"|eval \"[^\"]*\"\S*"
    r"|(?:`[^`]+`|(?<!\S)'[^']+'(?!\w)|(?<!\S)\"[^\"]+\"(?!\w)|(?<=\w)\([^()]{1,30}\)|\S)+"
)

#: In lines that end like JSON, that is a part too. Others may have thousands of braces, at each of which a
#: pattern would look for the end.
_PART_OR_JSON = re.compile(rf"[{{\[].*$|{_PART.pattern}")


def wrap_text(text: str, width: int | None, column: int | None = None) -> str:
    """Returns a text whose lines fit a terminal, as far as its words do.

    Args:
        text: the text, which may have colours.
        width: the number of columns; None to return the text as it is.
        column: the column at which a broken line continues (default: two after its beginning).
    """
    if width is None or width < _NARROWEST:
        return text
    return "\n".join(part for line in text.split("\n") for part in _wrap_line(line, width, column))


def _wrap_line(line: str, width: int, column: int | None) -> Iterator[str]:
    if measure(line) <= width:
        yield line
        return
    body = line.lstrip(" ")
    start = len(line) - len(body)
    # A column that begins in the right half is too narrow for a text.
    indent = " " * (start + 2 if column is None or column > width // 2 else column)
    current, end = line[:start], 0
    for match in (_PART_OR_JSON if body.endswith(("}", "]")) else _PART).finditer(body):
        gap, part = body[end : match.start()], match[0]
        end = match.end()
        fitting = [each for each in (indent, " " * (start + 2)) if measure(each + part) <= width]
        if current.strip() and measure(current + gap + part) > width and fitting:
            yield current
            current = fitting[0] + part
        else:
            current += gap + part
    yield current + body[end:].rstrip(" ")


def format_table(rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Returns rows as aligned columns that fit a terminal, as far as their words do.

    A row that is too long continues in lines of its own, below its first cells.

    Args:
        rows: the rows, each with a cell for each column.
        width: the number of columns of the terminal; None if there is none.
    """
    widths = _measure_columns(rows)
    if width is None or _add_up(widths) <= width:
        return "\n".join(_align(row, widths) for row in rows)
    widths = _choose_widths(rows, width)
    return "\n".join(line for row in rows for line in _fold_row(row, widths, width))


def measure(text: str) -> int:
    """Returns the number of columns that a terminal needs for a line.

    Args:
        text: the line, which may have colours.
    """
    plain = strip_colours(text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in plain
    )


def _measure_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(measure, column)) for column in zip(*rows, strict=True)]


def _add_up(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _choose_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Returns the widths of the columns if the longest cells do not count; 0 for columns without room."""
    counted, folded = [list(row) for row in rows], set[int]()
    while len(folded) <= len(rows) // 2:
        widths = _measure_columns(counted)
        if _add_up(widths) <= width:
            return widths
        widest = widths.index(max(widths))
        for index, row in enumerate(counted):
            if measure(row[widest]) == widths[widest]:
                row[widest:] = [""] * (len(row) - widest)
                folded.add(index)
    widths = _measure_columns(rows)
    return [each if _add_up(widths[: index + 1]) <= width else 0 for index, each in enumerate(widths)]


def _fold_row(row: Sequence[str], widths: Sequence[int], width: int) -> Iterator[str]:
    """Yields the first cells of a row in their columns, and then the others in lines of their own."""
    fits = [measure(cell) <= room for cell, room in zip(row, widths, strict=True)]
    count = max(1, fits.index(False) if False in fits else len(row))
    yield _align(row[:count], widths[:count])
    current = ""
    for cell in filter(None, row[count:]):
        if current and measure(f"    {current}{_GAP}{cell}") > width:
            yield from _wrap_line(f"    {current}", width, 4)
            current = cell
        else:
            current = f"{current}{_GAP}{cell}" if current else cell
    if current:
        yield from _wrap_line(f"    {current}", width, 4)


def _align(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - measure(cell)) for cell, width in zip(row, widths, strict=True))
    return _GAP.join(cells).rstrip()
