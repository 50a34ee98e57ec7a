"""What outlives a run of the tool: the files in its state folder, and a process that it leaves running."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()


def home() -> Path:
    """Returns the tool's state folder, created where it is missing, for this user only (mode 0700).

    It is ``$DOMOVOI_TF_HOME``, else ``$XDG_STATE_HOME/domovoi-tf``, else ``~/.local/state/domovoi-tf``.

    Raises:
        OSError: the folder cannot be made.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    folder = _location()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file whole or not at all, for this user only; the same text touches nothing.

    Args:
        path: the file; its folder exists.
        text: its content, written as UTF-8.
        mode: its permission bits; 0700 for a program.

    Raises:
        OSError: the file cannot be written.
    """
    content = text.encode()
    if _holds(path, content, mode):
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Waits until no other process of this user is inside the same block.

    Args:
        name: what the lock is for; a file ``<name>.lock`` in `home` carries it.

    https://man7.org/linux/man-pages/man2/flock.2.html
    """
    with (home() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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


def _location() -> Path:
    if given := os.environ.get("DOMOVOI_TF_HOME"):
        return Path(given).expanduser().absolute()
    # The specification says that a relative path is to be ignored.
    state = Path(os.environ.get("XDG_STATE_HOME") or ".")
    return (state if state.is_absolute() else Path.home() / ".local" / "state") / "domovoi-tf"


def _holds(path: Path, content: bytes, mode: int) -> bool:
    try:
        return path.read_bytes() == content and path.stat().st_mode & 0o777 == mode
    except OSError:
        return False
