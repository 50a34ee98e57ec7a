"""Tests handlers that share the name of a function, in the package, under AWS's runtime client."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.operations import log_format

from .conftest import CommandLine
from .test_runtime_client import Answer, invoke

GROUPS = ["feeds", "tiles", "scrapes", "maps", "users"]
APP = f"""
import domovoi_tf
app = domovoi_tf.Domovoi()

for name in {GROUPS}:
    @app.cloudwatch_logs_sub_filter_handler("/aws/lambda/" + name, "Error")
    def report(event, context, name=name):
        return [name, event["logGroup"]]

for minutes in 5, 10:
    @app.scheduled_function(f"rate({{minutes}} minutes)")
    def clean(event, context, minutes=minutes):
        return minutes

app.sns_topic_subscriber("bartender", name="tend")(lambda event, context: "tended")

def copy_worker(event, context, number):
    return [number, context.stepfunctions_task_name, event]

def thread(number):
    state = {{"Type": "Task", "Resource": lambda e, c: copy_worker(e, c, number), "End": True}}
    return {{"StartAt": f"Worker{{number}}", "States": {{f"Worker{{number}}": state}}}}

branches = [thread(number) for number in range(32)]
pool = {{"Type": "Parallel", "Branches": branches, "End": True}}
app.register_state_machine({{"StartAt": "Pool", "States": {{"Pool": pool}}}})
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps({"app_name": "pool"}))
    (folder / "app.py").write_text(APP)
    for command in ("render", "package"):
        done = command_line(command, cwd=folder)
        assert (done.code, [line for line in done.err.splitlines() if "Warning" in line]) == (0, [])
    return folder


def make_log_event(group: str) -> dict[str, Any]:
    payload = {"messageType": "DATA_MESSAGE", "logGroup": group, "logEvents": []}
    data = base64.b64encode(gzip.compress(json.dumps(payload).encode())).decode()
    return {"awslogs": {"data": data}}


def read_task_names(folder: Path) -> list[str]:
    """Returns the names with which the rendered rules call their handlers."""
    lines = (folder / "terraform" / "app" / "schedule.tf").read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.strip().startswith("task_name")]


def test_events_reach_the_function_of_their_source(project: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(tmp_path)
    tasks = sorted(read_task_names(project))
    assert tasks == ["clean-schedule-rate-10-minutes-08911ee6", "clean-schedule-rate-5-minutes-28fe9f52"]
    message = {"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:eu-west-1:1:bartender"}}
    workers = [{"domovoi_task": f"default/Worker{number}", "input": number} for number in range(32)]
    answers, log = invoke(
        tmp_path,
        *(make_log_event(f"/aws/lambda/{name}") for name in GROUPS),
        *({"task_name": task, "event": {}} for task in tasks),
        {"Records": [message]},
        *workers,
        AWS_LAMBDA_LOG_STREAM_NAME="stream",
    )
    assert answers == [
        *(Answer("response", [name, f"/aws/lambda/{name}"]) for name in GROUPS),
        *(Answer("response", minutes) for minutes in (10, 5)),
        Answer("response", "tended"),
        *(Answer("response", [number, f"Worker{number}", number]) for number in range(32)),
    ]
    entries = map(log_format.parse_entry, log.splitlines())
    marks = [entry.handler for entry in entries if entry.kind == "mark"]
    assert marks[0] == "report-logs-aws-lambda-feeds-d0a5233e"
    assert marks[5:8] == [*tasks, "tend"]
    assert marks[8:] == [f"Worker{number}" for number in range(32)]


def test_show_and_invoke_know_each_handler(project: Path, command_line: CommandLine) -> None:
    described = json.loads(command_line("show", "--json", cwd=project).out)
    handlers = [each["handler"] for each in described["functions"][0]["handlers"]]
    assert len(set(handlers)) == len(handlers) == 5 + 2 + 1 + 32
    for handler, result in {
        "report-logs-aws-lambda-maps-ae31f5be": ["maps", "/aws/lambda/maps"],
        "clean-schedule-rate-10-minutes-08911ee6": 10,
        "Worker31": [31, "Worker31", {"id": "1", "message": "hello"}],
        "tend": "tended",
    }.items():
        done = command_line("invoke", handler, "--local", cwd=project)
        assert (done.code, json.loads(done.out)) == (0, result)
    done = command_line("invoke", "report", "--local", cwd=project)
    assert done.code == 1
    assert done.err.startswith("Error: There is no handler 'report'.\n")
    assert "report-logs-aws-lambda-maps-ae31f5be" in done.err
