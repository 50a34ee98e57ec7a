"""The folder where the tool keeps what outlives a run of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.system import atomic_files


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
    atomic_files.replace(path, content, mode)


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
