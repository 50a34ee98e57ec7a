"""Completion in bash, zsh and fish: click's, with what it lacks."""

from __future__ import annotations

import re
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

#: click's `main` reads this variable.
VARIABLE = "_DOMOVOI_TF_COMPLETE"
#: An option with its value in the same word.
_ASSIGNMENT = re.compile(r"--[\w-]+=")


class _Quiet(ShellComplete):
    """Completes nothing instead of failing, because a shell that completes cannot show errors."""

    def complete(self) -> str:
        """Returns the completions in the format of the shell."""
        try:
            return super().complete()
        except Exception:
            return ""


class _WholeWords(_Quiet):
    """Completes the whole word, ``--stage=prod``, for shells that replace the whole word."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Returns the completions of a word.

        Args:
            args: the words before it.
            incomplete: the word.
        """
        items = super().get_completions(args, incomplete)
        if match := _ASSIGNMENT.match(incomplete):
            for item in items:
                item.value = f"{match[0]}{item.value}" if item.type == "plain" else item.value
        return items


class Bash(_Quiet, BashComplete):
    """Completion in bash, which passes ``--stage=prod`` as three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Returns the words before the one to complete, and that word."""
        args, incomplete = super().get_completion_args()
        return [each for each in args if each != "="], incomplete


class Zsh(_WholeWords, ZshComplete):
    """Completion in zsh."""


class Fish(_WholeWords, FishComplete):
    """Completion in fish, with the whole help of commands."""

    # click's own splits each help at its commas.
    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


SHELLS = {each.name: each for each in (Bash, Zsh, Fish)}


def register() -> None:
    """Makes click's `main` complete with these classes."""
    for each in SHELLS.values():
        add_completion_class(each)
