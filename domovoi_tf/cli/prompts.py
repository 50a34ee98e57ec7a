"""Questions that ask the user for confirmation."""

from __future__ import annotations

import sys

import click

from domovoi_tf.cli import output
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import wrapping


def require_answer(yes: bool, action: str) -> None:
    """Checks that the user can answer a question, before the work that leads to it.

    Args:
        yes: whether ``--yes`` answers it.
        action: the action to confirm, which completes "Add --yes to ...".

    Raises:
        DomovoiError: standard input is not a terminal.
    """
    if not yes and not sys.stdin.isatty():
        raise DomovoiError(
            "Cannot ask for confirmation because standard input is not a terminal.", f"Add --yes to {action}."
        )


def confirm(question: str, yes: bool, action: str, *, err: bool = False) -> None:
    """Asks a question, and aborts the command if the answer is no.

    Args:
        question: the question, as a sentence.
        yes: whether ``--yes`` answers it.
        action: the action to confirm, which completes "Add --yes to ...".
        err: whether to ask on standard error.

    Raises:
        click.Abort: the answer is no.
        DomovoiError: standard input is not a terminal.
    """
    require_answer(yes, action)
    if not yes:
        width = output.get_width(sys.stderr if err else sys.stdout)
        # Room for the answers behind the question.
        click.confirm(wrapping.wrap_text(question, width and width - 10), abort=True, err=err)
