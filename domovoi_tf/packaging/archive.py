"""Writes reproducible zip files: their bytes depend only on names, contents and executable bits."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the zip format supports


class Member(NamedTuple):
    """A compressed file of a zip: its name, mode, uncompressed size, CRC-32 and compressed bytes."""

    name: str
    executable: bool
    size: int
    crc: int
    deflated: bytes | memoryview


def compress(name: str, data: bytes, executable: bool) -> Member:
    """Compresses a file.

    Args:
        name: its path in the zip.
        data: its content.
        executable: whether it is executable.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = deflate.compress(data) + deflate.flush()
    return Member(name, executable, len(data), zlib.crc32(data), deflated)


def pack_members(members: Iterable[Member]) -> bytes:
    """Returns a zip with the members, sorted by name, with fixed times and modes.

    Args:
        members: the compressed files.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in sorted(members, key=attrgetter("name")):
            _append_member(archive, buffer, member)
    return buffer.getvalue()


def _append_member(archive: zipfile.ZipFile, buffer: io.BytesIO, member: Member) -> None:
    """Adds a compressed file without compressing it again: stores the bytes, then corrects the header."""
    header = zipfile.ZipInfo(member.name, _EPOCH)
    header.create_system = 3  # Unix: Lambda then applies the modes
    header.external_attr = (stat.S_IFREG | (0o755 if member.executable else 0o644)) << 16
    with archive.open(header, "w") as stream:
        stream.write(member.deflated)
    header.compress_type, header.file_size, header.CRC = zipfile.ZIP_DEFLATED, member.size, member.crc
    buffer.seek(header.header_offset)
    buffer.write(header.FileHeader())


def read_members(data: bytes) -> Iterator[Member]:
    """Yields the members of a zip that `pack_members` wrote, without decompressing or copying them.

    Args:
        data: the bytes of the zip.

    Raises:
        zipfile.BadZipFile: it is damaged.
    """
    content = memoryview(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            start = info.header_offset + len(info.FileHeader())
            executable = bool(info.external_attr >> 16 & stat.S_IXUSR)
            deflated = content[start : start + info.compress_size]
            yield Member(info.filename, executable, info.file_size, info.CRC, deflated)
