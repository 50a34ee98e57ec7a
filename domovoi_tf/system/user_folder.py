"""Manages the tool's state folder, which belongs to the user and outlives a run of the tool."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from domovoi_tf.system import atomic_files


def ensure_home() -> Path:
    """Returns the tool's state folder, which only this user can read; creates it if it is missing.

    It is ``$DOMOVOI_TF_HOME``, else ``$XDG_STATE_HOME/domovoi-tf``, else ``~/.local/state/domovoi-tf``.

    Raises:
        OSError: the folder cannot be created.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    return ensure_private_folder(_find_home())


def ensure_private_folder(folder: Path) -> Path:
    """Creates a folder for this user only, or takes the rights of others away if it exists, and returns it.

    Folders of other users, and those that everybody may write to, such as ``/tmp``, keep their mode.

    Args:
        folder: the folder.

    Raises:
        OSError: the folder cannot be created.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid == os.getuid() and not status.st_mode & stat.S_ISVTX and status.st_mode & 0o077:
        folder.chmod(status.st_mode & 0o700)
    return folder


def locate_cache() -> Path:
    """Returns the cache folder: ``$DOMOVOI_TF_HOME``, or a folder in the user's cache folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if home := os.environ.get("DOMOVOI_TF_HOME"):
        return Path(home).expanduser().absolute()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches).absolute() if caches else Path.home() / ".cache") / "domovoi-tf"


def create_cache(name: str) -> Path | None:
    """Returns a folder in the cache folder to which only this user can write, created if it is missing.

    Args:
        name: its path in the cache folder.

    Returns:
        The folder, or None if it cannot be created or others can write to it.
    """
    try:
        folder = ensure_private_folder(locate_cache() / name)
        status = folder.stat()
    except (OSError, RuntimeError):  # a home folder that nobody knows is a RuntimeError
        return None
    return folder if status.st_uid == os.getuid() and not status.st_mode & 0o022 else None


def restrict_files(paths: Iterable[Path]) -> None:
    """Takes the rights of others away from files that another program has written.

    Args:
        paths: files of this user; those that are missing are left out.
    """
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.chmod(path.stat().st_mode & 0o700)


def write_private_file(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file atomically, readable by this user only, unless it has this content and mode already.

    Args:
        path: the file; its folder must exist.
        text: the content, written as UTF-8.
        mode: permission bits; use 0700 for a program.

    Raises:
        OSError: the file cannot be written.
    """
    content = text.encode()
    if not _is_unchanged(path, content, mode):
        atomic_files.replace_file(path, content, mode)


@contextlib.contextmanager
def hold_lock(name: str) -> Iterator[None]:
    """Waits for a lock that the processes of this user share, and holds it while the block runs.

    Args:
        name: the name of the lock; the file ``<name>.lock`` in the state folder is locked.

    https://man7.org/linux/man-pages/man2/flock.2.html
    """
    with (ensure_home() / f"{name}.lock").open("w") as lock:
        os.fchmod(lock.fileno(), 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _find_home() -> Path:
    if home := os.environ.get("DOMOVOI_TF_HOME"):
        return Path(home).expanduser().absolute()
    # The specification requires relative paths to be ignored.
    state = Path(os.environ.get("XDG_STATE_HOME") or ".")
    return (state if state.is_absolute() else Path.home() / ".local" / "state") / "domovoi-tf"


def _is_unchanged(path: Path, content: bytes, mode: int) -> bool:
    try:
        return path.read_bytes() == content and path.stat().st_mode & 0o777 == mode
    except OSError:
        return False
