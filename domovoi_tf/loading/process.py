"""Runs the child process that imports an app: with a timeout, prefixed output and no process left behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, cast

from domovoi_tf.loading.debugging.attachment import Mark, open_mark
from domovoi_tf.loading.serialization import LENGTH_BYTES
from domovoi_tf.system import trace_log
from domovoi_tf.system.guarded_processes import start_guarded
from domovoi_tf.system.records import Record

#: Seconds for an interrupted app to report its position, and for the output that follows an answer.
_GRACE_SECONDS = 1.0
_CHUNK_BYTES = 65536


class Outcome(Record):
    """The result of a child process. The answer is empty if it gave none."""

    answer: bytes
    timed_out: bool
    exit_code: int


class _Answer:
    """Collects an answer that arrives in pieces, preceded by its length."""

    def __init__(self) -> None:
        self.data = b""
        self.ended = False

    def receive(self, data: bytes) -> None:
        self.data += data
        self.ended = not data

    @property
    def payload(self) -> bytes:
        """The answer, which is empty until it is complete."""
        length = int.from_bytes(self.data[:LENGTH_BYTES], "big")
        payload = self.data[LENGTH_BYTES : LENGTH_BYTES + length]
        return payload if len(payload) == length else b""

    @property
    def is_over(self) -> bool:
        return self.ended or bool(self.payload)


class _Output:
    """Prints lines to standard error as they arrive, each after a prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.ended = False
        self._rest = b""

    def receive(self, data: bytes) -> None:
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (self.ended or len(self._rest) > _CHUNK_BYTES):
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            sys.stderr.write(f"{self.prefix}{line.decode(errors='replace')}\n")
        sys.stderr.flush()


def run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    prefix: str,
    timeout: float,
    meanwhile: Callable[[], object] = lambda: None,
) -> Outcome:
    """Runs a child process that answers through a pipe, whose file descriptor is its last argument.

    The argument before that is the file descriptor of a mark, by which it tells that a debugger is attached.

    If this process is killed, the child and its process group are killed too.

    Args:
        command: the program and its other arguments. It reads a byte first: see `start_guarded`.
        folder: the working directory.
        environment: all environment variables of the child.
        prefix: a string to print before each line of its output.
        timeout: the seconds until the child is interrupted, as by Ctrl-C; it is killed shortly afterwards. A
        debugger turns it off.
        meanwhile: called once the child runs; the timeout begins after it.
    """
    answer, output = _Answer(), _Output(prefix)
    with (
        trace_log.trace_command(command, folder),
        open_mark() as mark,
        _start_child(command, folder, environment, mark) as (process, receive),
        selectors.DefaultSelector() as selector,
    ):
        selector.register(receive, selectors.EVENT_READ, answer.receive)
        selector.register(cast("IO[bytes]", process.stdout), selectors.EVENT_READ, output.receive)
        meanwhile()
        timed_out = not _forward_data(selector, lambda: answer.is_over, timeout, mark)
        if timed_out:
            process.send_signal(signal.SIGINT)
            _forward_data(selector, lambda: answer.is_over, _GRACE_SECONDS)
        _forward_data(selector, lambda: output.ended, _GRACE_SECONDS)
    if not output.ended:
        output.receive(b"")
    return Outcome(answer.payload, timed_out, process.returncode)


@contextlib.contextmanager
def _start_child(
    command: list[str], folder: Path, environment: Mapping[str, str], mark: Mark
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Starts a child process and yields it with the end of the pipe for its answer."""
    receive, send = os.pipe()
    with os.fdopen(receive, "rb", buffering=0), os.fdopen(send, "wb") as sender:
        child = start_guarded(
            [*command, str(mark.file), str(send)],
            folder,
            environment,
            errors=subprocess.STDOUT,
            inherited=[mark.file, send],
        )
        with child as process:
            sender.close()
            cast("IO[bytes]", process.stdin).close()
            yield process, receive


def _forward_data(
    selector: selectors.BaseSelector, is_over: Callable[[], bool], timeout: float, mark: Mark | None = None
) -> bool:
    """Passes data to its receivers until ``is_over``, and returns whether that was before the timeout.

    If the mark is set, the timeout does not apply.
    """
    deadline = time.monotonic() + timeout
    while not is_over():
        remaining: float | None = max(0, deadline - time.monotonic())
        if not remaining:
            if mark is None or not mark.is_set():
                return False
            remaining = None
        for key, _ in selector.select(remaining):
            data = os.read(key.fd, _CHUNK_BYTES)
            key.data(data)
            if not data:
                selector.unregister(key.fileobj)
    return True
