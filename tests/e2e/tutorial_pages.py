"""Reads the consoles on the tutorial's pages, and compares what a page shows with what a reader sees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import session

#: The line of a page that stands for any number of lines.
ELLIPSIS = "[...]"
_QUESTION = re.compile(r"^(.*\? \[y/N\]: )(\w*)$")
#: Durations: beside the status of a run in `dev` and in lists, and of pytest.
_DURATION = re.compile(
    r"\d[\d.]* m?s(?=  (?:ok|failed)\b)|(?<=ok|ed) +\d+(?=  )|(?<= in )\d+\.\d+s$", re.MULTILINE
)
#: Text that differs between runs, in addition to that of a session.
_VARYING = [
    (r"(?m)^\.+ +\[100%\]$", "DOTS"),
    (r"localhost:\d+", "ENDPOINT"),
    (r"\?token=[\w-]+", "?token=TOKEN"),
    (r"\b[0-9a-f]{8}\b", "VERSION"),
]


class Typed(NamedTuple):
    """A command of a console with the output that the page shows, if it shows any."""

    command: str
    output: list[str]

    @property
    def answers(self) -> dict[str, str]:
        """The answer to each question in the output."""
        found = map(_QUESTION.match, self.output)
        return {match[1]: match[2] for match in found if match}


def read_console(text: str) -> tuple[list[str], list[Typed]]:
    """Returns the lines of a console before its first command, and the commands."""
    before: list[str] = []
    commands: list[Typed] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(Typed(line[2:], []))
        else:
            (commands[-1].output if commands else before).append(line)
    return before, commands


def normalize(lines: Sequence[str]) -> str:
    """Returns lines in which text that differs between runs is replaced."""
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    text = session.normalize(_DURATION.sub("  DURATION", text))
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text)
    return text


def find_lines(shown: Sequence[str], lines: Sequence[str]) -> re.Match[str] | None:
    """Returns where lines have those that a page shows, in the normalised text."""
    return re.search(rf"(?m)^{_build_pattern(shown)}", normalize(lines))


def is_same(shown: Sequence[str], lines: Sequence[str]) -> bool:
    """Returns whether lines are those that a page shows."""
    return bool(re.fullmatch(_build_pattern(shown), normalize(lines)))


def _build_pattern(shown: Sequence[str]) -> str:
    parts = re.split(rf"(?m)^{re.escape(ELLIPSIS)}\n", normalize(shown))
    return r"(?:.*\n)*?".join(map(re.escape, parts))


def apply_patch(patch: str, text: str) -> str:
    """Returns a text in which the lines of a patch are changed; each hunk is in the text once.

    Args:
        patch: lines that begin with `-`, `+` or a space; hunks are separated by lines that begin with `@@`.
        text: the text.
    """
    for hunk in re.split(r"(?m)^@@.*\n", patch):
        lines = [line or " " for line in hunk.splitlines()]
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"These lines are in the file {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    return text
