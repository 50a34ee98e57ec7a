"""Files that others see whole, old or new, and never in part."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def replace(path: Path, content: bytes, mode: int | None = None) -> None:
    """Writes a file atomically.

    Args:
        path: the file; its folder exists.
        content: its bytes.
        mode: its permission bits; what the process's umask leaves of 0666 if missing.

    Raises:
        OSError: the file cannot be written; what was there before is intact.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
