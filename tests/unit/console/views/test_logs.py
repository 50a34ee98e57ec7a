"""Log lines, with the runs that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_fixture import load_example, serve_fixture
from fake_aws import FakeAws, install

from domovoi_tf.console import log_reader
from domovoi_tf.console.ports import ConsoleProject
from domovoi_tf.operations.account import Account

from ..conftest import Client


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("domovoi_tf.console.log_reader._POLL_SECONDS", 0.0)
    with serve_fixture(tmp_path) as console:
        yield Client(console)


def test_lines_name_their_handlers_and_runs(sample: Client) -> None:
    lines = sample.get("/api/logs")["lines"]
    assert lines[0] == {
        "time": 1_793_440_800.02,
        "handler": "count_stock",
        "request_id": "00000000-7a1e-4a57-9c4d-0a1b2c3d4e5f",
        "message": "order 0",
        "failed": False,
        "run": 1,
    }
    assert not any(line["message"].startswith(("START", "END", "REPORT")) for line in lines)
    failed = [line for line in lines if line["failed"]]
    assert failed[0]["message"].startswith("[ERROR] JSONDecodeError: Expecting value")
    assert {line["run"] for line in lines} == {*range(1, 60)}


def test_lines_are_selected_by_handler_and_text(sample: Client) -> None:
    lines = sample.get("/api/logs?handler=deliver&text=ORDER")["lines"]
    assert {line["handler"] for line in lines} == {"deliver"}
    assert all(line["message"].startswith("order ") for line in lines)
    assert len(lines) == 4


def test_each_line_is_sent_once(client: Client) -> None:
    first = client.get("/api/logs")
    assert client.get(f"/api/logs?since={first['until']}") == {"lines": [], "until": first["until"]}
    stage = client.console.stage
    assert stage
    run = stage.runs[3]
    late = run.invocation.time + 4000
    stage.runs.append(
        run.__class__(
            99,
            run.invocation.__class__("late", late, "dev", "every-source-dev", {}),
            run.outcome,
        )
    )
    second = client.get(f"/api/logs?since={first['until']}")
    assert [line["message"] for line in second["lines"]] == ["order 3", "poured"]
    assert [line["run"] for line in second["lines"]] == [0, 0]
    assert second["until"] == first["until"] + 5  # with those of Lambda


def test_function_that_gets_another_handler_is_read_on_without_repetition(tmp_path: Path) -> None:
    application, settings = load_example()
    fewer = application.replace(
        routes=tuple(route for route in application.routes if route.handler in ("pour", "count_stock"))
    )
    aws = FakeAws()
    with pytest.MonkeyPatch.context() as patch:
        install(aws, patch)
        patch.setattr(log_reader, "_POLL_SECONDS", 0.0)
        events = [make_event(1, "one"), make_event(2, "two")]
        aws.on("logs", "FilterLogEvents", lambda **_: {"events": events})
        shown = [fewer]
        account = Account()
        project = ConsoleProject(
            tmp_path, tmp_path, "dev", "emulator", lambda: (shown[0], settings), lambda: account
        )
        reader = log_reader.LogReader(project)
        before, number = reader.read_lines(0)
        shown[0] = application
        events.append(make_event(3, "three"))
        after, _ = reader.read_lines(number)
    # Both functions have the log that the fake answers.
    assert {line.message for line in before} == {"one", "two"}
    assert {line.message for line in after} == {"three"}
    assert ({line.handler for line in before}, {line.handler for line in after}) == (
        {"pour", "count_stock"},
        {""},
    )


def make_event(time: int, message: str) -> dict[str, Any]:
    return {"logStreamName": "s", "timestamp": time, "message": message}


@pytest.mark.parametrize("since", ["x", "-1", "1e5", ""])
def test_strange_number_means_all_lines(sample: Client, since: str) -> None:
    assert len(sample.get(f"/api/logs?since={since}")["lines"]) == len(sample.get("/api/logs")["lines"])


def test_answers_are_bounded(sample: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domovoi_tf.console.views.logs._MAX_LINES", 3)
    every = sample.get("/api/logs")
    assert len(every["lines"]) == 3
    assert every["lines"][-1]["run"] == 59


def test_logs_of_a_deployed_stage_begin_ten_minutes_ago(deployed: Client) -> None:
    lines = deployed.get("/api/logs")["lines"]
    assert 0 < len({line["request_id"] for line in lines}) <= 17
    events = {each["id"] for each in deployed.get("/api/events")["events"]}
    assert {line["run"] for line in lines} == events
