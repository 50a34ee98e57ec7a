"""Checks and stops processes that outlive a run of the tool."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

HAS_PROC = Path("/proc/self/stat").exists()


class Process(Protocol):
    """A process, as a subprocess.Popen."""

    @property
    def pid(self) -> int:
        """The process ID."""

    def kill(self) -> None:
        """Kills the process."""


def read_start_time(pid: int) -> str | None:
    """Returns the start time of a live process, in clock ticks since the machine booted.

    A process ID may be reused; the pair of process ID and start time is unique.

    Args:
        pid: the process ID.

    Returns:
        None if the process is dead or the system has no ``/proc``.
    """
    stat = _read_stat(Path(f"/proc/{pid}/stat"))
    return stat[2] if stat and stat[0] not in "ZX" else None


def is_same_process(pid: int, started: str | None) -> bool:
    """Returns whether a process is still running; without ``/proc``, whether any process has its ID.

    Args:
        pid: the process ID.
        started: its start time, as `read_start_time` has returned it.
    """
    if HAS_PROC:
        return started is not None and read_start_time(pid) == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return True


def stop_process_group(group: int, seconds: float) -> bool:
    """Terminates a process group, kills it if it does not end, and returns whether it ended.

    Args:
        group: the process ID of the group's leader.
        seconds: how long to wait after each of the two signals.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        if wait_until(lambda: not _is_group_alive(group), seconds):
            return True
    return False


def kill_with_children(process: Process) -> None:
    """Kills a process and its children, which could outlive it. Without ``/proc``, kills the process alone.

    Args:
        process: the process. Children that its children started are not killed.
    """
    stats = [(path.parent.name, _read_stat(path)) for path in Path("/proc").glob("[0-9]*/stat")]
    children = [int(pid) for pid, stat in stats if stat and stat[3] == str(process.pid)]
    process.kill()
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until a condition is met, and returns whether it was.

    Args:
        condition: called every 20 milliseconds.
        seconds: how long to wait.
    """
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


def _is_group_alive(group: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    if HAS_PROC:
        # Sending signal 0 is not enough: it succeeds for a zombie that its parent never waits for.
        stats = (_read_stat(path) for path in Path("/proc").glob("[0-9]*/stat"))
        return any(stat and stat[1] == str(group) and stat[0] not in "ZX" for stat in stats)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _read_stat(path: Path) -> tuple[str, str, str, str] | None:
    """Returns the state, process group, start time and parent of a process.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], fields[2], fields[19], fields[1]
