"""Step Functions: tasks of a state machine that handlers do, and executions that handlers start.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from ..model.asl import handlers, plain
from ..model.declarations import StateMachine
from ..model.names import DEFAULT_MACHINE
from ..model.trigger import ResourceType, Trigger
from ..runtime.executions import Executions, Machines, new_client, on_aws
from ._shared import resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.declarations import Location
    from ..model.trigger import EventRequest

#: ``app.py`` finds these here, and imports nothing of state machines in an app that has none.
__all__ = ["Executions", "Machines", "handlers", "new_client", "plain"]
TASK, INPUT = "domovoi_task", "input"
ALIAS = "domovoi-stepfunctions-task-"


def _find_state_machine(client: Callable[[str], Any], planned: Mapping[str, Any]) -> str | None:
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    machines = [machine for page in pages for machine in page["stateMachines"]]
    return next((each["stateMachineArn"] for each in machines if each["name"] == planned["name"]), None)


STATE_MACHINE = ResourceType(
    type="aws_sfn_state_machine",
    noun="state machine",
    main_attribute="definition",
    find=_find_state_machine,
)


class Task(Trigger):
    """A state whose work a handler does.

    ``definition`` is the machine's, as declared; it is gone, and the name known, once the task is bound.
    """

    state_name: str
    definition: Any = None
    state_machine_name: str | None = None

    kind = "state_machine"
    resource_types: ClassVar = (STATE_MACHINE, resources.LOG_GROUP, resources.ROLE, resources.ROLE_POLICY)
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

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        name = on_aws(str(self.state_machine_name), deployed)
        states = client("stepfunctions")
        pages = states.get_paginator("list_state_machines").paginate()
        arns = {each["name"]: each["stateMachineArn"] for page in pages for each in page["stateMachines"]}
        started = states.start_execution(stateMachineArn=arns[name], input=data)
        return f"started {started['executionArn']}"


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
    ordered = sorted(keys, key=lambda key: (not key.startswith(f"{DEFAULT_MACHINE}/"), key))
    known = (key for key in ordered if key.partition("/")[2] == state)
    return {TASK: next(known, f"{DEFAULT_MACHINE}/{state}"), INPUT: item}


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
            name = DEFAULT_MACHINE if task.state_machine_name is None else task.state_machine_name
            machines.append(StateMachine(name=name, definition=task.definition, location=location))
    return tuple(machines)


def _machine_of(task: Task, machines: Iterable[StateMachine]) -> StateMachine | None:
    """Returns the machine of a task: the one with its definition, and with its name if it gives one."""
    for machine in machines:
        same = machine.definition is task.definition or machine.definition == task.definition
        if same and task.state_machine_name in (None, machine.name):
            return machine
    return None
