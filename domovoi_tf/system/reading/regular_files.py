"""Reads regular files only: opening a pipe or a device can block for ever, and reading it can have no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular_file(path: Path, max_bytes: int | None = None, follow_links: bool = True) -> bytes:
    """Returns the content of a regular file.

    Args:
        path: the file.
        max_bytes: the size from which on it is not read (default: any size).
        follow_links: whether the file may be a link to a regular file.

    Raises:
        OSError: it cannot be read, is not a regular file, or is too large. ``strerror`` is the reason.
    """
    # Opening a device can have side effects.
    _require_regular(os.stat(path, follow_symlinks=follow_links), path)  # noqa: PTH116
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _require_regular(status, path)
        if max_bytes is None:
            return file.read()
        content = file.read(max_bytes + 1) if status.st_size <= max_bytes else b""
        if max(status.st_size, len(content)) > max_bytes:
            raise OSError(errno.EFBIG, f"it has more than {max_bytes:,} bytes", str(path))
        return content


def _require_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
