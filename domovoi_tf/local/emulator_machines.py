"""Makes MiniStack keep whether state machines are traced, as Step Functions does.

Without it, each plan on the emulator would set the tracing again.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

Operation = Callable[[Mapping[str, Any]], Any]
#: The field of requests and machines, and its value for a machine whose creation does not mention it.
TRACING, NOT_TRACED = "tracingConfiguration", {"enabled": False}


def install() -> None:
    """Installs this into MiniStack, unless a release of it has other names."""
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.services import stepfunctions as service

        service._create_state_machine = _keep_after_creation(service, service._create_state_machine)
        service._update_state_machine = _keep_after_update(service, service._update_state_machine)


def _keep_after_creation(service: Any, create: Operation) -> Operation:
    def create_machine(request: Mapping[str, Any]) -> Any:
        answer = create(request)
        for machine in service._state_machines.values():
            if machine["name"] == request.get("name"):
                machine.setdefault(TRACING, request.get(TRACING, NOT_TRACED))
        return answer

    return create_machine


def _keep_after_update(service: Any, update: Operation) -> Operation:
    def update_machine(request: Mapping[str, Any]) -> Any:
        answer = update(request)
        machine = service._state_machines.get(request.get("stateMachineArn"))
        if machine and TRACING in request:
            machine[TRACING] = request[TRACING]
        return answer

    return update_machine
