"""Tests executions of state machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tftest
from polling import wait_until

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform import installation

from .conftest import PATIENCE, CommandLine, write_project

pytestmark = pytest.mark.emulator

CONFIGURATION = {"app_name": "brewery", "lambda_timeout": 10}
APP = r"""
import json
import boto3, domovoi_tf

app = domovoi_tf.Domovoi()
kettle = app.function("kettle", memory_size=256)

brew = {
    "Comment": "As it is: ${x} $${y} $$${z} %{a} %%{b} {%c%} \\ \" \u00e9 e\u0301 \U0001f37a",
    "StartAt": "Mash",
    "States": {
        "Mash": {"Type": "Task", "Resource": None, "ResultPath": "$.mash", "Next": "Strong?"},
        "Strong?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.mash.malt", "NumericGreaterThan": 100, "Next": "Again"}],
            "Default": "Boil",
        },
        "Again": {"Type": "Task", "InputPath": "$.mash", "End": True},
        "Boil": {
            "Type": "Task",
            "InputPath": "$.mash",
            "Parameters": {"minutes": 60, "wort.$": "$.malt", "text": "${x} %{y}"},
            "ResultSelector": {"result.$": "$.got", "state.$": "$.state"},
            "ResultPath": "$.boil",
            "OutputPath": "$.boil",
            "End": True,
        },
    },
}

@app.step_function_task("Mash", brew)
def mash(event, context):
    if "strength" in event and event["strength"] < 0:
        raise ValueError("strength")
    return {"malt": event["malt"] * 2, "state": context.stepfunctions_task_name}

@app.step_function_task("Boil", brew, function=kettle)
def boil(event, context):
    return {"got": event, "state": context.stepfunctions_task_name, "more": "unseen"}

@app.step_function_task("Again", brew)
def again(event, context):
    started = app.state_machine.start_named_execution(f"again-{event['malt']}", malt=1)
    return {"started": started["executionArn"]}

@app.step_function_task("Ask", "bottling.yaml", state_machine_name="bottling")
def ask(event, context):
    if "answer" in event:
        states = boto3.client("stepfunctions")
        states.send_task_success(taskToken=event["token"], output=json.dumps({"answer": event["answer"]}))

@app.step_function_task("Fill", "bottling.yaml", state_machine_name="bottling", function=kettle)
def fill(event, context):
    if event["bottle"] == 13:
        raise ValueError("spilt")
    return {"bottle": event["bottle"], "of": event["of"], "state": context.stepfunctions_task_name}

@app.scheduled_function("rate(1 day)")
def nightly(event, context):
    bottling = app.state_machines["bottling"]
    bottling.start_named_execution(event["name"], bottles=[1, 2], answer="yes")
"""
BOTTLING = """
QueryLanguage: JSONata
StartAt: Ask
States:
  Ask:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
    TimeoutSeconds: 60
    Arguments:
      Payload:
        token: "{% $states.context.Task.Token %}"
        answer: "{% $states.input.answer %}"
    Assign:
      bottles: "{% $states.input.bottles %}"
    Next: Bottles
  Bottles:
    Type: Map
    Items: "{% $bottles %}"
    ItemSelector:
      bottle: "{% $states.context.Map.Item.Value %}"
      of: "{% $count($bottles) %}"
    ItemProcessor:
      StartAt: Fill
      States:
        Fill:
          Type: Task
          Output: "{% $states.result %}"
          Catch:
            - {ErrorEquals: [ValueError], Next: Spilt, Output: {spilt: "{% $states.errorOutput.Cause %}"}}
          End: true
        Spilt: {Type: Pass, End: true}
    End: true
"""


@pytest.fixture(scope="module")
def brewery(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The project, deployed."""
    project = write_project(tmp_path_factory.mktemp("brewery"), CONFIGURATION, APP)
    (project / "bottling.yaml").write_text(BOTTLING)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    return project


@pytest.fixture
def states(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "stepfunctions")


def await_end(states: Any, arn: str) -> dict[str, Any]:
    """Waits until an execution has ended, and returns its description."""
    execution: dict[str, Any] = {}

    def has_ended() -> bool:
        execution.update(states.describe_execution(executionArn=arn))
        return bool(execution["status"] != "RUNNING")

    assert wait_until(has_ended, PATIENCE), execution
    return execution


