"""Writes files and folders atomically: readers see the old content or the new, never a part of it.

This includes readers after a power failure.
"""

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

from domovoi_tf.system import durable
from domovoi_tf.system.trace_log import log

#: The suffix of temporary files and the prefix of temporary folders.
_SUFFIX, _PREFIX = ".domovoi-tf", "tmp-"


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Writes a file atomically.

    Args:
        path: the file; its folder must exist.
        content: the new content.
        mode: permission bits (default: 0666 minus the umask of the process).

    Raises:
        OSError: the file cannot be written; the previous file is intact.
    """
    remove_stale_files(path)
    with _open_temporary_file(path) as (file, temporary):
        try:
            file.write(content)
            file.flush()
            temporary.chmod(0o666 & ~_read_umask() if mode is None else mode)
            durable.sync_files([temporary])
            temporary.replace(path)
            durable.sync_folders([path.parent])
            log.debug("writes %s (%d bytes)", path, len(content))
        finally:
            temporary.unlink(missing_ok=True)


def remove_stale_files(path: Path) -> None:
    """Removes temporary files that killed processes left beside a file.

    Args:
        path: the file; neither it nor its folder needs to exist.
    """
    for temporary in path.parent.glob(f".{glob.escape(path.name)}.*{_SUFFIX}"):
        # A file that is in use, or already gone, is not an error.
        with contextlib.suppress(OSError), _acquire_lock(temporary):
            temporary.unlink()


@contextlib.contextmanager
def create_work_folder(parent: Path) -> Iterator[Path]:
    """Creates a temporary folder, which is removed when the block ends.

    Args:
        parent: the folder to create it in; must exist.

    Raises:
        OSError: the folder cannot be created.
    """
    folder = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
    with folder as name, contextlib.ExitStack() as locks:
        with contextlib.suppress(OSError):  # without locks no process removes it
            locks.enter_context(_acquire_lock(Path(name)))
        yield Path(name)


def remove_stale_folders(parent: Path) -> None:
    """Removes the folders of `create_work_folder` that killed processes left.

    Args:
        parent: the folder that contains them; need not exist.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), _acquire_lock(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _open_temporary_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Creates a file beside another and locks it while it is open.

    The operating system releases the lock of a killed process, which marks the file as stale.
    """
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(OSError):  # without locks no process removes it
                fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:  # otherwise another process removed it before it was locked
                yield file, Path(name)
                return


@contextlib.contextmanager
def _acquire_lock(path: Path) -> Iterator[None]:
    """Locks a file or folder, if no other process holds the lock.

    Raises:
        OSError: another process holds the lock, the path does not exist, or its file system has no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def create_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Creates a folder together with its files, atomically.

    Args:
        folder: the new folder; its parent must exist.
        files: content of the files, by path relative to the folder.

    Raises:
        FileExistsError: the folder exists.
        OSError: the folder cannot be written; no part of it remains.
    """
    if os.path.lexists(folder):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        temporary.chmod(0o777 & ~_read_umask())
        durable.sync_tree(temporary)
        temporary.rename(folder)
        durable.sync_folders([folder.parent])
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
