"""State machines in MiniStack, which is replaced in parts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from domovoi_tf.local import emulator_machines

ministack = pytest.importorskip("ministack.services.stepfunctions")
ROLE = "arn:aws:iam::000000000000:role/states"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Any:
    """MiniStack's Step Functions with the replaced parts, without the machines of other tests."""
    for name in ("_create_state_machine", "_update_state_machine"):
        monkeypatch.setattr(ministack, name, getattr(ministack, name))
    emulator_machines.install()
    yield ministack
    for arn in list(ministack._state_machines):
        ministack._delete_state_machine({"stateMachineArn": arn})


def create(service: Any, **more: Any) -> str:
    """Creates a machine and returns its ARN."""
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    request = {"name": "bar", "roleArn": ROLE, "definition": definition, **more}
    return str(json.loads(service._create_state_machine(request)[2])["stateMachineArn"])


def describe_tracing(service: Any, arn: str) -> object:
    return json.loads(service._describe_state_machine({"stateMachineArn": arn})[2])["tracingConfiguration"]


def test_machine_is_not_traced_unless_its_creation_says_so(service: Any) -> None:
    assert describe_tracing(service, create(service)) == {"enabled": False}
    traced = create(service, name="traced", tracingConfiguration={"enabled": True})
    assert describe_tracing(service, traced) == {"enabled": True}


def test_update_changes_the_tracing_only_if_it_mentions_it(service: Any) -> None:
    arn = create(service, tracingConfiguration={"enabled": True})
    service._update_state_machine({"stateMachineArn": arn, "loggingConfiguration": {"level": "OFF"}})
    assert describe_tracing(service, arn) == {"enabled": True}
    service._update_state_machine({"stateMachineArn": arn, "tracingConfiguration": {"enabled": False}})
    assert describe_tracing(service, arn) == {"enabled": False}


def test_rejected_creation_is_answered_as_before(service: Any) -> None:
    status, _, body = service._create_state_machine({"name": "", "roleArn": ROLE})
    assert (status, json.loads(body)["message"]) == (400, "name is required")


def test_other_release_of_ministack_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace()
    monkeypatch.setattr("ministack.services.stepfunctions", other)
    emulator_machines.install()
    assert vars(other) == {}
