"""Prints warnings, progress lines, JSON and tables."""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def open_console(stderr: bool = False) -> Console:
    """Returns a console that prints text unchanged and colours it only on a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def strip_control_characters(text: str) -> str:
    """Replaces the terminal control characters in untrusted text."""
    return _CONTROL.sub("�", text)


def print_warning(text: str) -> None:
    """Prints a warning on standard error."""
    click.secho("Warning: ", fg="yellow", err=True, nl=False)
    click.echo(text, err=True)


def print_step(text: str) -> None:
    """Prints the heading of the step that follows."""
    click.secho(f"==> {text}", bold=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """Prints a value as JSON. Other types, such as dates, are printed as strings."""
    # The stream's own escapes for characters that its encoding lacks, such as \U0001f37a, are not JSON.
    click.echo(json.dumps(value, indent=indent, default=str, ensure_ascii=not _is_utf8(sys.stdout.encoding)))


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows as aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _is_utf8(encoding: str | None) -> bool:
    return encoding is not None and codecs.lookup(encoding).name == "utf-8"
