"""Builds the state machines of the stack."""

from __future__ import annotations

from collections.abc import Mapping

from domovoi_tf.hcl.labels import Labels
from domovoi_tf.hcl.syntax import PrefixedName, Reference, TerraformText, interpolate
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, StateMachine
from domovoi_tf.model.names import DEFAULT_MACHINE
from domovoi_tf.state_machines.callbacks import CALLBACK_ACTIONS, has_callback_task
from domovoi_tf.synthesis import stack
from domovoi_tf.triggers.state_machine import Task


def build_state_machines(application: Application, labels: Labels) -> tuple[stack.StateMachine, ...]:
    """Returns the state machines of a valid application, sorted by name."""
    machines = sorted(
        application.state_machines, key=lambda machine: (machine.name != DEFAULT_MACHINE, machine.name)
    )
    return tuple(_build_state_machine(machine, application, labels) for machine in machines)


def grant_function(function: Function, application: Application) -> dict[str, tuple[stack.Statement, ...]]:
    """Returns the statements about state machines for the execution role of a function.

    Its handlers may start the machines that the function declares, or all, and complete tasks of those that
    wait for a callback.
    """
    starts = function.starts
    machines = [each for each in application.state_machines if starts is None or each.name in starts]
    if not machines:
        return {}
    arns = tuple(sorted(_build_arn(machine.name) for machine in machines))
    callback_arns = tuple(
        sorted(_build_arn(machine.name) for machine in machines if has_callback_task(machine))
    )
    statements = [stack.Statement(("states:StartExecution",), arns)]
    if callback_arns:
        statements.insert(0, stack.Statement(CALLBACK_ACTIONS, callback_arns))
    return {"states": tuple(statements)}


def split_aws_name(name: str) -> tuple[str, ...]:
    """Returns the parts of a machine's name on AWS."""
    return (Reference("var.name"),) if name == DEFAULT_MACHINE else (Reference("var.name"), f"-{name}")


def find_tasks(application: Application, machine: StateMachine) -> Mapping[str, Task]:
    """Returns the tasks of a machine that have handlers, by the state's name."""
    triggers = (route.trigger for route in application.routes)
    return {
        task.state_name: task
        for task in triggers
        if isinstance(task, Task) and task.state_machine_name == machine.name
    }


def _build_state_machine(
    machine: StateMachine, application: Application, labels: Labels
) -> stack.StateMachine:
    from domovoi_tf.state_machines import compiler  # only apps with a machine wait for this import

    tasks = find_tasks(application, machine).items()
    functions = {state: labels.get_function(task.function) for state, task in tasks}
    return stack.StateMachine(
        name=machine.name,
        label=labels.machines[machine.name],
        aws_name=Reference("var.name")
        if machine.name == DEFAULT_MACHINE
        else PrefixedName(f"-{machine.name}"),
        arn=_build_arn(machine.name),
        file=machine.location.file,
        path=f"state_machines/{machine.name}.asl.json",
        definition=compiler.build_template(machine.definition, machine.name, functions.get),
        functions={
            label: TerraformText(
                f"merge(module.{label}.function, {{ alias_arn = module.{label}.attributes.alias_arn }})"
            )
            for label in sorted(set(functions.values()))
        },
        type=machine.type,
        log_level=machine.log_level,
        include_execution_data=machine.include_execution_data,
        tracing=machine.tracing,
        statements=_build_statements(machine),
        policy=None if machine.policy is None else {"Version": "2012-10-17", "Statement": machine.policy},
    )


def _build_statements(machine: StateMachine) -> dict[str, tuple[stack.Statement, ...]]:
    """Returns one statement for each set of actions, by concern."""
    from domovoi_tf.state_machines.service_permissions import Permissions, derive_permissions

    resources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for permissions in derive_permissions(machine.definition, split_aws_name(machine.name)):
        if isinstance(permissions, Permissions):
            key = (permissions.concern, permissions.actions)
            resources.setdefault(key, set()).update(permissions.resources)
    return stack.group_statements(resources)


def _build_arn(name: str) -> str:
    return interpolate(Reference("local.arns.states"), ":stateMachine:", *split_aws_name(name))
