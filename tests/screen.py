"""Runs commands in a terminal, and shows the screen as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte

#: The end of a line that the terminal broke, not the program: a user who copies it gets one line.
BROKEN = "↩"
LINES = 600
PATIENCE = 90.0


class Output(NamedTuple):
    """The output of a command in a terminal.

    Args:
        code: the exit code.
        written: the text with its escape sequences.
        columns: the width of the terminal.
    """

    code: int
    written: str
    columns: int

    @property
    def screen(self) -> list[str]:
        """The lines of the screen, with a mark at the end of each that the terminal broke."""
        return render_screen(self.written, self.columns, BROKEN)


class _Screen(pyte.Screen):
    """A screen that remembers the lines that the terminal broke."""

    def __init__(self, columns: int, lines: int) -> None:
        self.broken: set[int] = set()
        self._is_drawing = False
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        self._is_drawing = True
        super().draw(data)
        self._is_drawing = False

    def linefeed(self) -> None:
        if self._is_drawing:
            self.broken.add(self.cursor.y)
        else:
            self.broken.discard(self.cursor.y)
        super().linefeed()


def run_in_terminal(
    command: Sequence[str],
    columns: int,
    folder: Path,
    environment: Mapping[str, str],
    answers: Mapping[str, str],
) -> Output:
    """Runs a command in a terminal of its own.

    Args:
        command: the program and its arguments.
        columns: the width of the terminal.
        folder: the working folder.
        environment: the environment variables.
        answers: the text to type after each question.
    """
    child = pexpect.spawn(
        command[0],
        list(command[1:]),
        cwd=folder,
        env={**environment, "TERM": "xterm-256color"},
        dimensions=(LINES, columns),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    written = ""
    for question, answer in answers.items():
        child.expect_exact(question)
        written += child.before + child.after
        child.sendline(answer)
    child.expect(pexpect.EOF)
    written += child.before
    child.wait()
    return Output(int(child.exitstatus), written, columns)


def render_screen(written: str, columns: int, mark: str = "") -> list[str]:
    """Returns the lines of a screen.

    Args:
        written: the text with its escape sequences.
        columns: the width of the terminal.
        mark: the text to add to lines that the terminal broke.
    """
    screen = _Screen(columns, LINES)
    pyte.Stream(screen).feed(written)
    lines = [
        line.rstrip() + (mark if index in screen.broken else "") for index, line in enumerate(screen.display)
    ]
    return "\n".join(lines).rstrip().split("\n")
