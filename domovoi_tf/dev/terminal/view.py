"""Writes to the terminal what happens, a few lines each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from domovoi_tf.dev.terminal.lines import INDENT, Columns, Style, format_clock, format_run
from domovoi_tf.dev.terminal.problems import format_problem
from domovoi_tf.system.text import escape_controls, escape_line
from domovoi_tf.terraform import streams

if TYPE_CHECKING:
    from domovoi_tf.recorder.records import Run

#: The most lines of changes.
_MAX_CHANGES = 30
#: The keys, each with what it does.
_KEYS = (
    ("r", "replay the last event"),
    ("c", "open the console"),
    ("Enter", "apply pending changes"),
    ("q", "quit"),
    ("?", "show the keys"),
)


class View:
    """The terminal, or a file or pipe, in which text is plain and lines have any length.

    Args:
        stream: standard output.
        columns: the width of the terminal; None if lines have any length.
        is_terminal: whether a person watches and can press keys.
        colour: whether the text has colours.
        project: the project's folder, to which paths are relative (default: paths stay absolute).
        clock: returns the time in seconds since 1970.
    """

    def __init__(
        self,
        stream: TextIO,
        columns: int | None,
        is_terminal: bool,
        colour: bool,
        project: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._style = Style(
            columns=columns if is_terminal else None,
            colour=colour and is_terminal,
            ellipsis=_choose_ellipsis(stream),
            project=project.absolute() if project else None,
        )
        self._columns = Columns(self._style)
        self._clock = clock

    def show_start(
        self,
        app: str,
        stage: str,
        place: str,
        routes: Sequence[tuple[str, str]],
        console: str = "",
    ) -> None:
        """Shows what runs: sources with their handlers, the URL of the console and the keys.

        Args:
            app: the name of the app.
            stage: the name of the stage.
            place: where events come from, such as "the emulator at http://127.0.0.1:4566".
            routes: the sources in words, each with the name of its handler.
            console: the URL of the console; empty if there is none.
        """
        style = self._style
        for route in routes:  # so that all lines are aligned
            self._columns.align(*route)
        lines = [style.wrap(f"{style.paint(escape_line(app), bold=True)}, stage {stage}, at {place}", 2), ""]
        lines += [f"  {self._columns.align(*route)}".rstrip() for route in routes] or ["  no handlers yet"]
        lines += ["", *([f"Console: {console}"] if console else [])]
        lines.append(style.wrap("Events run the code in this folder. Saved files take effect at once.", 0))
        self._write([*lines, *([self._describe_keys()] if self._is_terminal else []), ""])

    def show_run(self, run: Run) -> None:
        """Shows an event that has been handled, with its log and its failure.

        Args:
            run: the run, with its outcome.
        """
        self._write(format_run(run, self._columns, self._style))

    def show_code(self, version: str, seconds: float, problem: str = "") -> None:
        """Shows that new code is in service, or why it is not.

        Args:
            version: the version of the code: hexadecimal digits.
            seconds: how long it took.
            problem: the message of an error, with its place; empty if there is none.
        """
        if not problem:
            self._write([self._head(f"code {version[:8]} in service after {seconds:.1f} s", fg="cyan")])
            return
        head = self._head("the new code has a problem; the previous code stays in service", fg="red")
        self._write([head, *format_problem(problem, self._style)])

    def show_change(self, lines: Sequence[str], problem: str = "") -> None:
        """Shows what would change at the emulator, or why that is unknown.

        Args:
            lines: the changes by handler, aligned; empty if there are none.
            problem: the message of an error, with its place; empty if there is none.
        """
        if problem:
            head = self._head("the app cannot be deployed as it is", fg="red")
            self._write([head, *format_problem(problem, self._style)])
        elif not lines:
            self._write([self._head("nothing is left to apply", fg="yellow")])
        else:
            self._write([self._head("changes to apply:", fg="yellow"), *self._list_changes(lines)])

    def show_notice(self, text: str) -> None:
        """Shows a sentence.

        Args:
            text: the sentence, or several lines.
        """
        first, *others = escape_controls(text).split("\n")
        self._write([self._head(first), *(self._style.wrap(f"{INDENT}{line}") for line in others)])

    def show_keys(self) -> None:
        """Shows the keys, if there are any."""
        if self._is_terminal:
            self._write([f"{INDENT}{key:<5}  {text}" for key, text in _KEYS])

    def _head(self, text: str, **style: str) -> str:
        """Returns the first line of what happened now."""
        clock = self._style.paint(format_clock(self._clock()), dim=True)
        first, *others = self._style.wrap(f"{INDENT}{text}").split("\n")
        painted = [self._style.paint(first[len(INDENT) :], **style)]
        painted += [f"{INDENT}{self._style.paint(line[len(INDENT) :], **style)}" for line in others]
        return f"{clock}  " + "\n".join(painted)

    def _list_changes(self, lines: Sequence[str]) -> Iterable[str]:
        for line in lines[:_MAX_CHANGES]:
            text = escape_line(line.rstrip())
            yield self._style.wrap(f"{INDENT}{text}", len(INDENT) + 4)
        if len(lines) > _MAX_CHANGES:
            yield f"{INDENT}{len(lines) - _MAX_CHANGES} more lines"
        if self._is_terminal:
            yield f"{INDENT}Enter applies them."
        else:
            yield f"{INDENT}Only a terminal has a key that applies them; `dev --auto` does so at once."

    def _describe_keys(self) -> str:
        bold = self._style.paint
        return self._style.wrap(
            f"Keys: {bold('r', bold=True)} replay the last event, {bold('c', bold=True)} console, "
            f"{bold('q', bold=True)} quit, {bold('?', bold=True)} all keys",
            6,
        )

    def _write(self, lines: Iterable[str]) -> None:
        """Writes lines. Once the reader is gone, discards them."""
        text = "".join(f"{line}\n" for line in lines)
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            streams.discard(self._stream)


def _choose_ellipsis(stream: TextIO) -> str:
    """Returns the ellipsis that a stream's encoding has."""
    try:
        "…".encode(stream.encoding or "utf-8")
    except (UnicodeError, LookupError):
        return "..."
    return "…"
