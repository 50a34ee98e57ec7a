"""Step Functions: tasks of a state machine that handlers do, and executions that handlers start.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

import json

from ..errors import DomovoiError
from ..model.declarations import StateMachine
from ..model.names import DEFAULT_FUNCTION, Scoped, resolve
from . import Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..app import Domovoi
    from ..model.declarations import Location

#: The name that a machine without one goes by: its name on AWS is the default function's.
DEFAULT = DEFAULT_FUNCTION
TASK, INPUT = "domovoi_task", "input"
ALIAS = "domovoi-stepfunctions-task-"
#: The fields of a state that hold machines, and whether each is a list.
NESTED = {"Branches": True, "Iterator": False, "ItemProcessor": False}


class Task(Trigger):
    """A state whose work a handler does.

    ``definition`` is the machine's, as declared; it is gone, and the name known, once the task is bound.
    """

    state_name: str
    definition: Any = None
    state_machine_name: str | None = None

    kind = "state_machine"
    exclusive = True

    def bind(self, machines: Sequence[StateMachine]) -> Task:
        machine = _machine_of(self, machines)
        name = machine.name if machine else self.state_machine_name
        return Task(state_name=self.state_name, state_machine_name=name, function=self.function)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return f"{self.state_machine_name}/{self.state_name}"

    def subject(self, handler: str) -> object:
        return self.key(handler)

    def describe(self) -> str:
        name = self.state_machine_name
        return f"state {self.state_name}" + ("" if name == DEFAULT else f" of the state machine {name}")

    def summary(self) -> str:
        name = self.state_machine_name
        return "state machine" if name == DEFAULT else f"state machine {name}"

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def handle(event: Any, context: Any) -> Any:
            if context is not None:
                context.stepfunctions_task_name = self.state_name
            return handler(event, context)

        return handle

    def event(
        self,
        handler: str,
        payload: Any,
        deployed: Mapping[str, str],
        fields: Mapping[str, Any] = {},
        number: int = 1,
    ) -> dict[str, Any]:
        return {TASK: self.key(handler), INPUT: payload}

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        name = on_aws(str(self.state_machine_name), deployed)
        states = client("stepfunctions")
        pages = states.get_paginator("list_state_machines").paginate()
        arns = {each["name"]: each["stateMachineArn"] for page in pages for each in page["stateMachines"]}
        started = states.start_execution(stateMachineArn=arns[name], input=data)
        return f"started {started['executionArn']}"


class Executions:
    """Starts executions of a state machine of the app, from a handler."""

    def __init__(self, app: Domovoi, machine: StateMachine) -> None:
        self.machine = machine
        self._app = app

    @property
    def arn(self) -> str:
        """The state machine's ARN, known inside a handler.

        Raises:
            DomovoiError: no event is being handled, or the context has no ARN of the function.
        """
        function = str(getattr(self._app.lambda_context, "invoked_function_arn", "")).split(":")
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
        if self._app.step_functions is None:
            import boto3

            self._app.step_functions = boto3.client("stepfunctions")
        return self._app.step_functions.start_execution(
            stateMachineArn=self.arn, input=json.dumps(input), **more
        )


class Machines(dict):  # type: ignore[type-arg]
    """An app's state machines by name."""

    def __missing__(self, name: object) -> Executions:
        raise DomovoiError(
            f"The app has no state machine {name!r}.", f"It has: {', '.join(sorted(self)) or 'none'}."
        )


def step_function_task(
    state_name: str,
    state_machine_definition: Any,
    *,
    state_machine_name: str | None = None,
    function: str = "",
) -> Task:
    """Calls the handler with the input of a task state, and makes its result the task's.

    Args:
        state_name: the state's name in the definition; ``context.stepfunctions_task_name`` in the handler.
        state_machine_definition: the machine in Amazon States Language, as a dict or as the path of a JSON or
            YAML file in the project; or what ``app.register_state_machine`` returned.
        state_machine_name: the machine is called ``<app>-<stage>-<name>``; one without a name, of which an
            app may have one, ``<app>-<stage>``.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
    """
    if isinstance(state_machine_definition, Executions):
        machine = state_machine_definition.machine
        state_machine_definition, state_machine_name = machine.definition, machine.name
    return Task(
        state_name=state_name,
        definition=state_machine_definition,
        state_machine_name=state_machine_name,
        function=function,
    )


