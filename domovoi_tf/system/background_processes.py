"""Processes that outlive a run of the tool: whether they live, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()


def started(pid: int) -> str | None:
    """Returns when a live process started, in clock ticks since the machine did: no two share pid and start.

    Args:
        pid: the process; None is returned where it is dead, or where the system has no ``/proc``.
    """
    stat = _stat(Path(f"/proc/{pid}/stat"))
    return stat[2] if stat and stat[0] not in "ZX" else None


def stop_group(group: int, seconds: float) -> bool:
    """Asks a process group to end, then ends it, and says whether it is gone.

    Args:
        group: the process that leads it.
        seconds: how long each of the two may take.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        if wait_until(lambda: not _group_lives(group), seconds):
            return True
    return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until a condition is met, and says whether it was.

    Args:
        condition: asked every 20 milliseconds.
        seconds: when to give up.
    """
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


def _group_lives(group: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    if HAS_PROC:
        # Not by a signal: a dead process that its parent never asks about still takes one.
        stats = (_stat(path) for path in Path("/proc").glob("[0-9]*/stat"))
        return any(stat and stat[1] == str(group) and stat[0] not in "ZX" for stat in stats)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _stat(path: Path) -> tuple[str, str, str] | None:
    """Returns the state, group and start of a process.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], fields[2], fields[19]
