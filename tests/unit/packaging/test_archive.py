"""Zips are written with compressed members, and read without decompressing them."""

import io
import zipfile

import pytest

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


def test_damaged_zip_is_refused() -> None:
    with pytest.raises(zipfile.BadZipFile):
        unpack(PACKED[:-30])
