"""The recorder keeps what it is given, links replays, and tells followers what has changed."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.recorder.database import RecorderError, locate_events
from domovoi_tf.recorder.encoding import LARGEST_PART
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.recorder import Recorder, read_events
from domovoi_tf.recorder.records import (
    Failure,
    LogLine,
    Outcome,
    Run,
    Summary,
    describe_run,
    describe_summary,
)

from .sample_runs import FAILED, OUTCOME, make_invocation

MEGABYTE = 1024 * 1024
HOSTILE: list[Any] = [
    None,
    "",
    [],
    {"": [{}]},
    "a\0b",
    {"\0": "\0", "\ud800": "\udfff", "pair \ud83c": "\udf7a"},
    "Kölsch 🍺 \x1b[2J \u202e </script> \u2028",
    [10**300, -(10**300), 2**63, -(2**63), 0.1, 1e308, 5e-324, -0.0, True, False],
    "'; DROP TABLE runs; --",
    {"key": {"key": [[[[[{"deep": 1}]]]]]}},
]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(locate_events(tmp_path)) as opened:
        yield opened


def test_run_is_read_as_it_was_written(recorder: Recorder) -> None:
    invocation = make_invocation({"Records": [{"Sns": {"Message": "ale"}}]})
    run = recorder.begin(invocation)
    assert recorder.get(run) == Run(run, invocation, None)
    assert recorder.get_summary(run).status == "running"
    recorder.finish(run, OUTCOME)
    assert recorder.get(run) == Run(run, invocation, OUTCOME)
    preview = '{"Records": [{"Sns": {"Message": "ale"}}]}'
    names = ("tend", "log_orders")
    assert recorder.list() == [
        Summary(
            *(run, invocation.time, "dev", "bar-dev-tend", names, "SNS topic bartender", "sns"),
            *("ok", 12.75, "", 0, preview, '{"served": 1}'),
        )
    ]


def test_failure_is_one_line_in_a_list(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation({}))
    recorder.finish(run, FAILED)
    assert recorder.get(run).outcome == FAILED
    assert recorder.get_summary(run).error == "ValueError: no malt left"


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_hostile_values_are_kept(recorder: Recorder, value: Any) -> None:
    text = str(value)
    outcome = Outcome(
        "failed",
        handlers=("tend",),
        source=f"queue {text!a}",
        result=value,
        failure=Failure("E", text, (text,)),
        log=(LogLine(0, text),),
    )
    run = recorder.begin(make_invocation(value))
    recorder.finish(run, outcome)
    found = recorder.get(run)
    assert found == Run(run, make_invocation(value), outcome)
    assert repr(found.invocation.event) == repr(value), "1 and 1.0 are equal, as are 0.0 and -0.0"
    assert json.dumps(describe_summary(recorder.get_summary(run))).isascii()


def test_constants_that_json_lacks_are_kept(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation([math.nan, math.inf, -math.inf]))
    nan, *infinities = recorder.get(run).invocation.event
    assert math.isnan(nan)
    assert infinities == [math.inf, -math.inf]


def test_other_types_are_strings(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation({"path": Path("a")}))
    assert recorder.get(run).invocation.event == {"path": "a"}


def test_what_cannot_be_encoded_is_left_out_and_named(recorder: Recorder) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    run = recorder.begin(make_invocation(deep))
    recorder.finish(run, Outcome("ok", result=10**100_000))
    found = recorder.get(run)
    assert (found.invocation.event, found.cut) == (None, ("event", "result"))
    assert recorder.get_summary(run).preview == ""


def test_six_megabytes_are_kept_whole(recorder: Recorder) -> None:
    event = {"body": "é" * (3 * MEGABYTE - 20), "n": [1] * 1000}
    run = recorder.begin(make_invocation(event))
    recorder.finish(run, Outcome("ok", result=event))
    found = recorder.get(run)
    assert (found.invocation.event, found.cut) == (event, ())
    assert len(recorder.get_summary(run).preview) == 120


def test_larger_parts_are_left_out_and_named(recorder: Recorder) -> None:
    line = LogLine(0, "x" * MEGABYTE)
    run = recorder.begin(make_invocation("x" * LARGEST_PART))
    recorder.finish(run, Outcome("ok", result="x" * LARGEST_PART, log=(line,) * 20))
    found = recorder.get(run)
    assert found.cut == ("event", "result", "log")
    assert found.outcome == Outcome("ok", log=(line,) * 12)


def test_ids_go_on_in_the_order_of_arrival(recorder: Recorder, tmp_path: Path) -> None:
    runs = [recorder.begin(make_invocation(number)) for number in range(3)]
    assert runs == sorted(set(runs))
    recorder.close()
    with Recorder(locate_events(tmp_path)) as again:
        assert again.begin(make_invocation(3)) > runs[-1]


def test_unknown_run_is_a_key_error(recorder: Recorder) -> None:
    with pytest.raises(KeyError):
        recorder.get(1)
    run = recorder.begin(make_invocation(1))
    with pytest.raises(KeyError):
        recorder.get_summary(run + 1)
    recorder.finish(run + 1, OUTCOME)
    assert [summary.status for summary in recorder.list()] == ["running"]


def test_replays_are_linked(recorder: Recorder) -> None:
    first = recorder.begin(make_invocation(1, 1))
    replays = tuple(recorder.begin(make_invocation(1, number, replay_of=first)) for number in (2, 3))
    assert [recorder.get(run).invocation.replay_of for run in replays] == [first] * 2
    assert recorder.list_replays(first) == replays
    assert recorder.list_replays(0) == ()
    assert recorder.find_request("request-3") == replays[1]
    assert recorder.find_request("request-9") is None


def test_follower_sees_each_change_once(recorder: Recorder) -> None:
    one, two = (recorder.begin(make_invocation(number, number)) for number in (1, 2))
    revision, changed = recorder.changed_since(0)
    assert [(each.id, each.status) for each in changed] == [(one, "running"), (two, "running")]
    assert revision == recorder.get_revision()
    recorder.finish(one, OUTCOME)
    revision, changed = recorder.changed_since(revision)
    assert [(each.id, each.status) for each in changed] == [(one, "ok")]
    recorder.finish(two, OUTCOME)
    revision, changed = recorder.changed_since(revision)
    assert [(each.id, each.status) for each in changed] == [(two, "ok")]
    assert recorder.changed_since(revision) == (revision, [])


def test_follower_gets_many_changes_in_parts(recorder: Recorder) -> None:
    runs = [recorder.begin(make_invocation(number)) for number in range(5)]
    seen: list[int] = []
    revision = 0
    for _ in range(3):
        revision, changed = recorder.changed_since(revision, limit=2)
        seen += [each.id for each in changed]
    assert seen == runs


def test_follower_of_another_file_begins_again(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation(1))
    assert [each.id for each in recorder.changed_since(1000)[1]] == [run]


def test_runs_that_a_killed_process_left_are_interrupted(recorder: Recorder, tmp_path: Path) -> None:
    run, ended = (recorder.begin(make_invocation(number)) for number in (1, 2))
    recorder.finish(ended, OUTCOME)
    revision = recorder.get_revision()
    recorder.close()
    with Recorder(locate_events(tmp_path)) as again:
        assert [each.status for each in again.list()] == ["ok", "interrupted"]
        assert [each.id for each in again.changed_since(revision)[1]] == [run]
        assert again.get(run).outcome is None


def test_file_that_was_removed_is_begun_again(recorder: Recorder, tmp_path: Path) -> None:
    old = recorder.begin(make_invocation(1))
    revision = recorder.get_revision()
    shutil.rmtree(tmp_path / ".domovoi-tf")
    new = recorder.begin(make_invocation(2))
    recorder.finish(old, OUTCOME)
    recorder.finish(new, OUTCOME)
    assert new > old
    with read_events(locate_events(tmp_path)) as reader:
        assert [(each.id, each.status) for each in reader.list()] == [(new, "ok")]
        assert [each.id for each in reader.changed_since(revision)[1]] == [new]


def test_reader_sees_what_the_writer_adds(recorder: Recorder, tmp_path: Path) -> None:
    first = recorder.begin(make_invocation(1, 1))
    with read_events(locate_events(tmp_path)) as reader:
        second = recorder.begin(make_invocation(2, 2))
        assert [each.id for each in reader.list()] == [second, first]
        assert [each.status for each in reader.list()] == ["running"] * 2, "a reader interrupts nothing"


def test_threads_share_a_recorder(recorder: Recorder) -> None:
    def record(base: int) -> None:
        for number in range(50):
            recorder.finish(recorder.begin(make_invocation(base + number, base + number)), OUTCOME)

    threads = [threading.Thread(target=record, args=(100 * index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = recorder.list(Query(limit=1000))
    assert sorted(recorder.get(each.id).invocation.event for each in found) == [
        100 * index + number for index in range(4) for number in range(50)
    ]
    assert {each.status for each in found} == {"ok"}


def test_writer_does_not_wait_for_readers(recorder: Recorder) -> None:
    """A search through all payloads takes half a second, and `dev` writes and reads in its event loop."""
    run = recorder.begin(make_invocation(1))
    ended = threading.Event()

    def work() -> None:
        recorder.finish(run, OUTCOME)
        assert recorder.get(run).outcome == OUTCOME
        ended.set()

    with recorder._store.read() as connection:
        rows = connection.execute("SELECT status FROM runs")
        thread = threading.Thread(target=work)
        thread.start()
        assert ended.wait(30)
        assert rows.fetchall() == [("running",)]
    thread.join()


def test_readers_of_a_file_that_was_replaced_see_the_new_one(recorder: Recorder, tmp_path: Path) -> None:
    old = recorder.begin(make_invocation(1))
    with recorder._store.read():
        shutil.rmtree(tmp_path / ".domovoi-tf")
        new = recorder.begin(make_invocation(2))
    assert [each.id for each in recorder.list()] == [new]
    assert new > old


def test_closed_file_is_an_error(recorder: Recorder, tmp_path: Path) -> None:
    path = locate_events(tmp_path)
    recorder.close()
    with pytest.raises(RecorderError) as caught:
        recorder.begin(make_invocation(1))
    assert str(caught.value) == (
        f"The recorded events in {path} cannot be used: It is closed.\n"
        f"Check that the disk has room and that you may write to it, or remove {path.parent}."
    )


def test_failed_transaction_changes_nothing_and_is_followed_by_others(recorder: Recorder) -> None:
    unstorable = dataclasses.replace(make_invocation(1), time=None)  # type: ignore[arg-type]
    with pytest.raises(RecorderError):
        recorder.begin(unstorable)
    assert recorder.list() == []
    assert recorder.begin(make_invocation(1))


def test_description_of_a_run_is_json(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation({"beer": "ale"}))
    recorder.finish(run, OUTCOME)
    described = describe_run(recorder.get(run), recorder.get_summary(run))
    assert json.loads(json.dumps(described)) == described
    assert described == {
        "id": run,
        "time": 1_700_000_001.25,
        "stage": "dev",
        "function": "bar-dev-tend",
        "handlers": ["tend", "log_orders"],
        "source": "SNS topic bartender",
        "kind": "sns",
        "status": "ok",
        "duration_ms": 12.75,
        "error": "",
        "replay_of": 0,
        "preview": '{"beer": "ale"}',
        "result_preview": '{"served": 1}',
        "request_id": "request-1",
        "event": {"beer": "ale"},
        "result": {"served": 1},
        "failure": None,
        "log": [{"offset_ms": 0.5, "text": "pouring"}, {"offset_ms": 1.5, "text": "done"}],
        "calls": [
            {
                "service": "dynamodb",
                "operation": "PutItem",
                "resource": "orders",
                "offset_ms": 0.7,
                "duration_ms": 3.25,
                "error": "Throttling",
            }
        ],
        "wait_ms": 2.5,
        "memory_mb": 48,
        "code": "0123456789ab",
        "redacted": False,
        "cut": [],
    }


def test_description_of_a_failure_is_json(recorder: Recorder) -> None:
    run = recorder.begin(make_invocation(1))
    recorder.finish(run, FAILED)
    described = describe_run(recorder.get(run), recorder.get_summary(run))
    assert json.loads(json.dumps(described)) == described
