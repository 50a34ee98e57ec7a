"""Shares the connection to the file between threads, in transactions."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.recorder import database


class Store:
    """The file of recorded events, open.

    Args:
        path: the file.
        connection: the connection to it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def restore(self) -> None:
        """Begins a new file if somebody has removed this one, such as ``git clean -fdx``; IDs go on."""
        with self._lock:
            if self.path.exists():
                return
            with self.read() as connection:
                last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").fetchone()
                revision = read_revision(connection)
                connection.close()
            self._connection, _ = database.open_writable(self.path)
            with self.write() as connection:
                connection.execute("INSERT INTO sqlite_sequence VALUES ('runs', ?)", last or (0,))
                connection.execute("UPDATE totals SET revision = ?", (revision,))

    def shrink(self) -> None:
        """Gives the pages of removed runs back to the file system, once they are a tenth of the file."""
        with self.read() as connection:
            free = connection.execute("PRAGMA freelist_count").fetchone()[0]
            if free * 10 > connection.execute("PRAGMA page_count").fetchone()[0]:
                # Each step removes one page, and `execute` makes only one.
                connection.executescript("PRAGMA incremental_vacuum")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Gives one thread the connection.

        Raises:
            RecorderError: SQLite reports an error in the block.
        """
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise database.wrap_error(self.path, error) from error

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Begins a transaction, and commits it unless the block raises.

        Raises:
            RecorderError: SQLite reports an error in the block.
        """
        with self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # otherwise SQLite has ended it, because the disk is full
                    connection.execute("ROLLBACK")
                raise


def advance(connection: sqlite3.Connection) -> int:
    """Returns the next revision; writers wait for each other, so readers see revisions in order."""
    connection.execute("UPDATE totals SET revision = revision + 1")
    return read_revision(connection)


def read_revision(connection: sqlite3.Connection) -> int:
    """Returns the revision of the last change."""
    return int(connection.execute("SELECT revision FROM totals").fetchone()[0])
