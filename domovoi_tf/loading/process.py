"""The process that imports an app: limited in time, its output marked, and nothing of it stays behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from domovoi_tf.loading.child import LENGTH_BYTES
from domovoi_tf.system import trace_log

#: For how long an app that was interrupted may say where it was, and one that was read may go on printing.
_GRACE_SECONDS = 1.0
_CHUNK = 65536


@dataclass(frozen=True)
class Outcome:
    """What came of a child: its answer, empty where it gave none, and whether it took too long."""

    answer: bytes
    late: bool
    exit_code: int


class _Answer:
    """An answer that arrives in pieces, its length before it."""

    def __init__(self) -> None:
        self.data = b""
        self.ended = False

    def take(self, data: bytes) -> None:
        self.data += data
        self.ended = not data

    @property
    def payload(self) -> bytes:
        """The whole answer, or nothing as long as a part is missing."""
        length = int.from_bytes(self.data[:LENGTH_BYTES], "big")
        found = self.data[LENGTH_BYTES : LENGTH_BYTES + length]
        return found if len(found) == length else b""

    @property
    def is_over(self) -> bool:
        return self.ended or bool(self.payload)


class _Output:
    """Passes lines on to standard error as they arrive, each with a mark before it."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.ended = False
        self._rest = b""

    def take(self, data: bytes) -> None:
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (self.ended or len(self._rest) > _CHUNK):
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            sys.stderr.write(f"{self.mark}{line.decode(errors='replace')}\n")
        sys.stderr.flush()


def run(
    command: list[str], folder: Path, environment: Mapping[str, str], mark: str, seconds: float
) -> Outcome:
    """Runs a child that answers through a pipe, whose file descriptor comes after the command's arguments.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: all its environment variables.
        mark: what is printed before each line of its output.
        seconds: how long it may take. Then it is interrupted, as by Ctrl-C, and soon after that ended.
    """
    answer, output = _Answer(), _Output(mark)
    with (
        trace_log.trace_command(command, folder),
        _child(command, folder, environment) as (process, receive),
        selectors.DefaultSelector() as selector,
    ):
        selector.register(receive, selectors.EVENT_READ, answer.take)
        selector.register(cast("IO[bytes]", process.stdout), selectors.EVENT_READ, output.take)
        late = not _listen(selector, lambda: answer.is_over, seconds)
        if late:
            process.send_signal(signal.SIGINT)
            _listen(selector, lambda: answer.is_over, _GRACE_SECONDS)
        _listen(selector, lambda: output.ended, _GRACE_SECONDS)
    if not output.ended:
        output.take(b"")
    return Outcome(answer.payload, late, process.returncode)


@contextlib.contextmanager
def _child(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Starts a child and ends it, with all that it started and did not set apart."""
    receive, send = os.pipe()
    try:
        try:
            process = subprocess.Popen(
                [*command, str(send)],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[send],
                start_new_session=True,
            )
        finally:
            os.close(send)
        with process:
            try:
                yield process, receive
            finally:
                # Before anybody asks for its exit code: until then its number is nobody else's.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
    finally:
        os.close(receive)


def _listen(selector: selectors.BaseSelector, is_over: Callable[[], bool], seconds: float) -> bool:
    """Passes on what arrives until it is over, and says whether that was in time."""
    deadline = time.monotonic() + seconds
    while not is_over():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for key, _ in selector.select(left):
            data = os.read(key.fd, _CHUNK)
            key.data(data)
            if not data:
                selector.unregister(key.fileobj)
    return True
