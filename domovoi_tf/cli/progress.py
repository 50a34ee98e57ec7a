"""A step after another, one line each: with a spinner on a terminal, plain elsewhere."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.status import Status


class Done(NamedTuple):
    """A step that is done: its name, how many seconds it took, and what it said in the end."""

    name: str
    seconds: float
    said: str


class Step:
    """A step that is being done.

    Args:
        name: what it does.
        status: the spinner, where there is one.
    """

    def __init__(self, name: str, status: Status | None) -> None:
        self.name = name
        self.said = ""
        self._status = status

    def now(self, text: str) -> None:
        """Says how far it is; nobody reads it but on a terminal."""
        if self._status:
            self._status.update(f"{self.name}  {text}")


class Steps:
    """The steps of a command.

    Args:
        aside: whether standard output is somebody else's, so that they are shown on standard error.
    """

    def __init__(self, aside: bool = False) -> None:
        from rich.console import Console

        stream = sys.stderr if aside else sys.stdout
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.done: list[Done] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Shows a step while it is done, and how long it took; what it prints is said in the step's line.

        Lines that begin with spaces are details, and left out; the others after the first follow it.

        Args:
            name: what it does.
        """
        began = time.monotonic()
        printed = io.StringIO()
        with contextlib.ExitStack() as stack:
            status = stack.enter_context(self._console.status(name)) if self._console.is_terminal else None
            step = Step(name, status)
            try:
                with contextlib.redirect_stdout(printed):
                    yield step
            except BaseException:
                stack.close()
                self._show("✗", "red", name, time.monotonic() - began, "")
                raise
        lines = [line for line in printed.getvalue().splitlines() if line.strip() and line[0] != " "]
        said, *notices = [step.said] if step.said else lines or [""]
        done = Done(name, time.monotonic() - began, said)
        self.done.append(done)
        self._show("✓", "green", *done)
        for notice in notices:
            self._console.print(notice)

    def timings(self) -> str:
        """Returns how long it all took, and each step."""
        total = sum(done.seconds for done in self.done)
        return f"{total:.1f} s: {', '.join(f'{done.name} {done.seconds:.1f}' for done in self.done)}"

    def _show(self, mark: str, colour: str, name: str, seconds: float, said: str) -> None:
        from rich.text import Text

        line = f"{name:<8} {seconds:6.1f} s  {said}".rstrip()
        self._console.print(Text.assemble((mark, colour), f" {line}"))
