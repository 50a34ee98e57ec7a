"""State machines and their executions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from console_fixture import serve_fixture

from ..conftest import Client

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:every-source-dev"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve_fixture(tmp_path) as console:
        yield Client(console)


def test_machine_has_its_states_with_their_handlers_and_successors(sample: Client) -> None:
    (machine,) = sample.get("/api/machines")
    assert machine["arn"] == "arn:aws:states:eu-west-1:123456789012:stateMachine:every-source-dev"
    assert machine["definition"]["StartAt"] == "Weigh"
    states = {state["path"]: state for state in machine["states"]}
    assert states["Weigh"]["next"] == ["Strong?", "Pour away"]
    assert states["Strong?"]["next"] == ["Brew", "Age"]
    assert states["Fill each.ItemProcessor.Fill"]["type"] == "Task"
    assert {state["handler"] for state in machine["states"]} == {"", "brew"}
    assert states["Brew"]["handler"] == "brew"


def test_executions_are_newest_first(sample: Client) -> None:
    executions = sample.get("/api/machines/default/executions")
    assert [(each["name"], each["status"]) for each in executions] == [
        ("order-3", "RUNNING"),
        ("order-2", "FAILED"),
        ("order-1", "SUCCEEDED"),
    ]
    assert executions[0]["stop"] is None
    assert executions[2]["start"] == 1_793_440_800.0
    assert executions[2]["stop"] > executions[2]["start"]


@pytest.mark.parametrize("encode", [quote, lambda text: quote(text, safe="")])
def test_execution_has_its_history_and_the_data_of_each_state(sample: Client, encode) -> None:  # type: ignore[no-untyped-def]
    execution = sample.get(f"/api/executions/{encode(f'{EXECUTION}:order-1')}")
    assert (execution["name"], execution["status"]) == ("order-1", "SUCCEEDED")
    assert execution["input"] == {"order": {"beer": "Märzen", "litres": 500}}
    assert execution["output"]["after"] == "Done"
    assert execution["history"][1]["type"] == "TaskStateEntered"
    assert (execution["history"][1]["state"], execution["history"][1]["input"]["step"]) == ("Weigh", 0)
    assert execution["states"]["Brew"]["status"] == "succeeded"
    assert execution["states"]["Brew"]["output"]["after"] == "Brew"
    assert execution["states"]["Pour away"]["status"] == "not reached"
    assert execution["states"]["Fill"]["times"] == 2
    assert execution["is_cut"] is False


def test_failed_execution_names_the_state_and_the_error(sample: Client) -> None:
    execution = sample.get(f"/api/executions/{EXECUTION}:order-2")
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "KeyError", "'order'")
    assert (execution["states"]["Brew"]["status"], execution["states"]["Brew"]["error"]) == (
        "failed",
        "KeyError",
    )
    assert execution["history"][-1]["error"] == "KeyError: 'order'"


def test_long_history_is_cut(sample: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domovoi_tf.console.views.machines._MAX_HISTORY", 3)
    execution = sample.get(f"/api/executions/{EXECUTION}:order-1")
    assert (len(execution["history"]), execution["is_cut"]) == (3, True)


def test_unknown_names_are_errors(sample: Client) -> None:
    response, body = sample.send("GET", "/api/machines/other/executions")
    assert (response.status, json.loads(body)["error"]) == (409, "There is no state machine 'other'.")
    response, body = sample.send("GET", f"/api/executions/{EXECUTION}:none")
    assert (response.status, json.loads(body)["error"]) == (409, f"There is no execution {EXECUTION}:none.")
    response, body = sample.send("GET", "/api/executions/none")
    assert (response.status, json.loads(body)["error"]) == (404, "There is no execution none.")


def test_execution_is_started_with_an_input(client: Client) -> None:
    response, body = client.send(
        "POST", "/api/machines/default/start", body='{"input": {"malt": 5}, "name": "mine"}'
    )
    assert (response.status, json.loads(body)) == (200, {"arn": f"{EXECUTION}:mine"})
    execution = client.get(f"/api/executions/{EXECUTION}:mine")
    assert (execution["status"], execution["input"]) == ("RUNNING", {"malt": 5})
    assert client.send("POST", "/api/machines/default/start", body='{"name": 1}')[0].status == 400
