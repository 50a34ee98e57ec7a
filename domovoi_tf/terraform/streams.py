"""Passes Terraform's output on to the terminal, also if nobody reads it any more.

``domovoi-tf plan | head`` closes the pipe while Terraform works. If Terraform wrote to that pipe itself,
SIGPIPE would end it at once, with the state locked. The same holds for a file on a disk that is full.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from domovoi_tf.system.text import strip_colours

#: The first line of an error, in a box or without, or any that is about a lock.
_FIRST_LINE = re.compile(r"(?:│ )?Error: |.*Error acquiring the state lock")


def write_output(text: str) -> None:
    """Writes to standard output. Once that fails, the rest is discarded, and Terraform goes on.

    Args:
        text: the text.
    """
    _write(sys.stdout, text)


def write_error(text: str) -> None:
    """Writes to standard error. Once that fails, the rest is discarded, and Terraform goes on.

    Args:
        text: the text.
    """
    _write(sys.stderr, text)


def discard(stream: TextIO) -> None:
    """Makes a stream accept and discard all text, including what it has buffered.

    Args:
        stream: standard output or standard error.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


class ErrorFilter:
    """Filters Terraform's errors, which it prints last, out of its standard error.

    Attributes:
        withheld: the errors, and all text after the beginning of the first.
    """

    def __init__(self) -> None:
        self.withheld = ""
        self._held = ""

    def filter(self, text: str) -> str:
        """Returns the part of the text to show now, and withholds the rest.

        Args:
            text: the next part of the output; may end within a line.
        """
        if self.withheld:
            self.withheld += text
            return ""
        shown, pieces = "", (self._held + text).split("\n")
        lines = [f"{line}\n" for line in pieces[:-1]] + pieces[-1:]
        self._held = ""
        for index, line in enumerate(lines):
            if _FIRST_LINE.match(strip_colours(line)):
                self.withheld = self._held + "".join(lines[index:])
                return shown
            self._held += line
            # An empty line, and the upper edge of a box, belong to the error that may follow.
            if line.endswith("\n") and strip_colours(line).strip(" \n╷"):
                shown, self._held = shown + self._held, ""
        return shown

    def end(self) -> str:
        """Returns the text at the end of the output that no error followed."""
        return "" if self.withheld else self._held


@contextlib.contextmanager
def withhold_errors() -> Iterator[ErrorFilter]:
    """Passes on the standard error of child processes at once, except Terraform's errors."""
    terminal, errors = sys.stderr, ErrorFilter()
    read_end, write_end = os.pipe()
    reader = threading.Thread(target=_copy_filtered, args=(read_end, errors, terminal), daemon=True)
    try:
        with os.fdopen(write_end, "w") as pipe:
            reader.start()
            sys.stderr = pipe
            try:
                yield errors
            finally:
                sys.stderr = terminal
    finally:
        reader.join()


def _copy_filtered(read_end: int, errors: ErrorFilter, terminal: TextIO) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with os.fdopen(read_end, "rb", buffering=0) as pipe:
        while chunk := pipe.read(65536):
            if text := errors.filter(decoder.decode(chunk)):
                _write(terminal, text)
    if text := errors.end():
        _write(terminal, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        discard(stream)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            reason = f"standard output cannot be written: {error.strerror}. The rest of it is lost."
            _write(sys.stderr, f"Warning: {reason}\n")
