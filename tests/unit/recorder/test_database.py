"""The file of recorded events: private, and moved aside if it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from domovoi_tf.recorder.database import RecorderError, locate_events
from domovoi_tf.recorder.recorder import Recorder, read_events

from .sample_runs import OUTCOME, make_invocation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return locate_events(tmp_path)


def test_files_are_private_and_git_ignores_them(path: Path) -> None:
    before = os.umask(0)
    try:
        with Recorder(path) as recorder:
            recorder.begin(make_invocation(1))
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        [".gitignore", "events.sqlite3", "events.sqlite3-shm", "events.sqlite3-wal"], 0o600
    )
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_rights_of_others_are_taken_from_an_existing_file(path: Path) -> None:
    Recorder(path).close()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    Recorder(path).close()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)] == [0o700, 0o600]


def test_new_file_needs_no_message(path: Path) -> None:
    with Recorder(path) as recorder:
        assert recorder.notice == ""
    with Recorder(path) as recorder:
        assert recorder.notice == ""


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0"], ids=["empty", "killed"])
def test_file_without_tables_is_used(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    if content:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    else:
        path.touch()
    with Recorder(path) as recorder:
        assert recorder.notice == ""
        assert recorder.begin(make_invocation(1))


def test_broken_file_is_moved_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with Recorder(path) as recorder:
        assert recorder.notice == (
            f"{path} is broken. It is now events-old-1.sqlite3, and new events are "
            "recorded from the beginning."
        )
        assert recorder.begin(make_invocation(1)) == 1
    path.write_bytes(b"again" * 1000)
    with Recorder(path) as recorder:
        assert "events-old-2.sqlite3" in recorder.notice
    assert (path.parent / "events-old-1.sqlite3").read_bytes() == b"no database" * 1000


def test_file_with_damaged_pages_is_moved_aside(path: Path) -> None:
    with Recorder(path) as recorder:
        for number in range(50):
            recorder.finish(recorder.begin(make_invocation("x" * 10_000, number)), OUTCOME)
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xff" * 32768
    path.write_bytes(content)
    with Recorder(path) as recorder:
        assert recorder.notice.startswith(f"{path} is broken. It is now events-old-1.sqlite3")
        assert recorder.list() == []


@pytest.mark.parametrize("version", [1, 99])
def test_file_of_another_version_is_moved_aside(path: Path, version: int) -> None:
    Recorder(path).close()
    set_version(path, version)
    with Recorder(path) as recorder:
        assert recorder.notice == (
            f"{path} has version {version} of the format instead of 2. It is now events-old-1.sqlite3, and "
            "new events are recorded from the beginning."
        )
    assert (path.parent / "events-old-1.sqlite3").is_file()


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_foreign_database_is_moved_aside(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (x)")
    with Recorder(path) as recorder:
        assert "events-old-1.sqlite3" in recorder.notice


def test_reader_of_a_missing_file_says_what_records_events(path: Path) -> None:
    with pytest.raises(RecorderError) as caught:
        read_events(path)
    assert str(caught.value) == (
        f"No events are recorded: {path} does not exist.\n"
        "Run `domovoi-tf dev`, which records each event that it handles."
    )
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("version", "reason"), [(7, "has version 7 of the format instead of 2"), (0, "is broken")]
)
def test_reader_moves_nothing_aside(path: Path, version: int, reason: str) -> None:
    Recorder(path).close()
    set_version(path, version)
    with pytest.raises(RecorderError) as caught:
        read_events(path)
    assert str(caught.value) == (
        f"Recorded events cannot be read: {path} {reason}.\n"
        "Run `domovoi-tf dev`: it begins a new file, and moves one aside that it cannot use."
    )
    assert path.is_file()


def test_reader_of_a_broken_file_and_of_one_without_tables(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(RecorderError, match="file is not a database"):
        read_events(path)
    path.write_bytes(b"")
    with pytest.raises(RecorderError, match=r"events\.sqlite3 has no events yet\."):
        read_events(path)


def test_folder_that_cannot_be_written_is_an_error(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(RecorderError) as caught:
        Recorder(path)
    assert str(caught.value) == (
        f"The recorded events in {path} cannot be used: [Errno 17] File exists: '{path.parent}'.\n"
        f"Check that the disk has room and that you may write to it, or remove {path.parent}."
    )
