"""Shows the steps of a command, one line each, with a spinner on a terminal."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.cli import output
from domovoi_tf.system import wrapping

if TYPE_CHECKING:
    from rich.status import Status

#: The column of the results of steps.
_RESULT_COLUMN = 21


class FinishedStep(NamedTuple):
    """A step that is finished, with its duration in seconds and its result in a few words."""

    name: str
    seconds: float
    result: str


class Step:
    """A step that is running.

    Args:
        name: what the step does, in one word.
        status: the spinner, if there is one.
    """

    def __init__(self, name: str, status: Status | None) -> None:
        self.name = name
        self.result = ""
        self._status = status

    def update(self, text: str) -> None:
        """Shows the progress behind the spinner."""
        if self._status:
            self._status.update(f"{self.name}  {text}")


class Steps:
    """The steps of a command.

    Args:
        stderr: whether to show them on standard error instead of standard output.
    """

    def __init__(self, stderr: bool = False) -> None:
        from rich.console import Console

        from domovoi_tf.terraform import streams

        stream = sys.stderr if stderr else sys.stdout

        class _Console(Console):
            def on_broken_pipe(self) -> None:
                """Goes on without a reader, such as `head`: what was begun is finished."""
                streams.discard(stream)

        self._stream = stream
        self._console = _Console(file=stream, **output.get_console_options())
        self.finished: list[FinishedStep] = []

    @contextlib.contextmanager
    def run(self, name: str) -> Iterator[Step]:
        """Shows a spinner while a step runs, and then a line with its duration and result.

        The result is the first line that the step prints, unless the step sets one. Other lines follow below,
        except for indented ones, which are details. Without colours there is no spinner, which needs the same
        escape sequences.

        Args:
            name: what the step does, in one word.
        """
        start = time.monotonic()
        captured = io.StringIO()
        with contextlib.ExitStack() as stack:
            has_spinner = self._console.is_terminal and not output.is_colourless()
            status = stack.enter_context(self._console.status(name)) if has_spinner else None
            step = Step(name, status)
            try:
                with contextlib.redirect_stdout(captured):
                    yield step
            except BaseException:
                stack.close()
                self._print("✗", "red", FinishedStep(name, time.monotonic() - start, ""))
                raise
        lines = [line for line in captured.getvalue().splitlines() if line.strip() and line[0] != " "]
        result, *notices = [step.result] if step.result else lines or [""]
        self.finished.append(FinishedStep(name, time.monotonic() - start, result))
        self._print("✓", "green", self.finished[-1])
        for notice in notices:
            self._console.print(self._wrap(notice))

    def format_timings(self) -> str:
        """Returns the total duration and that of each step."""
        total = sum(step.seconds for step in self.finished)
        return f"{total:.1f} s: {', '.join(f'{step.name} {step.seconds:.1f}' for step in self.finished)}"

    def _print(self, mark: str, colour: str, step: FinishedStep) -> None:
        from rich.text import Text

        line = f"{mark} {step.name:<8} {step.seconds:6.1f} s  {step.result}".rstrip()
        text = self._wrap(line, _RESULT_COLUMN)
        self._console.print(Text.assemble((mark, colour), text.removeprefix(mark)))

    def _wrap(self, text: str, column: int | None = None) -> str:
        return wrapping.wrap_text(text, output.get_width(self._stream), column)
