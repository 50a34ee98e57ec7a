"""Zip files whose bytes depend on nothing but names, contents and the executable bit."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


@dataclass(frozen=True)
class Member:
    """One compressed file of a zip."""

    name: str
    executable: bool
    size: int
    crc: int
    deflated: bytes


def compress(name: str, data: bytes, executable: bool) -> Member:
    """Returns a file compressed for a zip."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = deflate.compress(data) + deflate.flush()
    return Member(name, executable, len(data), zlib.crc32(data), deflated)


def archive(members: Iterable[Member]) -> bytes:
    """Returns a zip of the members: sorted, with fixed times and modes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in sorted(members, key=attrgetter("name")):
            _append(archive, buffer, member)
    return buffer.getvalue()


def _append(archive: zipfile.ZipFile, buffer: io.BytesIO, member: Member) -> None:
    """Adds compressed bytes as they are: stored first, then declared to be what they are."""
    header = _header(member)
    with archive.open(header, "w") as stream:
        stream.write(member.deflated)
    header.compress_type, header.file_size, header.CRC = zipfile.ZIP_DEFLATED, member.size, member.crc
    buffer.seek(header.header_offset)
    buffer.write(header.FileHeader())


def _header(member: Member) -> zipfile.ZipInfo:
    header = zipfile.ZipInfo(member.name, _EPOCH)
    header.create_system = 3  # Unix, whose modes Lambda reads
    header.external_attr = (stat.S_IFREG | (0o755 if member.executable else 0o644)) << 16
    return header


def members(data: bytes) -> Iterator[Member]:
    """Reads back what `archive` wrote, without decompressing."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            start = info.header_offset + len(info.FileHeader())
            executable = bool(info.external_attr >> 16 & stat.S_IXUSR)
            deflated = data[start : start + info.compress_size]
            yield Member(info.filename, executable, info.file_size, info.CRC, deflated)
