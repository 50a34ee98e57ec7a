"""Prints warnings, progress lines, JSON and tables."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from domovoi_tf.system import wrapping
from domovoi_tf.system.text import escape_controls, escape_line, format_json

if TYPE_CHECKING:
    from rich.console import Console


def open_console(stderr: bool = False) -> Console:
    """Returns a console that prints text unchanged and colours it only on a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, **get_console_options())


def get_console_options() -> dict[str, Any]:
    """Returns the options of a console that prints text unchanged."""
    # With NO_COLOR alone, rich would still print bold and dim text.
    colours = None if is_colourless() else "auto"
    return {
        "color_system": colours,
        "highlight": False,
        "markup": False,
        "emoji": False,
        "soft_wrap": True,
    }


def is_colourless() -> bool:
    """Returns whether the user wants no colours. https://no-color.org."""
    return bool(os.environ.get("NO_COLOR"))


def get_width(stream: TextIO) -> int | None:
    """Returns the number of columns of a terminal; None if the stream is something else.

    The environment variable ``COLUMNS`` overrides it, as for other programs.

    Args:
        stream: standard output or standard error.
    """
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    try:
        return int(columns) if columns.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None


def print_warning(text: str) -> None:
    """Prints a warning on standard error."""
    print_text(f"{click.style('Warning: ', fg='yellow')}{escape_controls(text)}", err=True)


def print_text(text: str, *, err: bool = False, column: int | None = None) -> None:
    """Prints a text and a line feed. On a terminal, lines that are too long are broken between words.

    This is for our own sentences. What Terraform, AWS and handlers return is printed as it is.

    Args:
        text: the text, which may have colours.
        err: whether to print it on standard error.
        column: the column at which a broken line continues (default: two after its beginning).
    """
    echo(wrapping.wrap_text(text, get_width(sys.stderr if err else sys.stdout), column), err=err)


def echo(text: str, *, err: bool = False) -> None:
    """Prints a text and a line feed. Once the reader is gone, discards it."""
    from domovoi_tf.terraform import streams

    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        streams.discard(sys.stderr if err else sys.stdout)


def print_step(text: str) -> None:
    """Prints the heading of the step that follows."""
    click.secho(f"==> {escape_controls(text)}", bold=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """Prints a value as JSON. Other types, such as dates, are printed as strings."""
    # The stream's own escapes for characters that its encoding lacks, such as \U0001f37a, are not JSON.
    echo(format_json(value, indent, ascii_only=not _is_utf8(sys.stdout.encoding)))


def format_table(rows: Sequence[Sequence[str]], indent: int = 0) -> str:
    """Returns rows as aligned columns, or on a terminal that is too narrow as lines that fit.

    Args:
        rows: the rows. Their cells get escapes in place of line feeds and control characters.
        indent: the number of spaces before each line.
    """
    width = get_width(sys.stdout)
    rows = [[escape_line(cell) for cell in row] for row in rows]
    table = wrapping.format_table(rows, None if width is None else width - indent)
    return "\n".join(f"{'':<{indent}}{line}" for line in table.split("\n"))


def _is_utf8(encoding: str | None) -> bool:
    return encoding is not None and codecs.lookup(encoding).name == "utf-8"
