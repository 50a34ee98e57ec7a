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
    """Starts executions of one state machine of the app, from a handler.

    Args:
        machine: the state machine.
        context: returns Lambda's context object of the event that is being handled, if any.
        client: returns the boto3 client of Step Functions.
    """

    def __init__(self, machine: StateMachine, context: Callable[[], Any], client: Callable[[], Any]) -> None:
        self.machine = machine
        self._context = context
        self._client = client

    @property
    def arn(self) -> str:
        """The state machine's ARN, known inside a handler.

        Raises:
            DomovoiError: no event is being handled, or the context has no ARN of the function.
        """
        function = str(getattr(self._context(), "invoked_function_arn", "")).split(":")
        if len(function) < 7:
            raise DomovoiError(
                f"The ARN of the state machine {self.machine.name} is known to a deployed handler only.",
                "Start executions in a handler, whose context has the function's ARN.",
            )
        _, partition, _, region, account = function[:5]
        name = on_aws(self.machine.name)
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{name}"

    def start_execution(self, **input: Any) -> Any:
        """Starts an execution, and returns Step Functions' answer, with the ``executionArn``.

        Args:
            input: the execution's input.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        return self._start(input)

    def start_named_execution(self, execution_name: str, /, **input: Any) -> Any:
        """Starts an execution with a name, which a standard machine takes once in 90 days.

        Args:
            execution_name: the execution's name.
            input: the execution's input.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        return self._start(input, name=execution_name)

    def _start(self, input: Mapping[str, Any], **more: str) -> Any:
        return self._client().start_execution(stateMachineArn=self.arn, input=json.dumps(input), **more)


def new_client() -> Any:
    """Creates the client that starts executions; boto3 comes with Lambda's runtime and is slow to import."""
    import boto3

    return boto3.client("stepfunctions")


class Machines(dict):  # type: ignore[type-arg]
    """An app's state machines by name."""

    def __missing__(self, name: object) -> Executions:
        raise DomovoiError(
            f"The app has no state machine {name!r}.", f"It has: {', '.join(sorted(self)) or 'none'}."
        )


def on_aws(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Returns a machine's name on AWS.

    Args:
        name: its name in the app.
        environ: the function's environment; that of this process by default.
    """
    whole = resolve(Scoped(name="" if name == DEFAULT_MACHINE else name), environ)
    return whole[:-1] if name == DEFAULT_MACHINE else whole
