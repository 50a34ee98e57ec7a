"""Draws what a command wrote to a terminal, with its colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from itertools import groupby
from typing import NamedTuple

import pyte
from screen import LINES

from pictures import svg

COLUMNS = 80
SIZE, LINE, PADDING = 14, 19, 16
#: The width of a character.
ADVANCE = SIZE * svg.CHARACTER
#: The colours that a terminal has by name: light, dark. pyte calls yellow brown.
COLOURS = svg.COLOURS | {
    "red": ("#b3261e", "#ff938a"),
    "green": ("#19703f", "#67d39a"),
    "brown": ("#8a5300", "#f0bd62"),
    "blue": ("#1f55bd", "#8ab4ff"),
    "magenta": ("#6a4fb3", "#b9a3ff"),
    "cyan": ("#0b6573", "#6fd3e0"),
    "brightblack": ("#576273", "#9fabbb"),
}
RULES = f"""\
    text{{{{font:{SIZE}px {svg.MONO};fill:{{text}}}}}}
    .page{{{{fill:{{card}};stroke:{{line}}}}}}
    .muted{{{{fill:{{muted}}}}}}
    .bold{{{{font-weight:600}}}}
""" + "".join(f"    .{name}{{{{fill:{{{name}}}}}}}\n" for name in COLOURS if name not in svg.COLOURS)
ESCAPES = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")
GREY, PLAIN = "\x1b[90m", "\x1b[0m"


class Piece(NamedTuple):
    """Characters with the same style in a line.

    Args:
        column: the column of the first.
        text: the characters.
        style: the names of the classes.
    """

    column: int
    text: str
    style: str


Row = tuple[Piece, ...]


def read_rows(written: str) -> list[Row]:
    """Returns the lines of a screen with their styles.

    Args:
        written: the text with its escape sequences.
    """
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(written)
    rows = [tuple(_find_pieces(screen.buffer[number])) for number in range(LINES)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def read_text(row: Row) -> str:
    """Returns the characters of a line."""
    text = ""
    for piece in row:
        text = text.ljust(piece.column) + piece.text
    return text


def omit_lines(written: str, is_omitted: Callable[[str], bool]) -> str:
    """Replaces lines of a program with their number.

    Args:
        written: the text with its escape sequences.
        is_omitted: returns whether to omit a line, which it gets without escape sequences.
    """
    result: list[str] = []
    for omitted, group in groupby(
        written.split("\n"), lambda line: is_omitted(ESCAPES.sub("", line).strip())
    ):
        lines = list(group)
        result += [f"{GREY}[... {len(lines)} lines ...]{PLAIN}\r"] if omitted else lines
    return "\n".join(result)


def draw(written: str, title: str, description: str) -> str:
    """Returns the picture of a terminal.

    Args:
        written: the text with its escape sequences.
        title: the title, which screen readers read.
        description: the description, which they read after the title.
    """
    rows = read_rows(written)
    width, height = round(COLUMNS * ADVANCE) + 2 * PADDING, len(rows) * LINE + 2 * PADDING
    body = [svg.draw_box(0.5, 0.5, width - 1, height - 1, "page", 8)]
    for number, row in enumerate(rows):
        body += [_draw_piece(piece, PADDING + number * LINE + 14) for piece in row]
    return svg.write_document((width, height), title, description, svg.write_style(RULES, COLOURS), body)


def read_lines(picture: str) -> list[str]:
    """Returns the lines of the terminal in a picture."""
    lines: dict[float, Row] = {}
    for x, y, style, text in re.findall(
        r'<text x="(.*?)" y="(.*?)" textLength="[^"]*"(.*?)>(.*?)</text>', picture
    ):
        column = round((float(x) - PADDING) / ADVANCE)
        lines[float(y)] = (*lines.get(float(y), ()), Piece(column, unescape(text), style))
    last = round((max(lines) - PADDING - 14) / LINE)
    return [read_text(lines.get(float(PADDING + number * LINE + 14), ())) for number in range(last + 1)]


def _find_pieces(line: Mapping[int, pyte.screens.Char]) -> Iterator[Piece]:
    characters = [line[column] for column in range(COLUMNS)]
    for style, group in groupby(range(COLUMNS), lambda column: _name_style(characters[column])):
        numbers = list(group)
        text = "".join(characters[number].data for number in numbers)
        # Two spaces would become one.
        for found in re.finditer(r"\S+(?: \S+)*", text):
            yield Piece(numbers[0] + found.start(), found[0], style)


def _name_style(character: pyte.screens.Char) -> str:
    colour = character.fg if character.fg in COLOURS else ""
    return " ".join(filter(None, [colour, "bold" if character.bold else ""]))


def _draw_piece(piece: Piece, y: float) -> str:
    x, length = PADDING + piece.column * ADVANCE, len(piece.text) * ADVANCE
    names = f' class="{piece.style}"' if piece.style else ""
    return (
        f'<text x="{svg.format_number(x)}" y="{y}" textLength="{svg.format_number(length)}"{names}>'
        f"{escape(piece.text, quote=False)}</text>"
    )
