"""Logs the programs that are run and their durations (``-v``), and the files that are written (``-vv``)."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator

log = logging.getLogger("domovoi_tf")
#: Options of Terraform whose values may be secrets.
_SECRET = re.compile(r"(--?(?:var|backend-config)=[^=]+=).*", re.DOTALL)
_HIDDEN = "HIDDEN"
#: Replaces an argument of several lines, such as a Python program.
_LONG = "..."


def enable_trace(level: int) -> None:
    """Writes the trace log to standard error.

    Args:
        level: 1 for programs, 2 for programs and files.
    """
    if not log.handlers:
        log.addHandler(_Handler())
        log.propagate = False
    log.setLevel(min(log.level or logging.WARNING, logging.DEBUG if level > 1 else logging.INFO))


def is_enabled() -> bool:
    """Returns whether the user wants to see what happens (``--verbose``)."""
    return log.isEnabledFor(logging.INFO)


@contextlib.contextmanager
def trace_command(command: Iterable[str], folder: object = "") -> Iterator[None]:
    """Logs a command before the block runs it, and its duration afterwards.

    Args:
        command: the program and its arguments; values that may be secret are not logged.
        folder: the working folder.
    """
    if not is_enabled():
        yield
        return
    line = format_command(command)
    log.info("%s%s", line, f"  (in {folder})" if folder else "")
    start = time.monotonic()
    try:
        yield
    finally:
        log.info("%s: %.2f s", " ".join(line.split()[:2]), time.monotonic() - start)


def format_command(command: Iterable[str]) -> str:
    """Returns a command quoted for a shell, without the values of Terraform variables and backend settings.

    Args:
        command: the program and its arguments.
    """
    words, is_secret = [], False
    for word in command:
        word = _LONG if "\n" in word else word
        words.append(re.sub("=.*", f"={_HIDDEN}", word, flags=re.DOTALL) if is_secret else _hide_value(word))
        is_secret = word in ("-var", "--var", "-backend-config", "--backend-config")
    return shlex.join(words)


def _hide_value(word: str) -> str:
    match = _SECRET.fullmatch(word)
    return f"{match[1]}{_HIDDEN}" if match else word


class _Handler(logging.Handler):
    """Writes to the current standard error, with the seconds since the start."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line, dimmed on a terminal."""
        line = f"{record.relativeCreated / 1000:7.2f} s  {record.getMessage()}"
        dim = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        sys.stderr.write(f"\x1b[2m{line}\x1b[0m\n" if dim else f"{line}\n")
        sys.stderr.flush()
