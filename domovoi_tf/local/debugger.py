"""Lends the terminal to a debugger in the child process that runs a handler, for ``breakpoint()``.

Standard input of the child is its request, its output the answer, and what the handler prints is its log. So
the child gets the terminal as a further file, and uses it only while the debugger waits for a command.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PATH = "/dev/tty"


@dataclass(frozen=True)
class Terminal:
    """The terminal of this process, for a child.

    Args:
        file: the terminal, open for reading and writing.
        mark: a pipe to which the child writes once it uses the terminal.
        was_used: the other end of the pipe.
    """

    file: int
    mark: int
    was_used: int

    @property
    def inherited(self) -> tuple[int, int]:
        """The file descriptors that the child inherits."""
        return self.file, self.mark

    def is_used(self) -> bool:
        """Whether a debugger of the child has asked for a command."""
        return bool(select.select([self.was_used], [], [], 0)[0])


@contextlib.contextmanager
def lend_terminal() -> Iterator[Terminal | None]:
    """Opens the terminal of this process, if it has one, and restores its settings if a debugger used it."""
    with contextlib.ExitStack() as stack:
        try:
            file = os.open(_PATH, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:  # as in a job of a CI system
            yield None
            return
        stack.callback(os.close, file)
        was_used, mark = os.pipe()
        stack.callback(os.close, was_used)
        stack.callback(os.close, mark)
        terminal, settings = Terminal(file, mark, was_used), termios.tcgetattr(file)
        try:
            yield terminal
        finally:
            if terminal.is_used():  # the child may have been killed while its user typed a line
                termios.tcsetattr(file, termios.TCSADRAIN, settings)


def attach_debugger(file: int, mark: int) -> None:
    """Lets debuggers of this process ask for commands on a terminal: those of ``breakpoint()`` and of `pdb`.

    Args:
        file: the terminal.
        mark: the pipe that tells that it is used.

    https://docs.python.org/3/library/pdb.html
    """
    import pdb

    for each in (file, mark):
        os.set_inheritable(each, False)
    screen = os.fdopen(file, "w", closefd=False, buffering=1)

    class TerminalDebugger(pdb.Pdb):
        """A debugger whose user sits at the terminal, also while standard output is the handler's log."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.stdout = screen

        def cmdloop(self, intro: Any = None) -> None:
            os.write(mark, b"\n")
            with _use_terminal(file):
                super().cmdloop(intro)

    pdb.Pdb = TerminalDebugger  # type: ignore[misc]


@contextlib.contextmanager
def _use_terminal(file: int) -> Iterator[None]:
    """Makes a terminal standard input and output, where ``input()`` lets a line be edited."""
    saved = [os.dup(number) for number in (0, 1)]
    try:
        for number in (0, 1):
            os.dup2(file, number)
        with (
            os.fdopen(0, closefd=False) as keyboard,
            os.fdopen(1, "w", closefd=False) as screen,
            contextlib.redirect_stdout(screen),
            _redirect_input(keyboard),
        ):
            yield
    finally:
        for number, each in enumerate(saved):
            os.dup2(each, number)
            os.close(each)


@contextlib.contextmanager
def _redirect_input(stream: Any) -> Iterator[None]:
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before
