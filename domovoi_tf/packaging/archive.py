"""Writes reproducible zip files: their bytes depend only on names, contents and executable bits."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the zip format supports
#: `_EPOCH` as in a zip: the time, and the date.
_STAMP = (0, 1 << 5 | 1)
#: The headers before each file, in the directory at the end, and after it; their fields and signatures are in
#: the specification. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_LOCAL = struct.Struct("<4s2B4H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6"
#: The version of the format, Unix, whose modes Lambda applies, and the mark of a name in UTF-8.
_VERSION, _UNIX, _UTF8 = 20, 3, 0x800
#: From here on the fields of the headers are too small, and others follow.
_MAX_FILES, _MAX_BYTES = 0xFFFF, 0x7FFFFFFF


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

    The bytes are those that `zipfile` writes, which takes ten times as long for a thousand files.

    Args:
        members: the compressed files.
    """
    ordered = sorted(members, key=attrgetter("name"))
    names = [member.name.encode() for member in ordered]
    headers = sum(_LOCAL.size + _CENTRAL.size + 2 * len(name) for name in names)
    size = headers + sum(max(member.size, len(member.deflated)) for member in ordered)
    if len(ordered) > _MAX_FILES or size > _MAX_BYTES:
        return _pack_with_zipfile(ordered)
    parts: list[bytes | memoryview] = []
    directory = []
    position = 0
    for name, member in zip(names, ordered, strict=True):
        local, central = _make_headers(name, member, position)
        parts += (local, name, member.deflated)
        directory += [central, name]
        position += _LOCAL.size + len(name) + len(member.deflated)
    listing = b"".join(directory)
    end = _END.pack(_END_MARK, 0, 0, len(ordered), len(ordered), len(listing), position, 0)
    return b"".join((*parts, listing, end))


def _make_headers(name: bytes, member: Member, position: int) -> tuple[bytes, bytes]:
    """Returns the header before a file, and the one in the directory."""
    flags = 0 if name.isascii() else _UTF8
    sizes = (member.crc, len(member.deflated), member.size, len(name), 0)
    common = (_VERSION, 0, flags, zipfile.ZIP_DEFLATED, *_STAMP, *sizes)
    local = _LOCAL.pack(_LOCAL_MARK, *common)
    attributes = _get_attributes(member)
    return local, _CENTRAL.pack(_CENTRAL_MARK, _VERSION, _UNIX, *common, 0, 0, 0, attributes, position)


def _get_attributes(member: Member) -> int:
    return (stat.S_IFREG | (0o755 if member.executable else 0o644)) << 16


def _pack_with_zipfile(members: Sequence[Member]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            _append_member(archive, buffer, member)
    return buffer.getvalue()


def _append_member(archive: zipfile.ZipFile, buffer: io.BytesIO, member: Member) -> None:
    """Adds a compressed file without compressing it again: stores the bytes, then corrects the header."""
    header = zipfile.ZipInfo(member.name, _EPOCH)
    header.create_system, header.external_attr = _UNIX, _get_attributes(member)
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
    if len(data) < _END.size:
        raise zipfile.BadZipFile("too short")
    mark, _, _, _, files, size, start, comment = _END.unpack_from(data, len(data) - _END.size)
    if mark == _END_MARK and files < _MAX_FILES and start < _MAX_BYTES:
        if comment or start + size + _END.size != len(data):
            raise zipfile.BadZipFile("the directory is not before its end")
        yield from _read_directory(data, start, files)
    else:
        yield from _read_with_zipfile(data)


def _read_directory(data: bytes, start: int, files: int) -> Iterator[Member]:
    content, position = memoryview(data), start
    for _ in range(files):
        if position + _CENTRAL.size > len(data):
            raise zipfile.BadZipFile("the directory is too short")
        mark, *_, crc, deflated, size, length, _, _, _, _, attributes, at = _CENTRAL.unpack_from(
            data, position
        )
        position += _CENTRAL.size + length
        first = at + _LOCAL.size + length
        if mark != _CENTRAL_MARK or first + deflated > start:
            raise zipfile.BadZipFile("a file is outside")
        name = data[position - length : position].decode()
        executable = bool(attributes >> 16 & stat.S_IXUSR)
        yield Member(name, executable, size, crc, content[first : first + deflated])


def _read_with_zipfile(data: bytes) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            start = info.header_offset + len(info.FileHeader())
            executable = bool(info.external_attr >> 16 & stat.S_IXUSR)
            deflated = data[start : start + info.compress_size]
            yield Member(info.filename, executable, info.file_size, info.CRC, deflated)