@pytest.fixture
def run(states: Any) -> Callable[[str, object], dict[str, Any]]:
    """Runs a state machine with some input, and returns the description of the execution."""

    def execute(name: str, data: object) -> dict[str, Any]:
        machines = {m["name"]: m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"]}
        started = states.start_execution(stateMachineArn=machines[name], input=json.dumps(data))
        return await_end(states, started["executionArn"])

    return execute


def test_machine_runs_the_handlers_of_two_functions(
    brewery: Path, run: Callable[[str, object], dict[str, Any]]
) -> None:
    execution = run("brewery-dev", {"malt": 5})
    assert (execution["status"], json.loads(execution["output"])) == (
        "SUCCEEDED",
        {"state": "Boil", "result": {"minutes": 60, "wort": 10, "text": "${x} %{y}"}},
    )


def test_handler_starts_its_own_machine(
    brewery: Path, states: Any, run: Callable[[str, object], dict[str, Any]]
) -> None:
    execution = run("brewery-dev", {"malt": 51})
    assert execution["status"] == "SUCCEEDED", (execution["error"], execution["cause"])
    started = json.loads(execution["output"])["started"]
    assert started.endswith(":execution:brewery-dev:again-102")
    assert json.loads(await_end(states, started)["output"])["result"]["wort"] == 2


def test_second_machine_waits_for_a_callback_and_catches_exceptions(
    brewery: Path, run: Callable[[str, object], dict[str, Any]]
) -> None:
    execution = run("brewery-dev-bottling", {"bottles": [12, 13, 14], "answer": "yes"})
    assert execution["status"] == "SUCCEEDED", (execution["error"], execution["cause"])
    first, second, third = json.loads(execution["output"])
    assert first == {"bottle": 12, "of": 3, "state": "Fill"}
    assert "spilt" in second["spilt"]
    assert third == {"bottle": 14, "of": 3, "state": "Fill"}


def test_handler_of_a_schedule_starts_a_machine_by_name(
    brewery: Path, states: Any, command_line: CommandLine
) -> None:
    assert command_line("local", "send", "nightly", '{"name": "monday"}', cwd=brewery).code == 0
    arns = [m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"]]
    (arn,) = [arn for arn in arns if arn.endswith(":brewery-dev-bottling")]
    execution = f"{arn.replace(':stateMachine:', ':execution:')}:monday"

    def has_started() -> bool:
        executions = states.list_executions(stateMachineArn=arn)["executions"]
        return execution in [each["executionArn"] for each in executions]

    assert wait_until(has_started, PATIENCE)
    assert [each["bottle"] for each in json.loads(await_end(states, execution)["output"])] == [1, 2]


def test_send_starts_an_execution(brewery: Path, states: Any, command_line: CommandLine) -> None:
    sent = command_line("local", "send", "mash", '{"malt": 7}', cwd=brewery)
    assert (sent.code, sent.err) == (0, "")
    assert sent.out.startswith("started arn:aws:states:")
    output = await_end(states, sent.out.split()[1])["output"]
    assert json.loads(output)["result"]["wort"] == 14


def test_terraform_syntax_in_a_definition_is_deployed_as_text(brewery: Path, states: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile((brewery / "app.py").read_text(), "app.py", "exec"), names)  # noqa: S102 - our own text
    arns = [m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"]]
    (arn,) = [arn for arn in arns if arn.endswith(":brewery-dev")]
    applied = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    assert applied["Comment"] == names["brew"]["Comment"]
    assert applied["States"]["Strong?"] == names["brew"]["States"]["Strong?"]


def test_second_deployment_changes_nothing(brewery: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=brewery)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def test_new_package_does_not_change_the_machines(brewery: Path, command_line: CommandLine) -> None:
    app = brewery / "app.py"
    app.write_text(f"{app.read_text()}\n# Changed.\n")
    done = command_line("local", "deploy", cwd=brewery)
    assert done.code == 0, done
    plan = done.out.split("\n\n")[1]
    assert plan.endswith("\n0 to add, 2 to change, 0 to destroy."), done.out
    assert "machine" not in plan


def test_destroy_removes_the_machines(
    brewery: Path,
    states: Any,
    emulator: emulator_environment.Emulator,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> None:
    environment = {**aws_environment, "TF_DATA_DIR": f"{emulator.log.parent / 'brewery-dev'}.terraform"}
    root = str(brewery / "terraform" / "stages" / "dev")
    tftest.TerraformTest(root, binary=str(attached_terraform.path), env=environment).destroy()
    names = [machine["name"] for machine in states.list_state_machines()["stateMachines"]]
    assert [name for name in names if name.startswith("brewery-")] == []
