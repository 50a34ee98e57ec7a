"""The commands of `executions`, in this process and against Step Functions in memory."""

from __future__ import annotations

import io
import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from fake_aws import FakeAws, refusal
from rich.console import Console

from domovoi_tf.cli import output
from domovoi_tf.cli.operations.executions import executions
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator

pytestmark = pytest.mark.usefixtures("project")

APP = """from domovoi_tf import Domovoi

app = Domovoi()
app.register_state_machine({"StartAt": "Brew", "States": {"Brew": {"Type": "Pass", "End": True}}})
"""
STATES = "arn:aws:states:eu-west-1:123456789012"
ARN = f"{STATES}:execution:bar-dev:brew-7"
START = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)
EMULATOR = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"))


def run(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(executions, arguments)
    assert done.exit_code == code, (done.output, done.exception)
    return done


def make_execution(name: str = "brew-7", status: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    return {
        "executionArn": f"{STATES}:execution:bar-dev:{name}",
        "stateMachineArn": f"{STATES}:stateMachine:bar-dev",
        "name": name,
        "status": status,
        "startDate": START,
        "stopDate": START + timedelta(seconds=5),
        **more,
    }


HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("ExecutionStarted", {}),
    ("PassStateEntered", {"stateEnteredEventDetails": {"name": "Brew"}}),
    ("PassStateExited", {"stateExitedEventDetails": {"name": "Brew"}}),
    ("ExecutionSucceeded", {}),
]


def answer_execution(aws: FakeAws, *statuses: str) -> None:
    """Gives the execution these statuses, one at each request, and half of its events while it runs."""
    remaining = iter(statuses)
    status = ""

    def describe(executionArn: str) -> Any:
        nonlocal status
        assert executionArn == ARN
        status = next(remaining, status)
        return make_execution(status=status, input='{"malt": 5}', output='"ä"')

    def read_history(executionArn: str, **_: Any) -> Any:
        events = [
            {"id": number, "previousEventId": number - 1, "type": kind, "timestamp": START, **details}
            for number, (kind, details) in enumerate(HISTORY, 1)
        ]
        return {"events": events[:2] if status == "RUNNING" else events}

    states = {name: {"Type": "Pass", "End": True} for name in ("Spill", "Brew")}
    definition = {"StartAt": "Brew", "States": states}
    aws.on("stepfunctions", "DescribeExecution", describe)
    aws.on("stepfunctions", "DescribeStateMachineForExecution", {"definition": json.dumps(definition)})
    aws.on("stepfunctions", "GetExecutionHistory", read_history)


def test_list_shows_a_table_or_json(aws: FakeAws) -> None:
    listed = [make_execution("b"), make_execution("a", "RUNNING", startDate=START - timedelta(seconds=9))]
    aws.on("stepfunctions", "ListExecutions", {"executions": listed})
    header, *rows = run("list").stdout.splitlines()
    assert header.split() == ["MACHINE", "NAME", "STATUS", "STARTED", "DURATION", "ERROR"]
    assert [row.split()[:3] for row in rows] == [["default", "b", "SUCCEEDED"], ["default", "a", "RUNNING"]]
    assert [each["name"] for each in json.loads(run("list", "--json").stdout)] == ["b", "a"]
    assert [each["name"] for each in json.loads(run("list", "--max", "1", "--json").stdout)] == ["b"]


def test_list_passes_the_status_on_and_says_if_there_are_none(aws: FakeAws) -> None:
    aws.on("stepfunctions", "ListExecutions", {"executions": []})
    assert run("list", "default", "--status", "failed").stdout == "There are no executions.\n"
    assert run("list", "--json").stdout == "[]\n"
    assert [call.get("statusFilter") for call in aws.made("ListExecutions")] == ["FAILED", None]


def test_start_prints_the_arn_and_how_to_follow_the_execution(aws: FakeAws) -> None:
    aws.on("stepfunctions", "StartExecution", {"executionArn": ARN, "startDate": START})
    done = run("start", "--input", '{"malt": 5}', "--name", "brew-7")
    assert done.stdout == f"{ARN}\n"
    assert done.stderr == "Follow it with: domovoi-tf executions follow brew-7\n"
    assert json.loads(run("start", "--json").stdout) == {"arn": ARN}
    machine = f"{STATES}:stateMachine:bar-dev"
    assert aws.made("StartExecution") == [
        {"stateMachineArn": machine, "input": '{"malt": 5}', "name": "brew-7"},
        {"stateMachineArn": machine, "input": "{}"},
    ]


def test_suggested_command_uses_the_emulator_too(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.on("stepfunctions", "StartExecution", {"executionArn": ARN, "startDate": START})
    monkeypatch.setattr(emulator, "find_running", lambda: EMULATOR)
    assert run("start", "--emulator").stderr == (
        "Follow it with: domovoi-tf local executions follow brew-7\n"
    )
    aws.on("stepfunctions", "DescribeExecution", refusal("ExecutionDoesNotExist"))
    assert str(CliRunner().invoke(executions, ["show", "gone", "--emulator"]).exception) == (
        "There is no execution 'gone' at http://127.0.0.1:4566.\n"
        "List the executions with `domovoi-tf local executions list`."
    )


def test_follow_prints_each_event_once_and_the_result(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    answer_execution(aws, "RUNNING", "SUCCEEDED")
    done = run("follow", ARN)
    at = f"{START.astimezone():%H:%M:%S}"
    assert click.unstyle(done.stdout).splitlines() == [
        f"{at}  Brew started",
        f"{at}  Brew ended",
        "not reached: Spill",
        "SUCCEEDED  default brew-7, 5.0 s",
    ]


def test_follow_redraws_the_states_on_a_terminal(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=80)
    monkeypatch.setattr(output, "open_console", lambda: console)
    answer_execution(aws, "RUNNING", "SUCCEEDED")
    assert click.unstyle(run("follow", ARN).stdout) == "SUCCEEDED  default brew-7, 5.0 s\n"
    assert "… Brew  running" in screen.getvalue()
    positions = [
        screen.getvalue().index(text) for text in ("· Spill", "… Brew", "✓ Brew", "not reached: Spill")
    ]
    assert positions == sorted(positions)


def test_start_can_follow_the_execution(aws: FakeAws) -> None:
    aws.on("stepfunctions", "StartExecution", {"executionArn": ARN, "startDate": START})
    answer_execution(aws, "SUCCEEDED")
    document = json.loads(run("start", "--follow", "--json").stdout)
    assert (document["name"], document["status"]) == ("brew-7", "SUCCEEDED")
    states = [(state["name"], state["status"]) for state in document["states"]]
    assert states == [("Spill", "not reached"), ("Brew", "succeeded")]


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_follow_exits_with_1_if_the_execution_fails(aws: FakeAws, option: tuple[str, ...]) -> None:
    answer_execution(aws, "FAILED")
    assert "FAILED" in run("follow", ARN, *option, code=1).stdout


def test_ctrl_c_leaves_the_execution_running(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    answer_execution(aws, "RUNNING")
    done = run("follow", ARN, code=130)
    assert done.stderr == f"The execution continues: {ARN}\n"


def test_show_prints_the_states_and_with_data_the_input_and_output(aws: FakeAws) -> None:
    answer_execution(aws, "SUCCEEDED")
    tree = ["default brew-7", "├── ✓ Brew  0.0 s", "└── not reached: Spill"]
    lines = [*tree, "SUCCEEDED  default brew-7, 5.0 s"]
    assert click.unstyle(run("show", "brew-7").stdout).splitlines() == lines
    data = ["input: {", '  "malt": 5', "}", 'output: "ä"']
    assert click.unstyle(run("show", "brew-7", "--data").stdout).splitlines() == [*lines, *data]
    assert "input" not in json.loads(run("show", "brew-7", "--json").stdout)
    document = json.loads(run("show", "brew-7", "--data", "--json").stdout)
    assert (document["status"], document["input"], document["output"]) == ("SUCCEEDED", {"malt": 5}, "ä")
