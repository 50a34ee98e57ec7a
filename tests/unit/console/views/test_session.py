"""The header of all views, and the graph of the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_fixture import load_example, run_console

import domovoi_tf
from domovoi_tf.console.ports import ConsoleProject
from domovoi_tf.errors import DomovoiError

from ..conftest import Client


def test_session_of_dev(sample: Client) -> None:
    assert sample.get("/api/session") == {
        "app": "every-source",
        "stage": "dev",
        "place": "emulator",
        "account": "123456789012",
        "region": "eu-west-1",
        "problem": "",
        "mode": "dev",
        "version": domovoi_tf.__version__,
        "can_replay": True,
        "can_apply": True,
        "has_events": True,
    }


def test_session_of_a_deployed_stage_allows_neither_replays_nor_changes(deployed: Client) -> None:
    session = deployed.get("/api/session")
    assert (session["place"], session["mode"]) == ("aws", "read-only")
    assert (session["can_replay"], session["can_apply"], session["has_events"]) == (False, False, False)


def test_session_names_the_problem_with_the_account(tmp_path: Path) -> None:
    def fail() -> None:
        raise DomovoiError("The profile x does not exist.", "Create it.")

    application, settings = load_example()
    project = ConsoleProject(tmp_path, tmp_path, "dev", "aws", lambda: (application, settings), fail)  # type: ignore[arg-type]
    with run_console(None, project) as console:
        session = Client(console).get("/api/session")
        response, body = Client(console).send("GET", "/api/queues")
    assert (session["account"], session["region"]) == ("", "")
    assert session["problem"] == "The profile x does not exist.\nCreate it."
    assert (response.status, body) == (
        409,
        '{"error": "The profile x does not exist.", "remedy": "Create it."}',
    )


def test_graph_leads_from_sources_and_states_through_handlers_to_functions(sample: Client) -> None:
    app = sample.get("/api/app")
    nodes = {node["id"]: node for node in app["nodes"]}
    edges = {(edge["from"], edge["to"]): edge["source"] for edge in app["edges"]}
    queue = "SQS queue scoped('deliveries')"
    assert nodes[f"source:{queue}"] == {
        "id": f"source:{queue}",
        "type": "source",
        "label": queue,
        "detail": "",
        "kind": "sqs",
    }
    assert edges[f"source:{queue}", "handler:deliver"] == queue
    assert edges["handler:deliver", "function:every-source-dev"] == ""
    assert edges["machine:default", "state:default/Brew"] == ""
    assert edges["state:default/Brew", "handler:brew"] == "state Brew"
    assert nodes["state:default/Fill each.ItemProcessor.Fill"]["label"] == "Fill"
    assert "source:state Brew" not in nodes
    assert len(nodes) == len(app["nodes"])
    assert {end for edge in edges for end in edge} <= nodes.keys()


def test_graph_has_all_handlers_with_their_code(sample: Client) -> None:
    app = sample.get("/api/app")
    handlers = {each["name"]: each for each in app["handlers"]}
    application, _ = load_example()
    assert list(handlers) == list(dict.fromkeys(route.handler for route in application.routes))
    assert handlers["add_up"]["function"] == "every-source-dev-reports"
    assert handlers["add_up"]["sources"] == ["Kinesis stream scoped('tills')"]
    assert (handlers["add_up"]["file"], type(handlers["add_up"]["line"])) == ("app.py", int)
    functions = {each["name"]: each for each in app["functions"]}
    assert functions["every-source-dev-reports"] == {
        "name": "every-source-dev-reports",
        "memory_size": 1024,
        "timeout": 900,
        "handlers": ["count_stock", "add_up"],
    }


@pytest.mark.parametrize("text", ["def f(:", "\0"])
def test_docs_of_a_file_that_cannot_be_parsed_are_left_out(tmp_path: Path, text: str) -> None:
    from domovoi_tf.console.views.graph import _read_docs

    path = tmp_path / "app.py"
    path.write_text(text)
    assert dict(_read_docs(path)) == {}
    path.write_text('@app.x(\n  1\n)\ndef tend(event):\n    """Tends the bar."""\n')
    assert dict(_read_docs(path)) == dict.fromkeys([1, 2, 3, 4], "Tends the bar.")
