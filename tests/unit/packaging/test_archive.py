"""Zips are written and read without `zipfile`, to the bytes that it writes."""

import io
import zipfile
from collections.abc import Callable

import pytest

from domovoi_tf.packaging import archive
from domovoi_tf.packaging.archive import Member, compress, pack_members, read_members

MEMBERS = (
    compress("b/é.py", b"x = 1\n" * 100, False),
    compress("run.sh", b"#!/bin/sh\n", True),
    compress("a.txt", b"", False),
    compress("b.txt", bytes(range(256)), False),
)
PACKED = pack_members(MEMBERS)


def unpack(data: bytes) -> list[Member]:
    return [member._replace(deflated=bytes(member.deflated)) for member in read_members(data)]


@pytest.mark.parametrize("members", [MEMBERS, ()])
def test_bytes_are_those_of_zipfile(members: tuple[Member, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_members(members)
    monkeypatch.setattr(archive, "_MAX_BYTES", 0)
    assert pack_members(members) == packed


def test_zipfile_reads_the_files() -> None:
    with zipfile.ZipFile(io.BytesIO(PACKED)) as zipped:
        assert zipped.testzip() is None
        assert {name: zipped.read(name) for name in zipped.namelist()} == {
            "a.txt": b"",
            "b.txt": bytes(range(256)),
            "b/é.py": b"x = 1\n" * 100,
            "run.sh": b"#!/bin/sh\n",
        }
        assert [info.external_attr >> 16 for info in zipped.infolist()] == [0o100644] * 3 + [0o100755]


def test_members_are_read_in_the_order_of_their_names() -> None:
    assert unpack(PACKED) == sorted(MEMBERS)


def test_what_is_too_large_for_the_plain_headers_is_written_and_read_too() -> None:
    members = [Member(f"{number:05}", False, 0, 0, b"\3\0") for number in range(0x10000)]
    packed = pack_members(reversed(members))
    assert packed[-42:-38] == b"PK\6\7"  # the mark of the longer fields
    assert unpack(packed) == members


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[1:],
        lambda data: data.replace(b"PK\1\2", b"PK\1\3"),
        lambda data: data[:-10] + (1000).to_bytes(4, "little") + data[-6:],
        lambda data: data[:-12] + b"\xff\0" + data[-10:],
        lambda data: data.replace(MEMBERS[0].crc.to_bytes(4, "little"), b"\xff" * 8),
    ],
)
def test_damaged_zip_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(zipfile.BadZipFile):
        unpack(damage(PACKED))


def test_file_that_reaches_into_the_directory_is_refused() -> None:
    start = PACKED.rindex(b"PK\1\2") + 20
    with pytest.raises(zipfile.BadZipFile, match="a file is outside"):
        unpack(PACKED[:start] + (1 << 30).to_bytes(4, "little") + PACKED[start + 4 :])
