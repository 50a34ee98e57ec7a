"""The recorder: writes events and runs into the project's file, and reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domovoi_tf.recorder import database, encoding, query, retention, rows
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.records import INTERRUPTED, RUNNING, Invocation, Outcome, Run, Summary
from domovoi_tf.recorder.redaction import Redactor
from domovoi_tf.recorder.retention import Limits
from domovoi_tf.recorder.store import Store, advance, read_revision


class Recorder:
    """Recorded events and their runs. Threads may share it.

    One process writes; any number of others may read with `read_events` meanwhile.

    Args:
        path: the file, see `database.locate_events`.
        limits: how much is kept.
        redact: regular expressions; what they match is replaced before anything is written.

    Attributes:
        notice: the message that a file was moved aside which could not be used; else empty.

    Raises:
        RecorderError: the file cannot be written; all methods that read or write raise it too.
        DomovoiError: a pattern is not a regular expression.
    """

    def __init__(self, path: Path, limits: Limits = Limits(), redact: Sequence[str] = ()) -> None:  # noqa: B008
        self._redactor = Redactor(redact)
        connection, self.notice = database.open_writable(path)
        self._store = Store(path, connection)
        self._limits = limits
        self._interrupt_runs()

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, invocation: Invocation) -> int:
        """Records an event that has arrived.

        Args:
            invocation: the event.

        Returns:
            The ID of its run, which is higher than that of any run before.
        """
        event, is_redacted = encoding.encode_value(invocation.event, self._redactor)
        self._store.restore()
        with self._store.write() as connection:
            columns = {
                "revision": advance(connection),
                "request_id": invocation.request_id,
                "time": invocation.time,
                "stage": invocation.stage,
                "function": invocation.function,
                "replay_of": invocation.replay_of,
                "preview": encoding.make_preview(event),
                "redacted": is_redacted,
                "cut": "" if event is not None else query.join_names(("event",)),
                "status": RUNNING,
                "size": _measure(event),
            }
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO runs ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - constants
            run = connection.execute(insert, _bind(columns)).lastrowid or 0
            connection.execute("INSERT INTO payloads (run, event) VALUES (?, ?)", (run, event))
        return run

    def finish(self, run: int, outcome: Outcome) -> None:
        """Records how a run ended, and removes the oldest runs if there are too many.

        Args:
            run: the ID of the run. It is no error if it has been removed already.
            outcome: how it ended.
        """
        result, _ = encoding.encode_value(outcome.result, self._redactor)
        log, is_log_cut = encoding.encode_log(outcome.log, self._redactor)
        failure = outcome.failure and encoding.redact_failure(outcome.failure, self._redactor)
        texts = (
            result,
            encoding.encode_failure(failure),
            log,
            encoding.encode_calls(outcome.calls, self._redactor),
        )
        cut = (*(["result"] if result is None else []), *(["log"] if is_log_cut else []))
        columns = {
            "status": outcome.status,
            "handlers": query.join_names(outcome.handlers),
            "source": outcome.source,
            "kind": outcome.kind,
            "error": encoding.make_error(failure),
            "result_preview": "" if outcome.result is None else encoding.make_preview(result),
            "wait_ms": outcome.wait_ms,
            "duration_ms": outcome.duration_ms,
            "memory_mb": outcome.memory_mb,
            "code": outcome.code,
        }
        with self._store.write() as connection:
            self._update(connection, run, columns)
            connection.execute(
                "UPDATE runs SET cut = cut || ?, size = size + ? WHERE id = ?",
                (query.join_names(cut), sum(map(_measure, texts)), run),
            )
            connection.execute(
                "UPDATE payloads SET result = ?, failure = ?, log = ?, calls = ? WHERE run = ?", (*texts, run)
            )
            removed = retention.remove_oldest(connection, self._limits)
        if removed:
            self._store.shrink()

    def get(self, run: int) -> Run:
        """Returns a run.

        Args:
            run: its ID.

        Raises:
            KeyError: there is no such run, or it has been removed.
        """
        select = f"SELECT {rows.COLUMNS} FROM runs JOIN payloads ON run = id WHERE id = ?"  # noqa: S608
        with self._store.read() as connection:
            cursor = connection.execute(select, (run,))
            row = cursor.fetchone()
            if row is None:
                raise KeyError(run)
            return rows.build_run(
                run, dict(zip((column[0] for column in cursor.description), row, strict=True))
            )

    def get_summary(self, run: int) -> Summary:
        """Returns the summary of a run.

        Args:
            run: its ID.

        Raises:
            KeyError: there is no such run, or it has been removed.
        """
        for summary in self.list(Query(before=run + 1, limit=1)):
            if summary.id == run:
                return summary
        raise KeyError(run)

    def list_replays(self, run: int) -> tuple[int, ...]:
        """Returns the IDs of the replays of a run, in their order.

        Args:
            run: its ID.
        """
        with self._store.read() as connection:
            found = connection.execute(
                "SELECT id FROM runs WHERE replay_of = ? AND replay_of > 0 ORDER BY id", (run,)
            )
            return tuple(replay for (replay,) in found)

    def find_request(self, request_id: str) -> int | None:
        """Returns the ID of the latest run of a request, or None.

        Args:
            request_id: Lambda's request ID, which retries of an asynchronous invocation share.
        """
        with self._store.read() as connection:
            found = connection.execute(
                "SELECT max(id) FROM runs WHERE request_id = ?", (encoding.escape_surrogates(request_id),)
            )
            return found.fetchone()[0]  # type: ignore[no-any-return]

    def list(self, selection: Query = Query()) -> list[Summary]:  # noqa: B008
        """Returns summaries of runs, newest first.

        Args:
            selection: which ones.
        """
        with self._store.read() as connection:
            return [query.build_summary(row) for row in connection.execute(*query.build_select(selection))]

    def changed_since(self, revision: int, limit: int = 1000) -> tuple[int, Sequence[Summary]]:
        """Returns the runs that began or ended after a revision, for a follower.

        Args:
            revision: the revision that the previous call returned; 0 for the first.
            limit: the maximum number of summaries; call again for more.

        Returns:
            The revision for the next call, and summaries in the order of their last change.
        """
        with self._store.read() as connection:
            if revision > read_revision(connection):  # another file: the follower begins again
                revision = 0
            found = connection.execute(query.build_changes(limit), (revision,)).fetchall()
        return (found[-1][0] if found else revision), [query.build_summary(row[1:]) for row in found]

    def get_revision(self) -> int:
        """Returns the number of the last change, for a follower that wants only what comes after it."""
        with self._store.read() as connection:
            return read_revision(connection)

    def _interrupt_runs(self) -> None:
        """Marks runs that a killed process left as running."""
        with self._store.write() as connection:
            left = connection.execute("SELECT id FROM runs WHERE status = ?", (RUNNING,)).fetchall()
            for (run,) in left:
                self._update(connection, run, {"status": INTERRUPTED})

    def _update(self, connection: sqlite3.Connection, run: int, columns: dict[str, Any]) -> None:
        columns = {"revision": advance(connection), **columns}
        settings = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(f"UPDATE runs SET {settings} WHERE id = ?", [*_bind(columns), run])  # noqa: S608


def read_events(path: Path) -> Recorder:
    """Returns the recorder of a file that another process may be writing, to read it.

    Args:
        path: the file.

    Raises:
        RecorderError: there is no such file, or it cannot be used.
    """
    recorder = Recorder.__new__(Recorder)
    recorder.notice, recorder._limits = "", Limits()
    recorder._store = Store(path, database.open_existing(path))
    return recorder


def _bind(columns: dict[str, Any]) -> list[Any]:
    """Returns the values of columns as SQLite takes them."""
    return [encoding.escape_surrogates(each) if isinstance(each, str) else each for each in columns.values()]


def _measure(text: str | None) -> int:
    return len((text or "").encode())
