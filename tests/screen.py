"""Runs commands in a terminal, and shows the screen as text."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte
from command_server import start_command
from pexpect import fdpexpect

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
    command: str,
    columns: int,
    folder: Path,
    environment: Mapping[str, str],
    answers: Mapping[str, str],
    prelude: str,
) -> Output:
    """Runs domovoi-tf in a terminal of its own.

    Args:
        command: the arguments.
        columns: the width of the terminal.
        folder: the working folder.
        environment: the environment variables.
        answers: the text to type after each question.
        prelude: the Python code to run before the command.
    """
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0):
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        variables = {**environment, "TERM": "xterm-256color"}
        started = start_command(
            command.split(), folder, variables, (theirs,) * 3, in_session=True, prelude=prelude
        )
        os.close(theirs)
        terminal = fdpexpect.fdspawn(ours, encoding="utf-8", timeout=PATIENCE)
        written = ""
        for question, answer in answers.items():
            terminal.expect_exact(question)
            written += terminal.before + terminal.after
            terminal.sendline(answer)
        terminal.expect(pexpect.EOF)
        written += terminal.before
        return Output(started.wait(PATIENCE), written, columns)


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
