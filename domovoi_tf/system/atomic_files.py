"""Files that others see whole, old or new, and never in part."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from domovoi_tf.system.trace_log import log

#: The end of a temporary file's name, and the beginning of a temporary folder's.
_SUFFIX, _PREFIX = ".domovoi-tf", "tmp-"


def replace(path: Path, content: bytes, mode: int | None = None) -> None:
    """Writes a file atomically.

    Args:
        path: the file; its folder exists.
        content: its bytes.
        mode: its permission bits; what the process's umask leaves of 0666 if missing.

    Raises:
        OSError: the file cannot be written; what was there before is intact.
    """
    sweep(path)
    with _temporary(path) as (file, temporary):
        try:
            file.write(content)
            file.flush()
            temporary.chmod(0o666 & ~_umask() if mode is None else mode)
            temporary.replace(path)
            log.debug("writes %s (%d bytes)", path, len(content))
        finally:
            temporary.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Removes what a killed process left beside a file that it was about to replace.

    Args:
        path: the file; neither it nor its folder need exist.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{_SUFFIX}"):
        # One that is in use, or gone already, is no error.
        with contextlib.suppress(OSError), _locked(left):
            left.unlink()


@contextlib.contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """Gives a folder of one's own while the block runs.

    Args:
        parent: the folder that it is made in; exists.

    Raises:
        OSError: it cannot be made.
    """
    made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
    with made as name, contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # without locks nobody sweeps
            held.enter_context(_locked(Path(name)))
        yield Path(name)


def sweep_folders(parent: Path) -> None:
    """Removes the folders of `work_folder` that killed processes left.

    Args:
        parent: the folder that they are in; need not exist.
    """
    for left in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Makes a file beside another, locked as long as it is open: who is killed holds no lock."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(OSError):  # without locks nobody sweeps
                fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:  # else somebody swept it before it was locked
                yield file, Path(name)
                return


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Locks a file or folder that no process holds.

    Raises:
        OSError: one does, or it is not there, or its file system has no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def create(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes a new folder, which appears with all its files in it.

    Args:
        folder: the folder, which does not exist; the one above it does.
        files: the files' bytes, by their paths in it.

    Raises:
        FileExistsError: the folder exists.
        OSError: it cannot be written; then nothing is left of it.
    """
    if os.path.lexists(folder):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        temporary.chmod(0o777 & ~_umask())
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
