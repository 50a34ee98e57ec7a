"""Files that others see whole, old or new, and never in part."""

from __future__ import annotations

import os
import tempfile
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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
