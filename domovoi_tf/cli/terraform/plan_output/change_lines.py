"""Formats the changes of plans as lines for the terminal, by handler."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import output
from domovoi_tf.system import wrapping

if TYPE_CHECKING:
    from domovoi_tf.plans.changes import Change
    from domovoi_tf.plans.summary import Line


def print_changes(changes: Sequence[Change]) -> None:
    """Prints changes by handler, and their totals."""
    for line in format_changes(changes):
        output.echo(line)


def format_changes(changes: Sequence[Change]) -> list[str]:
    """Returns the lines for changes by handler, followed by their totals, with colours."""
    from domovoi_tf.plans import summary

    if not changes:
        return []
    totals = click.style(f"{summary.format_totals(changes)}.\n", bold=True)
    hints = [
        f"If {new} is {old} with another name, keep its resources: add name={json.dumps(old)} to its "
        "decorator.\n"
        for old, new in summary.find_renamed_handlers(changes)
    ]
    return [*highlight_lines(summary.summarize(changes)), totals, *hints]


def highlight_lines(lines: Sequence[Line]) -> list[str]:
    """Returns the lines of a plan as text, with those in red that destroy something."""
    return [
        click.style(text, fg="red", bold=True) if line.is_destructive else text
        for line, text in zip(lines, wrap_lines(lines), strict=True)
    ]


def wrap_lines(lines: Sequence[Line]) -> list[str]:
    """Returns the lines of a plan as text in two columns, each as wide as the terminal has room."""
    from domovoi_tf.plans import summary

    column = max((len(line.owner) for line in lines), default=0) + 4
    width = output.get_width(sys.stdout)
    return [wrapping.wrap_text(text, width, column) for text in summary.align_lines(lines)]
