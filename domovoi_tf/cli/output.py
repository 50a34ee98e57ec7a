"""Prints warnings, progress lines, JSON and tables."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.system.text import escape_controls, escape_line, format_json

if TYPE_CHECKING:
    from rich.console import Console


def open_console(stderr: bool = False) -> Console:
    """Returns a console that prints text unchanged and colours it only on a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_warning(text: str) -> None:
    """Prints a warning on standard error."""
    click.secho("Warning: ", fg="yellow", err=True, nl=False)
    click.echo(escape_controls(text), err=True)


def echo(text: str) -> None:
    """Prints a text and a line feed. Once the reader of standard output is gone, discards it."""
    from domovoi_tf.terraform import streams

    try:
        click.echo(text)
    except BrokenPipeError:
        streams.discard(sys.stdout)


def print_step(text: str) -> None:
    """Prints the heading of the step that follows."""
    click.secho(f"==> {escape_controls(text)}", bold=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """Prints a value as JSON. Other types, such as dates, are printed as strings."""
    # The stream's own escapes for characters that its encoding lacks, such as \U0001f37a, are not JSON.
    echo(format_json(value, indent, ascii_only=not _is_utf8(sys.stdout.encoding)))


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows as aligned columns. Cells have escapes in place of line feeds and control characters."""
    rows = [[escape_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _is_utf8(encoding: str | None) -> bool:
    return encoding is not None and codecs.lookup(encoding).name == "utf-8"
