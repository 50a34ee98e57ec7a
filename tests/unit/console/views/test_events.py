"""The recorded events: lists, single runs, replays, and saving."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_fixture import serve_fixture
from polling import wait_until

from domovoi_tf.recorder.encoding import LARGEST_PART
from domovoi_tf.recorder.records import Invocation, Outcome

from ..conftest import Client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve_fixture(tmp_path) as console:
        yield Client(console)


def record(client: Client, event: Any) -> int:
    """Records a run, and returns its ID."""
    recorder = client.console.app.state.console.recorder
    run: int = recorder.begin(Invocation("request-x", 1_793_500_000.0, "dev", "every-source-dev", event))
    recorder.finish(run, Outcome("ok", ("pour",), "SNS topic", "sns", event))
    return run


def test_list_is_newest_first_and_says_whether_there_is_more(sample: Client) -> None:
    answer = sample.get("/api/events?limit=7")
    assert [each["id"] for each in answer["events"]] == [60, 59, 58, 57, 56, 55, 54]
    assert answer["more"] is True
    answer = sample.get("/api/events?limit=7&before=5")
    assert ([each["id"] for each in answer["events"]], answer["more"]) == ([4, 3, 2, 1], False)
    answer = sample.get("/api/events?limit=4&before=5")
    assert ([each["id"] for each in answer["events"]], answer["more"]) == ([4, 3, 2, 1], False)
    assert len(sample.get("/api/events?limit=99999")["events"]) == 60


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("handler=deliver", "handlers", ["deliver"]),
        ("source=deliveries", "source", "SQS queue scoped('deliveries')"),
        ("status=timeout", "status", "timeout"),
    ],
)
def test_list_is_filtered(sample: Client, query: str, field: str, expected: Any) -> None:
    events = sample.get(f"/api/events?{query}")["events"]
    assert events
    assert all(each[field] == expected for each in events)


def test_list_is_searched_for_text(sample: Client) -> None:
    events = sample.get("/api/events?text=%22number%22%3A%2017")["events"]
    assert [each["id"] for each in events] in ([18], [])
    assert sample.get("/api/events?text=in-no-event") == {"events": [], "more": False}


@pytest.mark.parametrize("query", ["limit=x", "before=-1", "limit=1e9", "before=9999999999999999"])
def test_number_that_is_none_is_an_error(sample: Client, query: str) -> None:
    response, body = sample.send("GET", f"/api/events?{query}")
    assert (response.status, json.loads(body)) == (
        400,
        {"error": f"{query.partition('=')[0]} is not a number.", "remedy": "Open the view again."},
    )


def test_event_has_its_run(sample: Client) -> None:
    event = sample.get("/api/events/5")
    assert event["event"]["Records"][0]["eventSource"] == "aws:sqs"
    assert event["failure"]["type"] == "JSONDecodeError"
    assert event["failure"]["frames"][0] == '  File "app.py", line 53, in deliver'
    assert event["log"] == [{"offset_ms": 1.2, "text": "order 4"}, {"offset_ms": 24.9, "text": "poured"}]
    assert event["calls"][0]["operation"] == "PutItem"
    assert (event["status"], event["handlers"], event["memory_mb"]) == ("failed", ["deliver"], 71)
    assert (event["wait_ms"], event["duration_ms"]) == (8.0, 32.0)
    assert event["request_id"] == "00000004-7a1e-4a57-9c4d-0a1b2c3d4e5f"
    assert event["command"] == "domovoi-tf events replay 5"
    assert event["replays"] == []


def test_event_that_still_runs_has_no_result(sample: Client) -> None:
    event = sample.get("/api/events/60")
    assert (event["status"], event["result"], event["failure"], event["log"]) == ("running", None, None, [])


@pytest.mark.parametrize("path", ["/api/events/61", "/api/events/0"])
def test_missing_event_is_an_error(sample: Client, path: str) -> None:
    response, body = sample.send("GET", path)
    assert (response.status, json.loads(body)) == (
        404,
        {
            "error": f"There is no event {path.rpartition('/')[2]}.",
            "remedy": "It may have been removed: only the newest events are kept.",
        },
    )
    assert sample.send("POST", f"{path}/replay")[0].status == 404
    assert sample.send("POST", f"{path}/save")[0].status == 404


def test_hostile_values_become_json_that_browsers_accept(client: Client) -> None:
    event = {
        "nan": math.nan,
        "infinite": [math.inf],
        "huge": 10**30,
        "html": "</script><img src=x onerror=alert(1)>",
        "half": "\ud83d",
        "zero": "a\0b",
    }
    response, body = client.send("GET", f"/api/events/{record(client, event)}")
    assert response.headers["content-type"] == "application/json"

    def reject(name: str) -> None:
        raise AssertionError(name)

    found = json.loads(body, parse_constant=reject)["event"]
    assert found["huge"] == 10**30
    assert found["html"] == event["html"]
    assert found["zero"] == "a\0b"
    assert (found["nan"], found["infinite"]) == ("nan", ["inf"])
    assert body.isascii()


def test_replay_makes_a_run_that_names_the_first_one(client: Client) -> None:
    response, body = client.send("POST", "/api/events/5/replay")
    assert (response.status, json.loads(body)) == (200, {"id": 61})
    new = client.get("/api/events/61")
    assert (new["replay_of"], new["event"]) == (5, client.get("/api/events/5")["event"])
    assert client.get("/api/events/5")["replays"] == [61]
    assert wait_until(lambda: client.get("/api/events/61")["status"] == "ok", 20)


def test_edited_event_is_sent_exactly_as_it_was_typed(client: Client) -> None:
    body = '{"event": {"order": 12345678901234567890, "litres": 1.0}}'
    response, answer = client.send("POST", "/api/events/5/replay", body=body)
    new = "/api/events/61"
    assert response.status == 200, answer
    assert '"event": {"order": 12345678901234567890, "litres": 1.0}' in client.send("GET", new)[1]


def test_null_is_no_event(client: Client) -> None:
    response, body = client.send("POST", "/api/events/5/replay", body='{"event": null}')
    assert (response.status, json.loads(body)) == (
        400,
        {"error": "The event is null, which no source sends.", "remedy": "Write another event."},
    )


def test_event_that_was_not_kept_cannot_be_replayed_but_another_one_can(client: Client) -> None:
    run = record(client, "x" * LARGEST_PART)
    response, body = client.send("POST", f"/api/events/{run}/replay")
    assert response.status >= 400
    assert json.loads(body) == {
        "error": f"Event {run} cannot be sent again: it was too large to be kept.",
        "remedy": "Send it from its source.",
    }
    assert client.send("POST", f"/api/events/{run}/replay", body='{"event": {}}')[0].status == 200


def test_event_is_saved_with_a_test_and_never_over_a_file(client: Client) -> None:
    folder = client.console.app.state.console.project.folder
    response, body = client.send("POST", "/api/events/4/save", body='{"name": "beer"}')
    assert response.status == 200, body
    saved = json.loads(body)
    assert json.loads((folder / saved["event_file"]).read_text())["Records"][0]["EventSource"] == "aws:sns"
    assert "def test_" in (folder / saved["test_file"]).read_text()
    response, body = client.send("POST", "/api/events/4/save", body='{"name": "beer"}')
    assert response.status == 409
    response, body = client.send("POST", "/api/events/4/save", body='{"name": 7}')
    assert (response.status, json.loads(body)["error"]) == (400, "The name is not a string.")


@pytest.mark.parametrize("path", ["/api/events/1/replay", "/api/events/1/save", "/api/terraform/apply"])
def test_read_only_console_changes_nothing(deployed: Client, path: str) -> None:
    response, body = deployed.send("POST", path)
    assert (response.status, json.loads(body)) == (
        409,
        {"error": "This console is read-only.", "remedy": "Use the console of `domovoi-tf dev` instead."},
    )


def test_runs_of_other_stages_are_not_listed(client: Client) -> None:
    recorder = client.console.app.state.console.recorder
    run = recorder.begin(Invocation("other", 1_793_500_000.0, "prod", "every-source-prod", {}))
    assert run not in [each["id"] for each in client.get("/api/events")["events"]]


def test_events_of_a_deployed_stage_are_read_from_its_logs(deployed: Client) -> None:
    events = deployed.get("/api/events")["events"]
    assert len(events) > 10
    assert [each["time"] for each in events] == sorted((each["time"] for each in events), reverse=True)
    assert {each["status"] for each in events} >= {"ok", "failed"}
    failed = deployed.get("/api/events?status=failed")["events"]
    assert {each["error"] for each in failed} <= {
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "Timeout: The handler took longer than 60 s.",
    }
    (handler,) = events[-1]["handlers"]
    own = deployed.get(f"/api/events?handler={handler}")["events"]
    assert events[-1] in own
    assert all(each["handlers"] == [handler] for each in own)
    assert deployed.get("/api/events?source=orders") == {"events": [], "more": False}
    assert deployed.get("/api/events?text=no-such-text") == {"events": [], "more": False}
    first = deployed.get("/api/events?limit=3")
    assert ([each["id"] for each in first["events"]], first["more"]) == (
        [each["id"] for each in events[:3]],
        True,
    )
    older = deployed.get(f"/api/events?limit=3&before={first['events'][-1]['id']}")["events"]
    assert older == events[3:6]


def test_event_of_a_deployed_stage_has_its_log_and_its_report(deployed: Client) -> None:
    failed = deployed.get("/api/events?text=JSONDecodeError")["events"][0]
    event = deployed.get(f"/api/events/{failed['id']}")
    assert (event["event"], event["result"], event["calls"]) == (None, None, [])
    assert event["failure"]["type"] == "JSONDecodeError"
    assert event["failure"]["frames"][0].endswith(f"in {failed['handlers'][0]}")
    assert event["log"][0]["text"].startswith("order ")
    assert (event["memory_mb"], event["duration_ms"] > 27.0) == (71, True)
    assert event["command"] == f"domovoi-tf logs {failed['handlers'][0]}"
    response, body = deployed.send("GET", "/api/events/999999")
    assert (response.status, json.loads(body)["error"]) == (404, "There is no event 999999.")
