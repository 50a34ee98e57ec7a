"""Tests the handlers of states in the package, under AWS's runtime client.

On AWS ``Catch`` and ``Retry`` match the class of the exception that the client reports:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from .conftest import CommandLine
from .test_runtime_client import ARN, Answer, invoke

APP = """
import domovoi_tf
app = domovoi_tf.Domovoi()

class OutOfBeer(Exception):
    pass

brew = {
    "StartAt": "Tap",
    "States": {
        "Tap": {"Type": "Task", "Catch": [{"ErrorEquals": ["OutOfBeer"], "Next": "Sorry"}], "End": True},
        "Sorry": {"Type": "Pass", "End": True},
    },
}

@app.step_function_task("Tap", brew)
def tap(event, context):
    if event == "none":
        raise OutOfBeer("sorry")
    if event == "wrong":
        return event["beer"]
    return {"event": event, "state": context.stepfunctions_task_name}

@app.scheduled_function("rate(1 day)")
def start(event, context):
    return app.state_machine.arn
"""


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The package as Lambda unpacks it."""
    project = tmp_path_factory.mktemp("project")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "tap"}))
    (project / "app.py").write_text(APP)
    for command in ("render", "package"):
        assert command_line(command, cwd=project).code == 0
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(folder)
    return folder


def test_error_has_the_class_of_the_exception(task: Path) -> None:
    answers, _ = invoke(
        task,
        {"domovoi_task": "default/Tap", "input": "none"},
        {"domovoi_task": "default/Tap", "input": "wrong"},
        {"domovoi_task": "default/Tap", "input": {"beer": 1}},
        {"task_name": "start", "event": {}},
    )
    assert [(a.kind, a.document["errorType"]) for a in answers[:2]] == [
        ("error", "OutOfBeer"),
        ("error", "TypeError"),
    ]
    assert answers[2:] == [
        Answer("response", {"event": {"beer": 1}, "state": "Tap"}),
        Answer("response", "arn:aws:states:eu-west-1:123456789012:stateMachine:bartender-dev"),
    ]


def test_task_function_of_domovoi_reaches_its_handler(task: Path) -> None:
    answers, _ = invoke(task, {"beer": 1}, [1], arn=f"{ARN}:domovoi-stepfunctions-task-Tap")
    assert answers == [
        Answer("response", {"event": {"beer": 1}, "state": "Tap"}),
        Answer("response", {"event": [1], "state": "Tap"}),
    ]
