"""The oldest runs are removed when there are too many, or they are too large."""

from __future__ import annotations

from pathlib import Path

from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import LogLine, Outcome
from domovoi_tf.recorder.retention import Limits

from .sample_runs import OUTCOME, make_invocation


def record(recorder: Recorder, event: object, outcome: Outcome = OUTCOME) -> int:
    run = recorder.begin(make_invocation(event))
    recorder.finish(run, outcome)
    return run


def list_ids(recorder: Recorder) -> list[int]:
    return [each.id for each in recorder.list(Query(limit=1000))]


def test_oldest_go_by_number(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3", Limits(events=3)) as recorder:
        runs = [record(recorder, number) for number in range(10)]
        assert list_ids(recorder) == runs[:-4:-1]
        with recorder._store.read() as connection:
            payloads = connection.execute("SELECT run FROM payloads ORDER BY run DESC").fetchall()
        assert [run for (run,) in payloads] == runs[:-4:-1]


def test_oldest_go_by_size_of_event_result_and_log(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3", Limits(megabytes=1)) as recorder:
        text = "x" * 300_000
        by_event = [record(recorder, text) for _ in range(5)]
        assert list_ids(recorder) == by_event[:-4:-1]
        by_result = [record(recorder, 1, Outcome("ok", result=text)) for _ in range(5)]
        assert list_ids(recorder) == by_result[:-4:-1]
        by_log = [record(recorder, 1, Outcome("ok", log=(LogLine(0, text),))) for _ in range(5)]
        assert list_ids(recorder) == by_log[:-4:-1]


def test_newest_stays_although_it_is_larger_than_the_limit(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3", Limits(events=0, megabytes=0.001)) as recorder:
        record(recorder, 1)
        newest = record(recorder, "x" * 5_000_000)
        assert list_ids(recorder) == [newest]


def test_smaller_limits_hold_for_an_older_file(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3") as recorder:
        for number in range(10):
            record(recorder, number)
    with Recorder(tmp_path / "events.sqlite3", Limits(events=2)) as recorder:
        newest = record(recorder, 10)
        assert list_ids(recorder) == [newest, newest - 1]


def test_file_stays_near_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite3"
    with Recorder(path, Limits(megabytes=2)) as recorder:
        for _ in range(40):
            record(recorder, "x" * 500_000)
        assert measure_file(recorder, path) < 3_000_000


def test_file_shrinks_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite3"
    with Recorder(path) as recorder:
        for _ in range(10):
            record(recorder, "x" * 500_000)
        assert measure_file(recorder, path) > 5_000_000
    with Recorder(path, Limits(megabytes=1)) as recorder:
        record(recorder, 1)
        assert measure_file(recorder, path) < 1_500_000


def measure_file(recorder: Recorder, path: Path) -> int:
    """Returns the size of the file once everything is in it."""
    with recorder._store.read() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.stat().st_size


def test_run_that_was_removed_while_it_ran_ends_without_an_error(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3", Limits(events=1)) as recorder:
        slow = recorder.begin(make_invocation("slow"))
        kept = record(recorder, "quick")
        recorder.finish(slow, OUTCOME)
        assert list_ids(recorder) == [kept]
