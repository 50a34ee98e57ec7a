"""Step Functions: handlers that do the tasks of a state machine, and start its executions.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from ..model.asl import find_handlers
from ..model.declarations import StateMachine
from ..model.names import DEFAULT_MACHINE
from ..model.trigger import Trigger
from ..runtime.executions import Executions, Machines, create_client, resolve_machine_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ..model.asl import Definition
    from ..model.declarations import Location
    from ..model.event_request import EventRequest, SentPayload
    from ..model.resource_type import ResourceType

#: ``app.py`` uses these through this module, so that an app without state machines imports none of them.
__all__ = ["Executions", "Machines", "create_client", "find_handlers"]
TASK, INPUT = "domovoi_task", "input"
ALIAS = "domovoi-stepfunctions-task-"


class Task(Trigger):
    """A task state that a handler performs.

    ``definition`` is the declared one of the state machine. A bound task has the name of its state machine
    instead.
    """

    state_name: str
    definition: Any = None
    state_machine_name: str | None = None

    kind = "state_machine"
    exclusive = True
    has_call = False  # the state machine has one
    setting = "state_machines"

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.STATE_MACHINE, resources.LOG_GROUP, resources.ROLE, resources.ROLE_POLICY)

    def bind(self, machines: Sequence[StateMachine]) -> Task:
        machine = _find_machine(self, machines)
        name = machine.name if machine else self.state_machine_name
        return Task(
            state_name=self.state_name,
            state_machine_name=name,
            function=self.function,
            handler_name=self.handler_name,
        )

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return f"{self.state_machine_name}/{self.state_name}"

    def subject(self, handler: str) -> object:
        return self.key(handler)

    def spell_source(self) -> str:
        name = self.state_machine_name
        return self.state_name if name in (None, DEFAULT_MACHINE) else f"{name}-{self.state_name}"

    def describe(self) -> str:
        name = self.state_machine_name
        return f"state {self.state_name}" + (
            "" if name == DEFAULT_MACHINE else f" of the state machine {name}"
        )

    def summary(self) -> str:
        name = self.state_machine_name
        return "state machine" if name == DEFAULT_MACHINE else f"state machine {name}"

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def handle(event: Any, context: Any) -> Any:
            if context is not None:
                context.stepfunctions_task_name = self.state_name
            return handler(event, context)

        return handle

    def event(self, request: EventRequest) -> dict[str, Any]:
        return {TASK: self.key(request.handler), INPUT: request.payload}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        name = resolve_machine_name(str(self.state_machine_name), deployed)
        states = client("stepfunctions")
        pages = states.get_paginator("list_state_machines").paginate()
        arns = {each["name"]: each["stateMachineArn"] for page in pages for each in page["stateMachines"]}
        started = states.start_execution(stateMachineArn=arns[name], input=payload.json)
        return f"started {started['executionArn']}"


def step_function_task(
    state_name: str,
    state_machine_definition: Definition | Executions,
    *,
    state_machine_name: str | None = None,
    function: str = "",
    name: str | None = None,
) -> Task:
    """Calls the handler with the input of a task state; the handler's result is the result of the task.

    Args:
        state_name: the name of the state in the definition. In the handler it is
            ``context.stepfunctions_task_name``.
        state_machine_definition: the definition in Amazon States Language, as a dict or as the path of a JSON
            or YAML file in the project, or the return value of ``app.register_state_machine``.
        state_machine_name: the last part of the state machine's name on AWS, ``<app>-<stage>-<name>``. An app
            may have one state machine without a name, which is called ``<app>-<stage>``.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

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
        handler_name=name,
    )


declare = step_function_task


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the names of the state machine and the state as a key, or no key if the event is of no task."""
    task = item.get(TASK)
    return (task,) if isinstance(task, str) and INPUT in item else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the task's input."""
    return item[INPUT]


def make_addresser(keys: Iterable[str]) -> Callable[[Any, Any], Any]:
    """Returns a function that gives events of state machines that Domovoi deployed the form of domovoi-tf's.

    Those of Domovoi send the input alone, and invoke the function by an alias that names the state.

    Args:
        keys: the keys of the function's tasks.
    """
    separator = f":{ALIAS}"
    by_state: dict[str, str] = {}

    def add_key(event: Any, context: Any) -> Any:
        arn = str(getattr(context, "invoked_function_arn", ""))
        if separator not in arn:
            return event
        if not by_state:  # the machine without a name has precedence
            default = f"{DEFAULT_MACHINE}/"
            ordered = sorted(keys, key=lambda key: (not key.startswith(default), key), reverse=True)
            by_state.update((key.partition("/")[2], key) for key in ordered)
        state = arn.rpartition(separator)[2]
        return {TASK: by_state.get(state, f"{DEFAULT_MACHINE}/{state}"), INPUT: event}

    return add_key


def collect_machines(
    registered: Sequence[StateMachine], tasks: Iterable[tuple[Task, Location]]
) -> tuple[StateMachine, ...]:
    """Returns an app's state machines: the registered ones, and those that only tasks declare.

    Args:
        registered: the state machines declared with ``app.register_state_machine``.
        tasks: the declared tasks with their locations.
    """
    machines = list(registered)
    for task, location in sorted(tasks, key=lambda each: each[0].state_machine_name is None):
        if _find_machine(task, machines) is None:
            name = DEFAULT_MACHINE if task.state_machine_name is None else task.state_machine_name
            machines.append(StateMachine(name=name, definition=task.definition, location=location))
    return tuple(machines)


def _find_machine(task: Task, machines: Iterable[StateMachine]) -> StateMachine | None:
    """Returns the state machine with the definition of a task, and with its name if the task has one."""
    for machine in machines:
        is_same = machine.definition is task.definition or machine.definition == task.definition
        if is_same and task.state_machine_name in (None, machine.name):
            return machine
    return None
