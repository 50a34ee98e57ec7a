"""State machines: from what the app declares to what the templates print."""

from __future__ import annotations

from collections.abc import Mapping

from domovoi_tf import asl, stack
from domovoi_tf.hcl import Prefixed, Reference, joined
from domovoi_tf.labels import function_label
from domovoi_tf.model import Application, StateMachine
from domovoi_tf.triggers.state_machine import DEFAULT, Task


def synthesize(application: Application) -> tuple[stack.StateMachine, ...]:
    """Returns an app's state machines, sorted by name. The application must be valid."""
    machines = sorted(application.state_machines, key=lambda machine: (machine.name != DEFAULT, machine.name))
    return tuple(_machine(machine, application) for machine in machines)


def services(application: Application) -> tuple[str, ...]:
    """Returns the services of which ARNs are put together from names."""
    return ("states",) if application.state_machines else ()


def granted(application: Application) -> dict[str, tuple[stack.Statement, ...]]:
    """Returns what every function may do with the app's state machines: its handlers may start any."""
    arns = tuple(sorted(_arn(machine.name) for machine in application.state_machines))
    return {"states": (stack.Statement(("states:StartExecution",), arns),)} if arns else {}


def tasks(application: Application, machine: StateMachine) -> Mapping[str, Task]:
    """Returns the tasks of a machine that handlers do, by the state's name."""
    triggers = (route.trigger for route in application.routes)
    return {
        task.state_name: task
        for task in triggers
        if isinstance(task, Task) and task.state_machine_name == machine.name
    }


def _machine(machine: StateMachine, application: Application) -> stack.StateMachine:
    functions = {state: task.function for state, task in tasks(application, machine).items()}
    labels = {state: function_label(function) for state, function in functions.items()}
    return stack.StateMachine(
        name=machine.name,
        label="state_machine" if machine.name == DEFAULT else f"state_machine_{machine.name}",
        aws_name=Reference("var.name") if machine.name == DEFAULT else Prefixed(f"-{machine.name}"),
        location=str(machine.location),
        path=f"state_machines/{machine.name}.asl.json",
        definition=asl.template(machine.definition, machine.name, labels.get),
        functions={label: Reference(f"module.{label}.function") for label in sorted(set(labels.values()))},
        type=machine.type,
        log_level=machine.log_level,
        include_execution_data=machine.include_execution_data,
        tracing=machine.tracing,
        statements={},
        policy=None if machine.policy is None else {"Version": "2012-10-17", "Statement": machine.policy},
    )


def _arn(name: str) -> str:
    suffix = () if name == DEFAULT else (f"-{name}",)
    return joined(Reference("local.arns.states"), ":stateMachine:", Reference("var.name"), *suffix)
