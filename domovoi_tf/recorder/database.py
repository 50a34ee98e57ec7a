"""Opens the file of the recorder: creates it, and moves aside one that cannot be used.

https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import user_folder
from domovoi_tf.system.suggestions import spell

#: The version of the tables below (user_version). A file with another version is moved aside.
VERSION = 2
_TABLES = {"runs", "payloads", "totals"}
_FOLDER, _NAME = ".domovoi-tf", "events.sqlite3"
#: What a list shows is apart from the payloads, so that a filter reads no payloads.
_SCHEMA = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    time REAL NOT NULL,
    stage TEXT NOT NULL,
    function TEXT NOT NULL,
    replay_of INTEGER NOT NULL,
    preview TEXT NOT NULL,
    result_preview TEXT NOT NULL DEFAULT '',
    redacted INTEGER NOT NULL,
    cut TEXT NOT NULL,
    status TEXT NOT NULL,
    handlers TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    wait_ms REAL,
    duration_ms REAL,
    memory_mb INTEGER,
    code TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL
);
CREATE INDEX runs_revision ON runs (revision);
CREATE INDEX runs_status ON runs (status, id);
CREATE INDEX runs_request ON runs (request_id);
CREATE INDEX runs_replay ON runs (replay_of) WHERE replay_of > 0;
CREATE TABLE payloads (
    run INTEGER PRIMARY KEY, event TEXT, result TEXT, failure TEXT, log TEXT, calls TEXT
);
CREATE TABLE totals (number INTEGER NOT NULL, bytes INTEGER NOT NULL, revision INTEGER NOT NULL);
INSERT INTO totals VALUES (0, 0, 0);
CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN
    UPDATE totals SET number = number + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER runs_grown AFTER UPDATE OF size ON runs BEGIN
    UPDATE totals SET bytes = bytes + new.size - old.size;
END;
CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN
    UPDATE totals SET number = number - 1, bytes = bytes - old.size;
    DELETE FROM payloads WHERE run = old.id;
END;
PRAGMA user_version = 2;
COMMIT;
"""


class RecorderError(DomovoiError):
    """The file of recorded events cannot be read or written."""


def locate_events(project: Path) -> Path:
    """Returns the file of recorded events of a project; it need not exist.

    Args:
        project: the folder of the project.
    """
    return project / _FOLDER / _NAME


def open_existing(path: Path) -> sqlite3.Connection:
    """Opens the file for a reader.

    Args:
        path: the file.

    Raises:
        RecorderError: the file is missing or cannot be used.
    """
    if not path.is_file():
        raise RecorderError(
            f"No events are recorded: {path} does not exist.",
            f"Run `{spell('dev')}`, which records each event that it handles.",
        )
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        raise wrap_error(path, error) from error
    try:
        reason = _find_flaw(connection) or ("" if _read_version(connection) else "has no events yet")
    except sqlite3.Error as error:
        connection.close()
        raise wrap_error(path, error) from error
    if reason:
        connection.close()
        raise RecorderError(
            f"Recorded events cannot be read: {path} {reason}.",
            f"Run `{spell('dev')}`: it begins a new file, and moves one aside that it cannot use.",
        )
    return connection


def open_writable(path: Path) -> tuple[sqlite3.Connection, str]:
    """Opens the file for the writer; creates it, with its private folder, if it is missing.

    Args:
        path: the file.

    Returns:
        The connection, and a message if a file that cannot be used was moved aside, else "".

    Raises:
        RecorderError: the file cannot be written.
    """
    try:
        folder = user_folder.ensure_private_folder(path.parent)
        user_folder.write_private_file(folder / ".gitignore", "*\n")
        notice = _move_unusable(path)
        with contextlib.suppress(FileExistsError):
            # The files that SQLite creates beside it get its mode.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)
        connection = connect(path)
        if not _read_version(connection):
            connection.executescript(_SCHEMA)
        return connection, notice
    except (OSError, sqlite3.Error) as error:
        raise wrap_error(path, error) from error


def wrap_error(path: Path, error: Exception) -> RecorderError:
    """Returns the error for a file that cannot be read or written.

    Args:
        path: the file.
        error: the error of the system or of SQLite.
    """
    return RecorderError(
        f"The recorded events in {path} cannot be used: {str(error).rstrip('.')}.",
        f"Check that the disk has room and that you may write to it, or remove {path.parent}.",
    )


def connect(path: Path) -> sqlite3.Connection:
    """Opens a connection that any thread may use, one at a time.

    Args:
        path: the file.

    Raises:
        sqlite3.Error: the file is missing, or is not a database.
    """
    # mode=rw: a file that was removed meanwhile is an error, not an empty database.
    # The recorder has a lock for its threads, and begins transactions itself.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False, isolation_level=None
    )
    try:
        connection.executescript(
            "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; PRAGMA journal_size_limit = 16777216;"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _move_unusable(path: Path) -> str:
    """Moves a file aside that is broken or from another version, and returns the message for it."""
    if not path.is_file() or not path.stat().st_size:
        return ""
    try:
        with contextlib.closing(connect(path)) as connection:
            reason = _find_flaw(connection) or _find_damage(connection)
    except sqlite3.OperationalError:  # it is in use or cannot be read, which another file does not change
        raise
    except sqlite3.Error:
        reason = "is broken"
    if not reason:
        return ""
    number = 1
    while (aside := path.with_name(f"{path.stem}-old-{number}{path.suffix}")).exists():
        number += 1
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return f"{path} {reason}. It is now {aside.name}, and new events are recorded from the beginning."


def _find_flaw(connection: sqlite3.Connection) -> str:
    """Returns why a file cannot be used, as the end of a sentence; empty if it can be, or has no tables."""
    try:
        version = _read_version(connection)
        names = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return "is broken"
    if version not in (0, VERSION):
        return f"has version {version} of the format instead of {VERSION}"
    is_whole = names >= _TABLES if version else not names
    return "" if is_whole else "is broken"


def _find_damage(connection: sqlite3.Connection) -> str:
    """Reads the whole file, and returns "is broken" if its pages are not in order, else ""."""
    return "" if connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok" else "is broken"


def _read_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
