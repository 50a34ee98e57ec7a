"""Executions of an app's state machines: which there are, how one goes, and starting another.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.model.names import DEFAULT_FUNCTION, NAME_KEY
from domovoi_tf.operations.account import Account, NotDeployedError, code, explained
from domovoi_tf.operations.deployed_functions import unknown
from domovoi_tf.operations.execution_tree import RUNNING, Event, Node, events, tree
from domovoi_tf.runtime.executions import resolve_machine_name

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.declarations import StateMachine
    from domovoi_tf.settings import Settings

_POLL_SECONDS = 1.0
_EXPRESS = "EXPRESS"


class Execution(NamedTuple):
    """An execution: the name of its machine in the app, its own, and how it stands.

    ``error`` and ``cause`` are what it failed with; ``stopped`` is None while it runs.
    """

    machine: str
    name: str
    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    error: str = ""
    cause: str = ""

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        until = self.stopped or datetime.now(self.started.tzinfo)
        return (until - self.started).total_seconds()


class Progress(NamedTuple):
    """How far an execution got: its states, and its events so far."""

    execution: Execution
    states: tuple[Node, ...]
    events: tuple[Event, ...]


class Machines:
    """The state machines of an app in a stage.

    Args:
        account: where they are deployed.
        application: the app.
        settings: the stage's.
    """

    def __init__(self, account: Account, application: Application, settings: Settings) -> None:
        self._account = account
        self._settings = settings
        self._machines = {machine.name: machine for machine in application.state_machines}
        self._client = account.client("stepfunctions")

    def named(self, name: str | None) -> StateMachine:
        """Returns a machine by its name; the only one, or the one without a name, where that is None.

        Raises:
            DomovoiError: there is no such machine.
        """
        if name is None and len(self._machines) == 1:
            return next(iter(self._machines.values()))
        if name is None and DEFAULT_FUNCTION not in self._machines:
            known = ", ".join(sorted(self._machines))
            if not known:
                raise DomovoiError(
                    "The app has no state machine.", "Declare one: app.register_state_machine(definition)."
                )
            raise DomovoiError("The app has several state machines.", f"Name one of them: {known}.")
        if (name or DEFAULT_FUNCTION) not in self._machines:
            raise unknown("state machine", str(name), self._machines)
        return self._machines[name or DEFAULT_FUNCTION]

    def arn(self, machine: str) -> str:
        """Returns a machine's ARN."""
        name = resolve_machine_name(machine, {NAME_KEY: self._settings.name})
        return self._account.arn("states", f"stateMachine:{name}")

    def list(self, name: str | None, status: str | None, most: int) -> list[Execution]:
        """Returns executions, the newest first.

        Args:
            name: of the machine; None for all of the app.
            status: in Step Functions' words, such as ``FAILED``; None for all.
            most: how many.

        Raises:
            DomovoiError: there is no such machine, or it keeps no executions.
            AwsError: AWS cannot be asked.
        """
        kept = [self.named(name)] if name else [m for m in self._machines.values() if m.type != _EXPRESS]
        if not kept:
            kept = [self.named(None)]
        found = [each for machine in kept for each in self._of(machine, status, most)]
        return sorted(found, key=lambda execution: execution.started, reverse=True)[:most]

    def start(self, name: str | None, data: str, execution: str | None) -> str:
        """Starts an execution, and returns its ARN.

        Args:
            name: of the machine, as `named` takes it.
            data: the input, JSON.
            execution: the execution's name; Step Functions' choice if None.

        Raises:
            DomovoiError: there is no such machine, or an execution of that name.
            AwsError: AWS cannot be asked.
        """
        machine = self.named(name)
        given = {"name": execution} if execution else {}
        with self._explained(machine.name, execution or ""):
            answer = self._client.start_execution(stateMachineArn=self.arn(machine.name), input=data, **given)
        return str(answer["executionArn"])

    def find(self, name: str) -> str:
        """Returns the ARN of an execution of any of the machines by its name; an ARN as it is.

        Raises:
            DomovoiError: there is none.
            AwsError: AWS cannot be asked.
        """
        from botocore.exceptions import ClientError

        if name.startswith("arn:"):
            return name
        for machine in self._machines:
            arn = f"{self.arn(machine).replace(':stateMachine:', ':execution:')}:{name}"
            with explained(), contextlib.suppress(self._client.exceptions.ExecutionDoesNotExist):
                try:
                    self._client.describe_execution(executionArn=arn)
                except ClientError as error:
                    if code(error) in ("StateMachineDoesNotExist", "StateMachineTypeNotSupported"):
                        continue
                    raise
                return arn
        raise DomovoiError(
            f"There is no execution {name!r} {self._account.place}.",
            "`domovoi-tf executions list` says which there are.",
        )

    def data(self, arn: str) -> dict[str, Any]:
        """Returns the input and output of an execution, for who asks for them.

        Raises:
            DomovoiError: there is no such execution.
        """
        with self._explained("", arn):
            found = self._client.describe_execution(executionArn=arn)
        return {key: json.loads(found[key]) for key in ("input", "output") if found.get(key)}

    def progress(self, arn: str) -> Progress:
        """Returns how far an execution got.

        Raises:
            DomovoiError: there is no such execution, or it is an express machine's.
            AwsError: AWS cannot be asked.
        """
        if ":express:" in arn:
            raise _express(arn)
        with self._explained("", arn):
            # The history after the status: what it then says of an end is all there will be.
            found = self._client.describe_execution(executionArn=arn)
            definition = self._client.describe_state_machine_for_execution(executionArn=arn)["definition"]
            pages = self._client.get_paginator("get_execution_history")
            history = [e for page in pages.paginate(executionArn=arn) for e in page["events"]]
            read = tuple(events(history))
            runs = {run: self._counts(run) for run in _runs(read)}
        execution = self._execution(found)
        return Progress(execution, tree(json.loads(definition), read, execution.status, runs), read)

    def follow(self, arn: str) -> Iterator[Progress]:
        """Yields how far an execution got, each time it got further, until it has ended.

        Raises:
            DomovoiError: as of `progress`.
        """
        seen = -1
        while True:
            progress = self.progress(arn)
            over = progress.execution.status != RUNNING
            if over or len(progress.events) > seen or any(_runs(progress.events)):
                seen = len(progress.events)
                yield progress
            if over:
                return
            time.sleep(_POLL_SECONDS)

    def _of(self, machine: StateMachine, status: str | None, most: int) -> Iterator[Execution]:
        if machine.type == _EXPRESS:
            raise _express(machine.name)
        given = {"statusFilter": status} if status else {}
        with self._explained(machine.name, ""):
            pages = self._client.get_paginator("list_executions").paginate(
                stateMachineArn=self.arn(machine.name), PaginationConfig={"MaxItems": most}, **given
            )
            for page in pages:
                yield from map(self._execution, page["executions"])

    def _execution(self, found: Mapping[str, Any]) -> Execution:
        arn = found["stateMachineArn"]
        machine = next((name for name in self._machines if self.arn(name) == arn), arn.rpartition(":")[2])
        return Execution(
            machine=machine,
            name=found["name"],
            arn=found["executionArn"],
            status=found["status"],
            started=found["startDate"],
            stopped=found.get("stopDate"),
            error=found.get("error") or "",
            cause=_words(found.get("cause") or ""),
        )

    def _counts(self, run: str) -> dict[str, Any]:
        return dict(self._client.describe_map_run(mapRunArn=run)["itemCounts"])

    @contextlib.contextmanager
    def _explained(self, machine: str, execution: str) -> Iterator[None]:
        from botocore.exceptions import ClientError

        with explained():
            try:
                yield
            except ClientError as error:
                found = code(error)
                if found == "StateMachineDoesNotExist":
                    what = f"The state machine {machine or 'of the execution'}"
                    raise NotDeployedError(what, self._account, self._settings.stage) from None
                if found == "ExecutionAlreadyExists":
                    raise DomovoiError(
                        f"There is an execution {execution} already, of another input or ended.",
                        "Give another --name: Step Functions takes one once in 90 days.",
                    ) from None
                if found == "ExecutionDoesNotExist":
                    raise DomovoiError(
                        f"There is no execution {execution}.",
                        "`domovoi-tf executions list` says which there are.",
                    ) from None
                raise


def _runs(found: Sequence[Event]) -> list[str]:
    return [str(event.details.get("mapRunArn")) for event in found if event.type == "MapRunStarted"]


def _express(what: str) -> DomovoiError:
    return DomovoiError(
        f"Step Functions keeps no executions of express machines, and {what} is one's.",
        "Give the machine a log_level, and look into its log group.",
    )


def _words(cause: str) -> str:
    """Returns the message of a cause, which Lambda writes as JSON with the traceback."""
    try:
        found = json.loads(cause)
    except ValueError:
        return cause
    return str(found.get("errorMessage", cause)) if isinstance(found, dict) else cause
