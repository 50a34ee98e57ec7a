"""What -v shows: the programs that are run and how long they take; with -vv also the files written."""

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
#: Stands for a program in an argument.
_LONG = "..."


def show(level: int) -> None:
    """Writes what happens to standard error.

    Args:
        level: 1 for programs, 2 for files too.
    """
    if not log.handlers:
        log.addHandler(_Handler())
        log.propagate = False
    log.setLevel(min(log.level or logging.WARNING, logging.DEBUG if level > 1 else logging.INFO))


@contextlib.contextmanager
def running(command: Iterable[str], where: object = "") -> Iterator[None]:
    """Says that a program runs, and how long it ran.

    Args:
        command: the program and its arguments; what may be secret is not said.
        where: its working folder.
    """
    if not log.isEnabledFor(logging.INFO):
        yield
        return
    said = shown(command)
    log.info("%s%s", said, f"  (in {where})" if where else "")
    began = time.monotonic()
    try:
        yield
    finally:
        log.info("%s: %.2f s", " ".join(said.split()[:2]), time.monotonic() - began)


def shown(command: Iterable[str]) -> str:
    """Returns a command as a shell takes it, without values of Terraform's variables and backends."""
    words, secret = [], False
    for word in command:
        word = _LONG if "\n" in word else word
        words.append(re.sub("=.*", f"={_HIDDEN}", word, flags=re.DOTALL) if secret else _hidden(word))
        secret = word in ("-var", "--var", "-backend-config", "--backend-config")
    return shlex.join(words)


def _hidden(word: str) -> str:
    found = _SECRET.fullmatch(word)
    return f"{found[1]}{_HIDDEN}" if found else word


class _Handler(logging.Handler):
    """Writes to the standard error of the moment, with the seconds since the start."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line, dimmed on a terminal."""
        line = f"{record.relativeCreated / 1000:7.2f} s  {record.getMessage()}"
        dim = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        sys.stderr.write(f"\x1b[2m{line}\x1b[0m\n" if dim else f"{line}\n")
        sys.stderr.flush()