declare = step_function_task


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the machine's and the state's name, or nothing where the event is not from a task."""
    task = item.get(TASK)
    return (task,) if isinstance(task, str) and INPUT in item else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the task's input."""
    return item[INPUT]


def addressed(item: Any, context: Any, keys: Iterable[str]) -> Any:
    """Returns the event as this package's machines send it, where one that Domovoi deployed sent it.

    Such a machine passes the input alone, and names the state in the alias by which it invokes the function.

    Args:
        item: the event.
        context: Lambda's context object.
        keys: those of the function's tasks.
    """
    _, found, state = str(getattr(context, "invoked_function_arn", "")).rpartition(f":{ALIAS}")
    if not found:
        return item
    ordered = sorted(keys, key=lambda key: (not key.startswith(f"{DEFAULT}/"), key))
    known = (key for key in ordered if key.partition("/")[2] == state)
    return {TASK: next(known, f"{DEFAULT}/{state}"), INPUT: item}


def on_aws(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Returns a machine's name on AWS.

    Args:
        name: its name in the app.
        environ: the function's environment; that of this process by default.
    """
    whole = resolve(Scoped(name="" if name == DEFAULT else name), environ)
    return whole[:-1] if name == DEFAULT else whole


def collected(
    registered: Sequence[StateMachine], tasks: Iterable[tuple[Task, Location]]
) -> tuple[StateMachine, ...]:
    """Returns an app's machines: those that were registered, and those that only tasks speak of.

    Args:
        registered: machines in their own right.
        tasks: tasks as declared, with where.
    """
    machines = list(registered)
    for task, location in sorted(tasks, key=lambda each: each[0].state_machine_name is None):
        if _machine_of(task, machines) is None:
            name = DEFAULT if task.state_machine_name is None else task.state_machine_name
            machines.append(StateMachine(name=name, definition=task.definition, location=location))
    return tuple(machines)


def _machine_of(task: Task, machines: Iterable[StateMachine]) -> StateMachine | None:
    """Returns the machine of a task: the one with its definition, and with its name if it gives one."""
    for machine in machines:
        same = machine.definition is task.definition or machine.definition == task.definition
        if same and task.state_machine_name in (None, machine.name):
            return machine
    return None


def states(definition: Any, above: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields every state of a definition: its path, its name, and itself.

    Args:
        definition: in Amazon States Language; what is malformed is passed over.
        above: the path of what holds it.
    """
    inside = definition.get("States") if isinstance(definition, dict) else None
    for name, state in inside.items() if isinstance(inside, dict) else ():
        path = f"{above}{name}"
        if isinstance(state, dict):
            yield path, name, state
            for field, listed in NESTED.items():
                if listed and isinstance(state.get(field), (list, tuple)):
                    for number, branch in enumerate(state[field]):
                        yield from states(branch, f"{path}.{field}[{number}].")
                elif not listed:
                    yield from states(state.get(field), f"{path}.{field}.")


def handlers(definition: Any) -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    """Yields the functions that stand in a definition where an ARN would, each with its state's name."""
    for _, name, state in states(definition):
        places = [state, state.get("Parameters"), state.get("Arguments")]
        for place, field in zip(places, ("Resource", "FunctionName", "FunctionName"), strict=True):
            if isinstance(place, dict) and callable(place.get(field)):
                yield name, place[field]


def plain(value: Any) -> Any:
    """Returns a definition without the functions that stand in it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not callable(item)}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
