"""How commands print: colours on a terminal alone, and nothing that would take the terminal over."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def console(stderr: bool = False) -> Console:
    """Returns a terminal, or what stands in its place; https://no-color.org counts."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def printable(text: str) -> str:
    """Returns a text of somebody else's without the characters that a terminal would obey."""
    return _CONTROL.sub("�", text)


def print_json(value: Any, indent: int | None = 2) -> None:
    """Prints a value as JSON; a time in ISO 8601."""
    click.echo(json.dumps(value, indent=indent, default=str, ensure_ascii=False))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows as aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
