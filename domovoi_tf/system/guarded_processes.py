"""Starts child processes that end with this process, even if it is killed.

A second child, the guard, waits for the end of a pipe that only this process holds open. That works on each
system and against each signal, and whatever the guarded child does: it may ignore signals, or run C code that
never returns to its interpreter.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

#: Reads whom to kill, and kills it if the pipe ends without a further line. It leads a session of its own, so
#: that signals to the group of this process do not reach it.
_GUARD = 'trap "" HUP INT QUIT TERM; read -r target || exit; read -r end || kill -s KILL -- "$target"'
#: A process that `start_guarded` has started.
GuardedProcess = subprocess.Popen[bytes]
#: The first bytes that a guarded child gets: see `start_guarded`.
START = b"\n"


@contextlib.contextmanager
def start_guarded(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    errors: int | None = None,
    inherited: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a program in its own session, and kills it and its process group when the block ends.

    If this process is killed, they are killed too. Processes that the program moves to another process group
    are not. Its standard input and output are pipes. The program must first read one byte from standard
    input, and end if there is none: then this process was killed before the guard knew about the program.

    Args:
        command: the program and its arguments.
        folder: the working directory.
        environment: all environment variables of the program.
        errors: where standard error goes, as for `subprocess.Popen` (default: to that of this process).
        inherited: further file descriptors that the program inherits.

    Raises:
        OSError: the program cannot be started.
    """
    with contextlib.ExitStack() as stack:
        guard = stack.enter_context(_start_guard())
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=inherited,
            start_new_session=True,
        )
        stack.enter_context(process)
        stack.callback(_kill_group, process)
        _send(guard, b"-%d\n" % process.pid)
        _send(process, START)
        yield process


def run_guarded(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, without standard input, and returns its exit code and its output as text.

    It stays in the process group, so that Ctrl-C reaches it and it can ask on the terminal. If this process
    is killed, the program is killed too, but not the processes that it has started.

    Args:
        command: the program and its arguments.
        folder: the working directory.

    Raises:
        OSError: the program cannot be started.
    """
    with _start_guard() as guard:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            _send(guard, b"%d\n" % process.pid)
            try:
                output, errors = process.communicate()
            except BaseException:
                process.kill()
                raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


@contextlib.contextmanager
def _start_guard() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        ["/bin/sh", "-c", _GUARD],
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as guard:
        try:
            yield guard
        finally:
            guard.kill()


def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Writes to the standard input of a process, which may have ended."""
    with contextlib.suppress(BrokenPipeError):
        # Not through its buffer, which would keep the data, and fail again when it is closed.
        os.write(cast("IO[bytes]", process.stdin).fileno(), data)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills a process group. Its ID is not another group's as long as it has a process, or a zombie."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
