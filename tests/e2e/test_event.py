"""A real event on a bus of the emulator reaches the right handler, as it was put."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine

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
    folder = tmp_path_factory.mktemp("evented")
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text('{"app_name": "evented"}')
    (folder / "app.py").write_text(APP)
    emulator_environment.create_client(emulator, "events").create_event_bus(Name="evented-bus")
    done = command_line("local", "deploy", cwd=folder)
    assert done.code == 0, done
    return folder


def put(emulator: emulator_environment.Emulator, bus: str, **detail: object) -> None:
    entry = {"Source": "cellar", "DetailType": "Emptied", "Detail": json.dumps(detail), "EventBusName": bus}
    assert (
        emulator_environment.create_client(emulator, "events").put_events(Entries=[entry])["FailedEntryCount"]
        == 0
    )


def lines(emulator: emulator_environment.Emulator) -> list[tuple[str, object]]:
    """Returns what the handlers logged: each name with the number in its event."""
    pages = (
        emulator_environment.create_client(emulator, "logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=GROUP)
    )
    texts = [event["message"] for page in pages for event in page["events"]]
    found = [json.loads(text) for text in texts if text.startswith('{"handler"')]
    return [(line["handler"], line["event"]["detail"].get("n")) for line in found]


def test_events_reach_the_handlers_of_their_own_bus_and_pattern(
    project: Path, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    put(emulator, "default", n=1, left=3, label="Trappist")
    put(emulator, "default", n=2, left=2, label="${x}")
    put(emulator, "evented-bus", n=3, left=2, label="Trappist")
    put(emulator, "default", n=4, left=2, label='%{y} <b> "q" \\ \n 🍺')
    hit = await_line(GROUP, "restock", lambda line: line["event"]["detail"]["n"] == 4)["event"]
    assert sorted(hit) == [
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
    assert (hit["source"], hit["detail-type"]) == ("cellar", "Emptied")
    assert hit["detail"] == {"n": 4, "left": 2, "label": '%{y} <b> "q" \\ \n 🍺'}
    await_line(GROUP, "elsewhere", lambda line: line["event"]["detail"]["n"] == 3)
    reached = [line for line in lines(emulator) if line[1] is not None]
    assert sorted(reached) == [("elsewhere", 3), ("restock", 4)]


def test_send_puts_an_event_on_the_bus_that_local_deploy_made(
    project: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    done = command_line("local", "send", "sent", '{"left": 1}', cwd=project)
    assert done == (0, "put an event of cellar on bus evented-dev-own\n", "")
    assert await_line(GROUP, "sent", lambda line: True)["event"]["detail"] == {"left": 1}


def test_second_deploy_changes_nothing(project: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    assert "No changes." in done.out, done.out
