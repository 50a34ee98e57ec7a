"""Starts, lists and follows executions of an app's state machines.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import DomovoiError
from domovoi_tf.model.names import DEFAULT_MACHINE, NAME_KEY
from domovoi_tf.operations.account import (
    Account,
    NotDeployedError,
    get_error_code,
    translate_errors,
)
from domovoi_tf.operations.deployed_functions import make_unknown_name_error
from domovoi_tf.operations.execution import Execution, Progress, parse_execution
from domovoi_tf.operations.execution_tree import RUNNING, Event, assign_states, build_tree
from domovoi_tf.runtime.executions import resolve_machine_name
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import parse_json

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.declarations import StateMachine
    from domovoi_tf.settings import Settings

_POLL_SECONDS = 1.0
_EXPRESS = "EXPRESS"


class Machines:
    """The state machines of an app in a stage.

    Args:
        account: the account and Region.
        application: the app.
        settings: the stage's settings.
    """

    def __init__(self, account: Account, application: Application, settings: Settings) -> None:
        self._account = account
        self._settings = settings
        self._machines = {machine.name: machine for machine in application.state_machines}
        self._client = account.create_client("stepfunctions")

    def find_machine(self, name: str | None) -> StateMachine:
        """Returns a state machine by its name.

        Args:
            name: the name; None for the app's only state machine, or for the one without a name.

        Raises:
            DomovoiError: there is no such state machine, or there are several.
        """
        if name is None and len(self._machines) == 1:
            return next(iter(self._machines.values()))
        if name is None and DEFAULT_MACHINE not in self._machines:
            known = ", ".join(sorted(self._machines))
            if not known:
                raise DomovoiError(
                    "The app has no state machine.", "Declare one: app.register_state_machine(definition)."
                )
            raise DomovoiError("The app has several state machines.", f"Name one of them: {known}.")
        if (name or DEFAULT_MACHINE) not in self._machines:
            raise make_unknown_name_error("state machine", str(name), self._machines)
        return self._machines[name or DEFAULT_MACHINE]

    def build_arn(self, machine: str) -> str:
        """Returns the ARN of a state machine.

        Args:
            machine: its name in the app.
        """
        name = resolve_machine_name(machine, {NAME_KEY: self._settings.name})
        return self._account.build_arn("states", f"stateMachine:{name}")

    def list_executions(self, name: str | None, status: str | None, limit: int) -> list[Execution]:
        """Returns executions, newest first.

        Args:
            name: the name of the state machine; None for all of the app that are not express.
            status: the status, such as ``FAILED``; None for any.
            limit: the maximum number of executions.

        Raises:
            DomovoiError: there is no such state machine, or it is an express one, which keeps no executions.
            AwsError: AWS could not be reached, or refused a request.
        """
        machines = [self.find_machine(name)] if name else self._list_standard_machines()
        executions = [
            execution
            for machine in machines or [self.find_machine(None)]
            for execution in self._list_machine_executions(machine, status, limit)
        ]
        return sorted(executions, key=lambda execution: execution.started, reverse=True)[:limit]

    def start(self, name: str | None, data: str, execution: str | None) -> str:
        """Starts an execution, and returns its ARN.

        Args:
            name: the name of the state machine, as for `find_machine`.
            data: the input, as JSON.
            execution: the name of the execution; None to let Step Functions choose one.

        Raises:
            DomovoiError: there is no such state machine, or an execution with that name exists.
            AwsError: AWS could not be reached, or refused the request.
        """
        machine = self.find_machine(name)
        options = {"name": execution} if execution else {}
        with self._translate_errors(machine.name, execution or ""):
            response = self._client.start_execution(
                stateMachineArn=self.build_arn(machine.name), input=data, **options
            )
        return str(response["executionArn"])

    def find_execution(self, name: str) -> str:
        """Returns the ARN of an execution of any state machine of the app.

        Args:
            name: the name of the execution; an ARN is returned unchanged.

        Raises:
            DomovoiError: there is no such execution.
            AwsError: AWS could not be reached, or refused a request.
        """
        from botocore.exceptions import ClientError

        if name.startswith("arn:"):
            return name
        for machine in self._machines:
            arn = f"{self.build_arn(machine).replace(':stateMachine:', ':execution:')}:{name}"
            with translate_errors(), contextlib.suppress(self._client.exceptions.ExecutionDoesNotExist):
                try:
                    self._client.describe_execution(executionArn=arn)
                except ClientError as error:
                    if get_error_code(error) in ("StateMachineDoesNotExist", "StateMachineTypeNotSupported"):
                        continue
                    raise
                return arn
        raise DomovoiError(f"There is no execution {name!r} {self._account.location}.", self._suggest_list())

    def read_data(self, arn: str) -> dict[str, Any]:
        """Returns the input and output of an execution.

        Args:
            arn: the ARN of the execution.

        Raises:
            DomovoiError: there is no such execution.
            AwsError: AWS could not be reached, or refused the request.
        """
        with self._translate_errors("", arn):
            response = self._client.describe_execution(executionArn=arn)
        return {key: _parse_data(response[key]) for key in ("input", "output") if response.get(key)}

    def read_progress(self, arn: str) -> Progress:
        """Returns the progress of an execution.

        Args:
            arn: the ARN of the execution.

        Raises:
            DomovoiError: there is no such execution, or its state machine is an express one.
            AwsError: AWS could not be reached, or refused a request.
        """
        if ":express:" in arn:
            raise _make_express_error(arn)
        with self._translate_errors("", arn):
            # The status before the history: if the execution has ended, the history is then complete.
            response = self._client.describe_execution(executionArn=arn)
            definition = self._client.describe_state_machine_for_execution(executionArn=arn)["definition"]
            pages = self._client.get_paginator("get_execution_history")
            history = [e for page in pages.paginate(executionArn=arn) for e in page["events"]]
            events = tuple(assign_states(history))
            map_runs = {run: self._read_item_counts(run) for run in _list_map_runs(events)}
        execution = self._parse_execution(response)
        states = build_tree(json.loads(definition), events, execution.status, map_runs)
        return Progress(execution, states, events)

    def follow(self, arn: str) -> Iterator[Progress]:
        """Yields the progress of an execution whenever it changes, until the execution has ended.

        Args:
            arn: the ARN of the execution.

        Raises:
            DomovoiError: there is no such execution, or its state machine is an express one.
            AwsError: AWS could not be reached, or refused a request.
        """
        count = -1
        while True:
            progress = self.read_progress(arn)
            has_ended = progress.execution.status != RUNNING
            if has_ended or len(progress.events) > count or any(_list_map_runs(progress.events)):
                count = len(progress.events)
                yield progress
            if has_ended:
                return
            time.sleep(_POLL_SECONDS)

    def _list_standard_machines(self) -> list[StateMachine]:
        return [machine for machine in self._machines.values() if machine.type != _EXPRESS]

    def _list_machine_executions(
        self, machine: StateMachine, status: str | None, limit: int
    ) -> Iterator[Execution]:
        if machine.type == _EXPRESS:
            raise _make_express_error(machine.name)
        options = {"statusFilter": status} if status else {}
        with self._translate_errors(machine.name, ""):
            pages = self._client.get_paginator("list_executions").paginate(
                stateMachineArn=self.build_arn(machine.name), PaginationConfig={"MaxItems": limit}, **options
            )
            for page in pages:
                yield from map(self._parse_execution, page["executions"])

    def _parse_execution(self, description: Mapping[str, Any]) -> Execution:
        arn = description["stateMachineArn"]
        machine = next(
            (name for name in self._machines if self.build_arn(name) == arn), arn.rpartition(":")[2]
        )
        return parse_execution(description, machine)

    def _suggest_list(self) -> str:
        return f"List the executions with `{spell('executions list', self._settings.stage)}`."

    def _read_item_counts(self, map_run: str) -> dict[str, Any]:
        return dict(self._client.describe_map_run(mapRunArn=map_run)["itemCounts"])

    @contextlib.contextmanager
    def _translate_errors(self, machine: str, execution: str) -> Iterator[None]:
        from botocore.exceptions import ClientError

        with translate_errors():
            try:
                yield
            except ClientError as error:
                code = get_error_code(error)
                if code == "StateMachineDoesNotExist":
                    resource = f"The state machine {machine or 'of the execution'}"
                    raise NotDeployedError(resource, self._account, self._settings.stage) from None
                if code == "ExecutionAlreadyExists":
                    raise DomovoiError(
                        f"An execution named {execution} already exists, and has ended or has another input.",
                        "Use another --name. Step Functions accepts a name again after 90 days.",
                    ) from None
                if code == "ExecutionDoesNotExist":
                    raise DomovoiError(f"There is no execution {execution}.", self._suggest_list()) from None
                raise


def _parse_data(text: str) -> Any:
    """Returns an input or output; as text if it is nested too deeply."""
    try:
        return parse_json(text)
    except ValueError:
        return text


def _list_map_runs(events: Sequence[Event]) -> list[str]:
    return [str(event.details.get("mapRunArn")) for event in events if event.type == "MapRunStarted"]


def _make_express_error(name: str) -> DomovoiError:
    return DomovoiError(
        f"{name} is express: Step Functions keeps no executions of express state machines.",
        "Set the log_level of the state machine, and look at its log group.",
    )
