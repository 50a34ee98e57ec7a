"""Writes files and folders to the disk, so that a power failure cannot lose them.

Without this, a file system may write the name of a file before its content, and renames in any order.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

#: Some network file systems cannot do it.
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP})
#: The file system writes what several threads wait for in one step.
_THREADS, _FEW = 16, 4


def sync_files(paths: Collection[Path]) -> None:
    """Waits until the content of files is on the disk.

    Args:
        paths: the files.

    Raises:
        OSError: a file cannot be written, for example because the disk is full.

    https://man7.org/linux/man-pages/man2/fsync.2.html
    """
    _run_in_threads(_sync, paths)


def sync_folders(folders: Iterable[Path]) -> None:
    """Waits until the names in folders are on the disk, so that what was created or renamed there is found.

    Args:
        folders: the folders; those that do not exist any more are left out.
    """
    _run_in_threads(_try_to_sync, [*folders])


def sync_tree(folder: Path) -> None:
    """Waits until a folder with everything in it is on the disk.

    Args:
        folder: the folder. Links are not followed.

    Raises:
        OSError: a file cannot be written.
    """
    files, folders = [], []
    for parent, _, names in os.walk(folder):
        folders.append(Path(parent))
        paths = (Path(parent, name) for name in names)
        files += [path for path in paths if path.is_file() and not path.is_symlink()]
    sync_files(files)
    sync_folders(folders)


def _run_in_threads(function: Callable[[Path], None], paths: Collection[Path]) -> None:
    if len(paths) < _FEW:
        for path in paths:
            function(path)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(function, paths))


def _try_to_sync(path: Path) -> None:
    with contextlib.suppress(OSError):  # the change is made, and is only less safe
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    finally:
        os.close(handle)
