"""A real log event on the emulator reaches the right handler, unpacked."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine

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
    project = tmp_path_factory.mktemp("logs") / "scribe"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text('{"app_name": "scribe"}')
    (project / "app.py").write_text(APP)
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
def test_a_log_event_reaches_its_handler_unpacked(
    handler: str, group: str, function: str, scribe: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    message = json.dumps({"ERROR": f'{handler} "q" \\ \n 🍺'})
    for _ in range(2):  # the second time the stream is there already
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


def test_the_pattern_decides_who_is_called(
    scribe: Path, command_line: CommandLine, await_line: AwaitLine, emulator: emulator_environment.Emulator
) -> None:
    logs = emulator_environment.create_client(emulator, "logs")
    for text in ("fine", "ERROR at last"):
        logs.put_log_events(
            logGroupName="/scribe/till",
            logStreamName="domovoi-tf",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": text}],
        )
    await_line(MAIN, "till", has("fine"))
    await_line(REPORTS, "alarm", has("ERROR at last"))
    seen = logs.filter_log_events(logGroupName=REPORTS)["events"]
    assert not [event for event in seen if '"fine"' in event["message"]]


def test_the_permission_is_for_the_streams_of_the_group(
    scribe: Path, emulator: emulator_environment.Emulator
) -> None:
    policy = json.loads(
        emulator_environment.create_client(emulator, "lambda").get_policy(FunctionName="scribe-dev")["Policy"]
    )
    allowed = {
        (s["Principal"]["Service"], s["Condition"]["ArnLike"]["AWS:SourceArn"]) for s in policy["Statement"]
    }
    assert allowed == {
        ("logs.amazonaws.com", f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*")
        for group in ("/scribe/till", "scribe-dev-door", "/scribe/cellar")
    }


def test_second_deployment_changes_nothing(scribe: Path, command_line: CommandLine) -> None:
    again = command_line("local", "deploy", cwd=scribe, TF_VAR_cellar_arn=CELLAR)
    assert again.code == 0, again
    assert "No changes. Your infrastructure matches the configuration." in again.out


def has(text: str) -> Any:
    return lambda line: [event["message"] for event in line["event"]["logEvents"]] == [text]
