"""One process writes, others read meanwhile; a writer that is killed leaves a file that can be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.recorder import Recorder, read_events

from .sample_runs import OUTCOME, make_invocation

#: Writes events and prints the ID of each one that has ended, until it is killed.
WRITER = """
import sys
from pathlib import Path
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Invocation, Outcome
recorder = Recorder(Path(sys.argv[1]))
number = 0
while number < int(sys.argv[2]):
    number += 1
    run = recorder.begin(Invocation(f"r{number}", 1.0, "dev", "f", {"number": number, "text": "x" * 20000}))
    recorder.finish(run, Outcome("ok", ("tend",), result=number))
    print(run, flush=True)
"""
#: Reads until it has seen the number of events, and checks that each one is whole.
READER = """
import sys
from pathlib import Path
from domovoi_tf.recorder.recorder import read_events
reader = read_events(Path(sys.argv[1]))
revision, ended = 0, set()
while len(ended) < int(sys.argv[2]):
    revision, changed = reader.changed_since(revision)
    for summary in changed:
        run = reader.get(summary.id)
        assert run.invocation.event["number"] == summary.id, run
        if summary.status == "ok":
            assert run.outcome.result == summary.id, run
            ended.add(summary.id)
print(len(ended))
"""


def start(program: str, path: Path, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path), str(number)], stdout=subprocess.PIPE, text=True
    )


def test_readers_follow_a_writer(tmp_path: Path) -> None:
    path = locate_events(tmp_path)
    Recorder(path).close()
    readers = [start(READER, path, 300) for _ in range(2)]
    writer = start(WRITER, path, 300)
    assert writer.communicate(timeout=60)[0].split()[-1] == "300"
    assert [reader.communicate(timeout=60)[0] for reader in readers] == ["300\n"] * 2


@pytest.mark.kills
@pytest.mark.parametrize("after", [1, 7, 60])
def test_killed_writer_leaves_what_it_reported(tmp_path: Path, after: int) -> None:
    path = locate_events(tmp_path)
    writer = start(WRITER, path, 100_000)
    assert writer.stdout
    for _ in range(after):
        reported = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    assert writer.wait(timeout=60) == -signal.SIGKILL
    reported = max(reported, *map(int, writer.stdout.read().split()), 0)
    writer.stdout.close()
    with read_events(path) as reader:
        ended = [each.id for each in reader.list(Query(status="ok", limit=100_000))]
        assert set(range(1, reported + 1)) <= set(ended)
        assert [reader.get(run).invocation.event["number"] for run in ended] == ended
    with Recorder(path) as recorder:
        assert recorder.notice == ""
        assert recorder.list(Query(status="running")) == []
        run = recorder.begin(make_invocation(1))
        recorder.finish(run, OUTCOME)
        assert recorder.get_summary(run).status == "ok"
