"""Tests that events on the buses of EventBridge reach their handlers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, read_lines, write_project

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/evented-dev"
APP = """
import json

import domovoi_tf

app = domovoi_tf.Domovoi()


def say(context, handler, event):
    context.log(json.dumps({"handler": handler, "event": event}))


@app.scheduled_function("rate(1 day)")
def tick(event, context):
    say(context, "tick", event)


@app.cloudwatch_event_handler(
    source=["cellar"],
    detail_type=["Emptied"],
    detail={
        "label": [{"anything-but": {"prefix": "${x}"}}],
        "$or": [{"left": [{"numeric": ["<", 3]}]}, {"all": [True]}],
    },
)
def restock(event, context):
    say(context, "restock", event)


@app.cloudwatch_event_handler(rule_name="evented-elsewhere", event_bus_name="evented-bus", source=["cellar"])
def elsewhere(event, context):
    say(context, "elsewhere", event)


@app.cloudwatch_event_handler(
    event_bus_name=domovoi_tf.scoped("own"), source=["cellar"], detail_type=["Sent"]
)
def sent(event, context):
    say(context, "sent", event)
"""


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> Path:
    """The project, deployed."""
    folder = write_project(tmp_path_factory.mktemp("evented"), {"app_name": "evented"}, APP)
    emulator_environment.create_client(emulator, "events").create_event_bus(Name="evented-bus")
    done = command_line("local", "deploy", cwd=folder)
    assert done.code == 0, done
    return folder


def put_event(emulator: emulator_environment.Emulator, bus: str, **detail: object) -> None:
    """Puts an event with this detail on a bus."""
    entry = {"Source": "cellar", "DetailType": "Emptied", "Detail": json.dumps(detail), "EventBusName": bus}
    assert (
        emulator_environment.create_client(emulator, "events").put_events(Entries=[entry])["FailedEntryCount"]
        == 0
    )


def test_events_reach_the_handlers_of_their_own_bus_and_pattern(
    project: Path, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    put_event(emulator, "default", n=1, left=3, label="Trappist")
    put_event(emulator, "default", n=2, left=2, label="${x}")
    put_event(emulator, "evented-bus", n=3, left=2, label="Trappist")
    put_event(emulator, "default", n=4, left=2, label='%{y} <b> "q" \\ \n 🍺')
    event = await_line(GROUP, "restock", lambda line: line["event"]["detail"]["n"] == 4)["event"]
    assert sorted(event) == [
        "account",
        "detail",
        "detail-type",
        "id",
        "region",
        "resources",
        "source",
        "time",
        "version",
    ]
    assert (event["source"], event["detail-type"]) == ("cellar", "Emptied")
    assert event["detail"] == {"n": 4, "left": 2, "label": '%{y} <b> "q" \\ \n 🍺'}
    await_line(GROUP, "elsewhere", lambda line: line["event"]["detail"]["n"] == 3)
    lines = [(line["handler"], line["event"]["detail"].get("n")) for line in read_lines(emulator, GROUP)]
    assert sorted(line for line in lines if line[1]) == [("elsewhere", 3), ("restock", 4)]


def test_send_puts_an_event_on_the_bus_that_local_deploy_made(
    project: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    done = command_line("local", "send", "sent", '{"left": 1}', cwd=project)
    assert done == (0, "put an event of cellar on bus evented-dev-own\n", "")
    assert await_line(GROUP, "sent", lambda line: True)["event"]["detail"] == {"left": 1}


def test_second_deployment_changes_nothing(project: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out
