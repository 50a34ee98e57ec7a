"""Lends the terminal to a debugger in the child process that runs a handler, for ``breakpoint()``.

Standard input of the child is its request, its output the answer, and what the handler prints is its log. So
the child gets the terminal as a further file, and uses it only while the debugger waits for a command.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Iterator
from typing import Any

from domovoi_tf.loading.debugging.attachment import set_mark

_PATH = "/dev/tty"


@contextlib.contextmanager
def lend_terminal() -> Iterator[int | None]:
    """Opens the terminal of this process, if it has one, and restores settings that a debugger changed."""
    try:
        file = os.open(_PATH, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:  # as in a job of a CI system
        yield None
        return
    try:
        settings = termios.tcgetattr(file)
        try:
            yield file
        finally:
            # The child may have been killed while its user typed a line. A program in the background would be
            # stopped for setting what is set already.
            with contextlib.suppress(termios.error):  # the terminal was closed
                if termios.tcgetattr(file) != settings:
                    termios.tcsetattr(file, termios.TCSADRAIN, settings)
    finally:
        os.close(file)


def attach_debugger(file: int, mark: int) -> None:
    """Lets debuggers of this process ask for commands on a terminal: those of ``breakpoint()`` and of `pdb`.

    Args:
        file: the terminal.
        mark: the mark that is set once it is used.

    https://docs.python.org/3/library/pdb.html
    """
    import pdb

    os.set_inheritable(file, False)
    screen = os.fdopen(file, "w", closefd=False, buffering=1)

    class TerminalDebugger(pdb.Pdb):
        """A debugger whose user sits at the terminal, also while standard output is the handler's log."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.stdout = screen

        def cmdloop(self, intro: Any = None) -> None:
            set_mark(mark)
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
