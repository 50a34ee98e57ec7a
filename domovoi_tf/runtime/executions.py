"""Starts executions of the app's state machines from a handler."""

from __future__ import annotations

import json

from ..errors import DomovoiError
from ..model.names import DEFAULT_MACHINE, Scoped, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..model.declarations import StateMachine


class Executions:
    """Starts executions of one state machine of the app.

    Args:
        machine: the state machine.
        context: returns Lambda's context object of the current event, or None outside a handler.
        client: returns the boto3 client of Step Functions.
    """

    def __init__(self, machine: StateMachine, context: Callable[[], Any], client: Callable[[], Any]) -> None:
        self.machine = machine
        self._context = context
        self._client = client

    @property
    def arn(self) -> str:
        """The ARN of the state machine, which is known inside a handler.

        Raises:
            DomovoiError: no event is being handled, or the context has no ``invoked_function_arn``.
        """
        function = str(getattr(self._context(), "invoked_function_arn", "")).split(":")
        if len(function) < 7:
            raise DomovoiError(
                f"The ARN of the state machine {self.machine.name} is known only inside a deployed handler.",
                "Start executions while a handler runs: its context has the ARN that this one derives from.",
            )
        _, partition, _, region, account = function[:5]
        name = resolve_machine_name(self.machine.name)
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{name}"

    def start_execution(self, **input: Any) -> Any:
        """Starts an execution and returns the response of Step Functions, with the ``executionArn``.

        Args:
            **input: the input of the execution.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        return self._start(input)

    def start_named_execution(self, execution_name: str = "", /, **input: Any) -> Any:
        """Starts an execution with a name, which a standard state machine accepts once in 90 days.

        Args:
            execution_name: the name of the execution. It can also be passed as ``name=``.
            **input: the input of the execution.

        Raises:
            TypeError: there is no name.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        name = execution_name or input.pop("name", "")
        if not name:
            raise TypeError("start_named_execution() needs the name of the execution as its first argument")
        return self._start(input, name=name)

    def _start(self, input: Mapping[str, Any], **options: str) -> Any:
        return self._client().start_execution(stateMachineArn=self.arn, input=json.dumps(input), **options)


def create_client() -> Any:
    """Creates the client that starts executions. Lambda's runtime has boto3, which is slow to import."""
    import boto3

    return boto3.client("stepfunctions")


class Machines(dict[str, Executions]):
    """The state machines of an app, by name."""

    def __missing__(self, name: object) -> Executions:
        raise DomovoiError(
            f"The app has no state machine {name!r}.",
            f"It has: {', '.join(sorted(self))}."
            if self
            else "Declare one: app.register_state_machine(...).",
        )


def resolve_machine_name(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Returns the name of a state machine on AWS.

    Args:
        name: its name in the app.
        environ: the function's environment; by default that of this process.
    """
    full_name = resolve(Scoped(name="" if name == DEFAULT_MACHINE else name), environ)
    return full_name[:-1] if name == DEFAULT_MACHINE else full_name
