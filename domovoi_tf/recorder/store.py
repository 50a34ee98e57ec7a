"""Opens connections to the file for threads: one that writes, and as many as are reading."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.recorder import database


class Store:
    """The file of recorded events, open. Readers wait for nobody, and `dev` does not wait for readers.

    Args:
        path: the file.
        connection: the connection that writes.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._writer: sqlite3.Connection | None = connection
        self._is_writing, self._is_choosing = threading.RLock(), threading.Lock()
        #: Connections that nobody is reading with.
        self._idle: list[sqlite3.Connection] = []

    def close(self) -> None:
        """Closes the file."""
        with self._is_writing:
            writer, self._writer = self._writer, None
            if writer:
                writer.close()
            self._close_idle()

    def restore(self) -> None:
        """Begins a new file if somebody has removed this one, such as ``git clean -fdx``; IDs go on."""
        with self._is_writing:
            if self.path.exists():
                return
            with self._translate_errors():
                writer = self._require_writer()
                last = writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").fetchone()
                revision = read_revision(writer)
                writer.close()
            self._close_idle()
            self._writer, _ = database.open_writable(self.path)
            with self.write() as connection:
                connection.execute("INSERT INTO sqlite_sequence VALUES ('runs', ?)", last or (0,))
                connection.execute("UPDATE totals SET revision = ?", (revision,))

    def shrink(self) -> None:
        """Gives the pages of removed runs back to the file system, once they are a tenth of the file."""
        with self._is_writing, self._translate_errors():
            connection = self._require_writer()
            free = connection.execute("PRAGMA freelist_count").fetchone()[0]
            if free * 10 > connection.execute("PRAGMA page_count").fetchone()[0]:
                # Each step removes one page, and `execute` makes only one.
                connection.executescript("PRAGMA incremental_vacuum")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Gives a thread a connection of its own.

        Raises:
            RecorderError: SQLite reports an error in the block.
        """
        with self._translate_errors():
            writer = self._require_writer()
            with self._is_choosing:
                connection = self._idle.pop() if self._idle else database.connect(self.path)
            try:
                yield connection
            finally:
                with self._is_choosing:
                    if self._writer is writer:
                        self._idle.append(connection)
                    else:  # the file was closed or replaced meanwhile
                        connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Begins a transaction, and commits it unless the block raises.

        Raises:
            RecorderError: SQLite reports an error in the block.
        """
        with self._is_writing, self._translate_errors():
            connection = self._require_writer()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # otherwise SQLite has ended it, because the disk is full
                    connection.execute("ROLLBACK")
                raise

    def _require_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise sqlite3.ProgrammingError("It is closed.")
        return self._writer

    def _close_idle(self) -> None:
        with self._is_choosing:
            while self._idle:
                self._idle.pop().close()

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise database.wrap_error(self.path, error) from error


def advance(connection: sqlite3.Connection) -> int:
    """Returns the next revision; writers wait for each other, so readers see revisions in order."""
    connection.execute("UPDATE totals SET revision = revision + 1")
    return read_revision(connection)


def read_revision(connection: sqlite3.Connection) -> int:
    """Returns the revision of the last change."""
    return int(connection.execute("SELECT revision FROM totals").fetchone()[0])
