"""Tests that log events reach their handlers through subscription filters."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, write_project

pytestmark = pytest.mark.emulator

MAIN, REPORTS = "/aws/lambda/scribe-dev", "/aws/lambda/scribe-dev-reports"
CELLAR = "arn:aws:logs:us-east-1:000000000000:log-group:/scribe/cellar"
APP = """\
import json
import domovoi_tf
app = domovoi_tf.Domovoi()
app.function("reports")

def say(context, handler, event):
    context.log(json.dumps({"handler": handler, "function": context.function_name, "event": event}))

@app.cloudwatch_logs_sub_filter_handler("/scribe/till", "")
def till(event, context):
    say(context, "till", event)

@app.cloudwatch_logs_sub_filter_handler("/scribe/till", "ERROR", function="reports")
def alarm(event, context):
    say(context, "alarm", event)

@app.cloudwatch_logs_sub_filter_handler(domovoi_tf.scoped("door"), "", create=True)
def door(event, context):
    say(context, "door", event)

@app.cloudwatch_logs_sub_filter_handler(domovoi_tf.variable("cellar_arn"), "")
def cellar(event, context):
    say(context, "cellar", event)
"""


@pytest.fixture(scope="module")
def scribe(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> Path:
    """The project, deployed."""
    project = write_project(tmp_path_factory.mktemp("logs") / "scribe", {"app_name": "scribe"}, APP)
    emulator_environment.create_client(emulator, "logs").create_log_group(logGroupName="/scribe/cellar")
    done = command_line("local", "deploy", cwd=project, TF_VAR_cellar_arn=CELLAR)
    assert done.code == 0, done
    return project


@pytest.mark.parametrize(
    ("handler", "group", "function"),
    [
        ("till", "/scribe/till", MAIN),
        ("door", "scribe-dev-door", MAIN),
        ("cellar", "/scribe/cellar", MAIN),
        ("alarm", "/scribe/till", REPORTS),
    ],
)
def test_log_event_reaches_its_handler_decoded(
    handler: str, group: str, function: str, scribe: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    message = json.dumps({"ERROR": f'{handler} "q" \\ \n 🍺'})
    for _ in range(2):  # the second time the log stream exists
        sent = command_line("local", "send", handler, message, cwd=scribe)
        assert sent == (0, f"logged to {group}\n", "")
    line = await_line(function, handler, lambda line: line["event"]["logEvents"][0]["message"] == message)
    event = line["event"]
    assert (line["function"], event["logGroup"], event["logStream"], event["subscriptionFilters"]) == (
        function.removeprefix("/aws/lambda/"),
        group,
        "domovoi-tf",
        [f"scribe-dev-{handler}"],
    )


def test_filter_pattern_selects_the_handlers(
    scribe: Path, command_line: CommandLine, await_line: AwaitLine, emulator: emulator_environment.Emulator
) -> None:
    logs = emulator_environment.create_client(emulator, "logs")
    for text in ("fine", "ERROR at last"):
        logs.put_log_events(
            logGroupName="/scribe/till",
            logStreamName="domovoi-tf",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": text}],
        )
    await_line(MAIN, "till", has_message("fine"))
    await_line(REPORTS, "alarm", has_message("ERROR at last"))
    events = logs.filter_log_events(logGroupName=REPORTS)["events"]
    assert not [event for event in events if '"fine"' in event["message"]]


def test_permissions_are_for_the_streams_of_the_log_groups(
    scribe: Path, emulator: emulator_environment.Emulator
) -> None:
    policy = json.loads(
        emulator_environment.create_client(emulator, "lambda").get_policy(FunctionName="scribe-dev")["Policy"]
    )
    permissions = {
        (s["Principal"]["Service"], s["Condition"]["ArnLike"]["AWS:SourceArn"]) for s in policy["Statement"]
    }
    assert permissions == {
        ("logs.amazonaws.com", f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*")
        for group in ("/scribe/till", "scribe-dev-door", "/scribe/cellar")
    }


def test_second_deployment_changes_nothing(scribe: Path, command_line: CommandLine) -> None:
    again = command_line("local", "deploy", cwd=scribe, TF_VAR_cellar_arn=CELLAR)
    assert again.code == 0, again
    assert "nothing to change" in again.out


def has_message(text: str) -> Any:
    """Returns a condition for lines of an event with one message."""
    return lambda line: [event["message"] for event in line["event"]["logEvents"]] == [text]
