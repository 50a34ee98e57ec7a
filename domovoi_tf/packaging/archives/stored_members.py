"""Keeps compressed files in zips of the cache, and replaces zips on disk."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.archive import Member, compress, read_members
from domovoi_tf.system import atomic_files

_MODE = 0o600  # nobody else on this machine needs the app's code


def compress_files(files: Iterable[tuple[str, bytes, bool]]) -> dict[str, Member]:
    """Compresses files, several at a time, and returns them by name.

    Args:
        files: the path in the zip, the content, and whether it is executable, of each file.
    """
    with ThreadPoolExecutor() as threads:  # zlib releases the interpreter lock
        return {member.name: member for member in threads.map(lambda file: compress(*file), files)}


def read_cache(cache: Path) -> dict[str, Member]:
    """Returns the compressed files of a zip in the cache by name; none if it is missing or damaged.

    Args:
        cache: the zip.
    """
    try:
        return {member.name: member for member in read_members(cache.read_bytes())}
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return {}


def write_if_changed(destination: Path, data: bytes) -> None:
    """Replaces a zip, unless it has this content.

    Args:
        destination: the zip.
        data: its content.

    Raises:
        PackageError: it cannot be written.
    """
    try:
        atomic_files.remove_stale_files(destination)
        if not _has_content(destination, data):
            atomic_files.replace_file(destination, data, _MODE)
        elif stat.S_IMODE(destination.stat().st_mode) != _MODE:
            destination.chmod(_MODE)
    except OSError as error:
        message = f"{destination} cannot be written: {error.strerror}."
        raise PackageError(message, "Correct the permissions of its folder.") from error


def _has_content(file: Path, data: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data
