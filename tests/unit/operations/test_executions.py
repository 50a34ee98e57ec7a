"""Executions of state machines: finding, listing, starting and following them, with an AWS in memory."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf import Domovoi, DomovoiError
from domovoi_tf.operations.account import Account, AwsError, NotDeployedError
from domovoi_tf.operations.execution import Execution
from domovoi_tf.operations.executions import Machines
from domovoi_tf.settings import Settings

SETTINGS = Settings(app_name="bar", stage="dev")
DEFINITION = {"StartAt": "Brew", "States": {"Brew": {"Type": "Pass", "End": True}}}
STATES = "arn:aws:states:eu-west-1:123456789012"
BEGAN = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)


def machines(*names: str | None, express: str | None = None) -> Machines:
    app = Domovoi()
    for number, name in enumerate(names):
        definition = {**DEFINITION, "Comment": str(number)}
        kind = "EXPRESS" if name == express and express is not None else "STANDARD"
        app.register_state_machine(definition, name, type=kind)
    return Machines(Account(), app.freeze(), SETTINGS)


def described(name: str, minutes: int = 0, status: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    machine = more.pop("machine", "bar-dev")
    return {
        "executionArn": f"{STATES}:execution:{machine}:{name}",
        "stateMachineArn": f"{STATES}:stateMachine:{machine}",
        "name": name,
        "status": status,
        "startDate": BEGAN + timedelta(minutes=minutes),
        **more,
    }


# Machines


@pytest.mark.usefixtures("aws")
def test_machine_without_a_name_is_the_only_one_or_the_unnamed_one() -> None:
    assert machines("brew").find_machine(None).name == "brew"
    both = machines(None, "brew")
    assert both.find_machine(None).name == both.find_machine("default").name == "default"
    assert both.find_machine("brew").name == "brew"
    assert both.build_arn("default") == f"{STATES}:stateMachine:bar-dev"
    assert both.build_arn("brew") == f"{STATES}:stateMachine:bar-dev-brew"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("names", "name", "message"),
    [
        ((), None, "The app has no state machine.\n"),
        (("b", "a"), None, "The app has several state machines.\nName one of them: a, b."),
        (("brew", "serve"), "brow", "There is no state machine 'brow'.\nDid you mean 'brew'?"),
        (("brew",), "default", "There is no state machine 'default'.\n"),
    ],
)
def test_machine_that_is_not_there_is_an_error(
    names: tuple[str, ...], name: str | None, message: str
) -> None:
    with pytest.raises(DomovoiError) as caught:
        machines(*names).find_machine(name)
    assert str(caught.value).startswith(message)


# Listing


def list_by_machine(aws: FakeAws) -> None:
    """Each machine has three executions, one a page; those of ``brew`` are the later ones."""

    def list_executions(stateMachineArn: str, nextToken: str = "0", **_: Any) -> Any:
        machine = stateMachineArn.rpartition(":")[2]
        at, later = int(nextToken), 30 if machine.endswith("brew") else 0
        found = described(f"e{at}", later - at, machine=machine)
        more = {"nextToken": str(at + 1)} if at < 2 else {}
        return {"executions": [found], **more}

    aws.on("stepfunctions", "ListExecutions", list_executions)


def test_executions_of_all_machines_are_listed_newest_first(aws: FakeAws) -> None:
    list_by_machine(aws)
    both = machines(None, "brew")
    names = [(execution.machine, execution.name) for execution in both.list_executions(None, None, 100)]
    assert names == [("brew", f"e{n}") for n in range(3)] + [("default", f"e{n}") for n in range(3)]
    limited = both.list_executions(None, "FAILED", 4)
    assert [(e.machine, e.name) for e in limited] == names[:4]
    assert [e.machine for e in both.list_executions("default", None, 2)] == ["default"] * 2
    asked = aws.made("ListExecutions")
    assert {call.get("statusFilter") for call in asked} == {None, "FAILED"}


def test_express_machines_keep_no_executions(aws: FakeAws) -> None:
    list_by_machine(aws)
    both = machines(None, "brew", express="brew")
    assert {e.machine for e in both.list_executions(None, None, 9)} == {"default"}
    with pytest.raises(DomovoiError, match="brew"):
        both.list_executions("brew", None, 9)
    with pytest.raises(DomovoiError):
        machines("brew", express="brew").list_executions(None, None, 9)
    with pytest.raises(DomovoiError):
        both.read_progress(f"{STATES}:express:bar-dev-brew:x:y")


def test_machine_that_is_not_deployed_is_an_error(aws: FakeAws) -> None:
    aws.on("stepfunctions", "ListExecutions", refusal("StateMachineDoesNotExist"))
    with pytest.raises(NotDeployedError) as caught:
        machines("brew").list_executions(None, None, 9)
    assert caught.value.message == "The state machine brew is not deployed in eu-west-1."
    aws.on("stepfunctions", "ListExecutions", refusal("AccessDeniedException", "no"))
    with pytest.raises(AwsError, match="AWS refused ListExecutions: no"):
        machines("brew").list_executions(None, None, 9)


# Starting


def test_execution_is_started_with_its_input_and_perhaps_a_name(aws: FakeAws) -> None:
    aws.on("stepfunctions", "StartExecution", {"executionArn": "arn:started"})
    both = machines(None, "brew")
    assert both.start("brew", '{"malt": 5}', None) == both.start(None, "{}", "mine") == "arn:started"
    assert aws.made("StartExecution") == [
        {"stateMachineArn": f"{STATES}:stateMachine:bar-dev-brew", "input": '{"malt": 5}'},
        {"stateMachineArn": f"{STATES}:stateMachine:bar-dev", "input": "{}", "name": "mine"},
    ]


def test_name_of_an_execution_is_taken_once(aws: FakeAws) -> None:
    aws.on("stepfunctions", "StartExecution", refusal("ExecutionAlreadyExists"))
    with pytest.raises(DomovoiError) as caught:
        machines(None).start(None, "{}", "mine")
    assert str(caught.value) == (
        "An execution named mine already exists, and has ended or has another input.\n"
        "Use another --name. Step Functions accepts a name again after 90 days."
    )


# One execution


def test_execution_is_found_in_any_machine_by_its_name(aws: FakeAws) -> None:
    def describe(executionArn: str) -> Any:
        if ":bar-dev-gone:" in executionArn:
            raise refusal("StateMachineDoesNotExist")
        if ":bar-dev-fast:" in executionArn:
            raise refusal("StateMachineTypeNotSupported")
        if ":bar-dev-brew:" not in executionArn or not executionArn.endswith(":mine"):
            raise refusal("ExecutionDoesNotExist")
        return described("mine", machine="bar-dev-brew")

    aws.on("stepfunctions", "DescribeExecution", describe)
    found = machines("gone", "fast", None, "brew")
    assert found.find_execution("mine") == f"{STATES}:execution:bar-dev-brew:mine"
    assert found.find_execution("arn:any") == "arn:any"
    with pytest.raises(DomovoiError) as caught:
        found.find_execution("other")
    assert str(caught.value) == (
        "There is no execution 'other' in eu-west-1.\nList the executions with `domovoi-tf executions list`."
    )
    aws.on("stepfunctions", "DescribeExecution", refusal("AccessDeniedException", "no"))
    with pytest.raises(AwsError, match="AWS refused DescribeExecution: no"):
        found.find_execution("mine")


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ({"input": '{"malt": 5}', "output": "[1]"}, {"input": {"malt": 5}, "output": [1]}),
        ({"input": "{}"}, {"input": {}}),
        ({"input": "", "output": "null"}, {"output": None}),
    ],
)
def test_input_and_output_are_those_that_there_are(aws: FakeAws, more: Any, data: Any) -> None:
    aws.on("stepfunctions", "DescribeExecution", described("mine", **more))
    assert machines(None).read_data("arn:x") == data


def test_execution_that_does_not_exist_is_an_error(aws: FakeAws) -> None:
    aws.on("stepfunctions", "DescribeExecution", refusal("ExecutionDoesNotExist"))
    selected = Machines(Account(), Domovoi().freeze(), SETTINGS)
    for read in (selected.read_data, selected.read_progress):
        with pytest.raises(DomovoiError) as caught:
            read("arn:x")
        assert str(caught.value) == (
            "There is no execution arn:x.\nList the executions with `domovoi-tf executions list`."
        )


HISTORY = [
    ("ExecutionStarted", {}),
    ("PassStateEntered", {"stateEnteredEventDetails": {"name": "Brew"}}),
    ("PassStateExited", {"stateExitedEventDetails": {"name": "Brew"}}),
    ("ExecutionSucceeded", {}),
]


def run(aws: FakeAws, *statuses: str) -> None:
    """Lets an execution have these statuses, one at each look, and an event more each time."""
    looks = iter(statuses)
    seen = 0

    def describe(executionArn: str) -> Any:
        nonlocal seen
        seen += 1
        return described("mine", status=next(looks))

    def history(executionArn: str, nextToken: str = "0") -> Any:
        at, known = int(nextToken), min(seen, len(HISTORY))
        kind, details = HISTORY[at]
        event = {"id": at + 1, "previousEventId": at, "type": kind, "timestamp": BEGAN, **details}
        return {"events": [event], **({"nextToken": str(at + 1)} if at + 1 < known else {})}

    aws.on("stepfunctions", "DescribeExecution", describe)
    aws.on("stepfunctions", "DescribeStateMachineForExecution", {"definition": json.dumps(DEFINITION)})
    aws.on("stepfunctions", "GetExecutionHistory", history)


def test_execution_is_followed_until_it_has_ended(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    run(aws, "RUNNING", "RUNNING", "RUNNING", "SUCCEEDED")
    seen = list(machines(None).follow("arn:x"))
    assert [len(progress.events) for progress in seen] == [1, 2, 3, 4]
    assert [progress.states[0].status for progress in seen] == [
        "waiting",
        "running",
        "succeeded",
        "succeeded",
    ]
    assert waits == [1.0] * 3
    assert seen[-1].execution == Execution(
        "default", "mine", f"{STATES}:execution:bar-dev:mine", "SUCCEEDED", BEGAN, None
    )


def test_progress_without_a_change_is_not_repeated(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    run(aws, *["RUNNING"] * 7, "FAILED")
    assert len(list(machines(None).follow("arn:x"))) == 5
