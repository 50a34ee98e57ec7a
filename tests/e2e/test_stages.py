"""Tests two stages of an app in one account; the other one still works after one is destroyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine

pytestmark = pytest.mark.emulator

STAGES = ("dev", "prod")
APP = """\
import json, os
import domovoi_tf
from domovoilib.cellar import register
app = domovoi_tf.Domovoi()
app.function("reports")
register(app)

@app.cloudwatch_event_handler(source=["brewpub"], function="reports")
def report(event, context):
    context.log(json.dumps({"handler": "report", "event": event}))
"""
CELLAR = """\
import json, os
from domovoi_tf import scoped

def register(app):
    @app.sns_topic_subscriber(scoped("orders"))
    def tend(event, context):
        message = event["Records"][0]["Sns"]["Message"]
        line = {"handler": "tend", "message": message, "size": os.environ["SIZE"]}
        context.log(json.dumps({**line, "topic": str(scoped("orders"))}))

    @app.cloudwatch_logs_sub_filter_handler(scoped("door"), "", create=True)
    def door(event, context):
        context.log(json.dumps({"handler": "door"}))
"""


@pytest.fixture(scope="module")
def brewpub(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """An app in two stages, each applied from its own root."""
    project = tmp_path_factory.mktemp("stages") / "brewpub"
    for folder in (".chalice", "domovoilib"):
        (project / folder).mkdir(parents=True)
    stages = {stage: {"environment_variables": {"SIZE": f"{stage}-size"}} for stage in STAGES}
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "brewpub", "stages": stages}))
    (project / "app.py").write_text(APP)
    (project / "domovoilib" / "cellar.py").write_text(CELLAR)
    for arguments in (["render", "--all-stages"], ["package"]):
        done = command_line(*arguments, cwd=project)
        assert (done.code, done.err) == (0, ""), done
    for stage in STAGES:
        for arguments in (["init"], ["apply", "--", "-auto-approve"]):
            done = command_line(arguments[0], "--stage", stage, *arguments[1:], cwd=project)
            assert done.code == 0, done
    return project


def list_functions(emulator: emulator_environment.Emulator) -> set[str]:
    """Returns the names of the app's functions in all stages."""
    functions = emulator_environment.create_client(emulator, "lambda").list_functions()["Functions"]
    return {each["FunctionName"] for each in functions if each["FunctionName"].startswith("brewpub-")}


def check_stage(
    stage: str, project: Path, command_line: CommandLine, await_line: AwaitLine, message: str
) -> None:
    """Sends a message to the stage's topic, and checks that its function handles it with its own settings."""
    sent = command_line("local", "send", "tend", json.dumps(message), "--stage", stage, cwd=project)
    assert sent.code == 0, sent
    line = await_line(f"/aws/lambda/brewpub-{stage}", "tend", lambda line: line["message"] == message)
    assert (line["size"], line["topic"]) == (f"{stage}-size", f"brewpub-{stage}-orders")


def test_stages_work_side_by_side_and_are_destroyed_one_by_one(
    brewpub: Path, emulator: emulator_environment.Emulator, command_line: CommandLine, await_line: AwaitLine
) -> None:
    everything = {f"brewpub-{stage}{function}" for stage in STAGES for function in ("", "-reports")}
    assert list_functions(emulator) == everything
    for stage in STAGES:
        check_stage(stage, brewpub, command_line, await_line, f"to {stage}")
        planned = command_line("plan", "--stage", stage, "--", "-detailed-exitcode", cwd=brewpub)
        assert planned.code == 0, planned
    done = command_line("destroy", "--stage", "dev", "--", "-auto-approve", cwd=brewpub)
    assert done.code == 0, done
    assert list_functions(emulator) == {"brewpub-prod", "brewpub-prod-reports"}
    check_stage("prod", brewpub, command_line, await_line, "still there")
    planned = command_line("plan", "--stage", "prod", "--", "-detailed-exitcode", cwd=brewpub)
    assert planned.code == 0, planned
