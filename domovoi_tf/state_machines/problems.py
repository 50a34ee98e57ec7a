"""Checks state machines: their settings, their definitions and the handlers of their tasks.

https://states-language.net/spec.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Application
from domovoi_tf.model.asl import walk_states
from domovoi_tf.model.declarations import StateMachine
from domovoi_tf.model.trigger import Route
from domovoi_tf.state_machines import compiler, linter
from domovoi_tf.state_machines.service_permissions import UnknownPermissions, derive_permissions
from domovoi_tf.state_machines.transitions import check_transitions, suggest_state
from domovoi_tf.triggers.state_machine import Task

TYPES, LOG_LEVELS = ("STANDARD", "EXPRESS"), ("ALL", "ERROR", "FATAL", "OFF")
MAX_STATE_NAME_LENGTH = 80
#: In bytes; https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DEFINITION_BYTES = 1024 * 1024
#: The longest ARN that a function can have, for estimating the size of a compiled definition.
_LONGEST_ARN = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:" + "f" * 64
_POLICY_EXAMPLE = '..., policy=[{"Effect": "Allow", "Action": [...], "Resource": [...]}]'
_PAYLOAD_REMEDY = 'Use a dict with the handler\'s input: {"Payload": ...}.'
_NO_HANDLER, _TASK_DECORATOR = "the task has neither a handler", "step_function_task "
_SCALAR_TYPES = (str, bool, int, float, type(None))

Finding = tuple[str, str, str]


def check_state_machine(machine: StateMachine, application: Application) -> Iterator[Problem]:
    """Yields problems of a state machine's settings, of its definition and of the handlers of its tasks.

    Args:
        machine: the machine.
        application: the application that declares it.
    """
    routes = [
        route
        for route in application.routes
        if isinstance(route.trigger, Task) and route.trigger.state_machine_name == machine.name
    ]
    handlers = {route.trigger.state_name: route for route in routes if isinstance(route.trigger, Task)}
    for message, remedy in _check_settings(machine):
        yield Problem(str(machine.location), message, remedy)
    file = f"{machine.file}: " if machine.file else ""
    has_wrong_task = any(_TASK_DECORATOR in fault.message for fault in application.faults)
    wrong_routes = [(route, found) for route in routes for found in _check_handler(route, machine)]
    meant = {remedy for _, (_, remedy) in wrong_routes}
    for path, message, remedy in _check_definition(machine, handlers):
        is_meant = f"Did you mean {path.rpartition('.')[2]!r}?" in meant
        if message.startswith(_NO_HANDLER) and (has_wrong_task or is_meant):
            continue  # its handler is the one whose decorator is wrong, or names a state that does not exist
        prefix = f"{file}{path}: " if path else file
        yield Problem(str(machine.location), f"{prefix}{message}", remedy)
    for route, (message, remedy) in wrong_routes:
        yield Problem(str(route.location), message, remedy)


def _check_settings(machine: StateMachine) -> Iterator[tuple[str, str]]:
    for argument, choices in (("type", TYPES), ("log_level", LOG_LEVELS)):
        if (value := getattr(machine, argument)) not in choices:
            yield f"{argument} is {value!r}, which AWS does not know", f"Use one of {', '.join(choices)}."
    if machine.policy is not None and not machine.policy:
        yield "policy is empty", "Add statements, or leave it out."


def _check_definition(machine: StateMachine, handlers: Mapping[str, Route]) -> Iterator[Finding]:
    definition = machine.definition
    if not isinstance(definition, Mapping):
        message = f"the definition of the state machine {machine.name} is {definition!r:.60}, not a dict"
        yield "", message, 'Use a dict: {"StartAt": "First", "States": {"First": {...}}}.'
        return
    json_findings = list(_check_json(definition, ""))
    yield from json_findings
    if json_findings:
        return
    yield from check_transitions(definition, "")
    yield from _check_state_names(definition)
    for path, name, state in walk_states(definition):
        if state.get("Type") == "Task":
            yield from _check_task(path, state, name in handlers)
        if machine.type == "EXPRESS":
            yield from _check_express_limits(path, state)
    yield from linter.check_language(definition)
    if machine.policy is None:
        for permissions in derive_permissions(definition, ()):
            if isinstance(permissions, UnknownPermissions):
                remedy = f"Declare them: app.register_state_machine({_POLICY_EXAMPLE})."
                yield permissions.path, permissions.reason, remedy
    yield from _check_size(machine, handlers)


def _check_json(value: object, path: str) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                yield path, f"the key {key!a} is not a string", "Use a string: keys in JSON are strings."
            elif _is_unrepresentable(key):
                yield path, f"the key {key!a} has one half of a surrogate pair", "Write the whole character."
            elif "\0" in key:
                yield path, f"the key {key!a} has a NUL character, which AWS rejects", "Remove it."
            else:
                yield from _check_json(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _check_json(item, f"{path}[{number}]")
    elif isinstance(value, str) and "\0" in value:
        yield path, "the string has a NUL character, which AWS rejects", "Remove it."
    elif not isinstance(value, _SCALAR_TYPES) or _is_unrepresentable(value):
        yield (
            path,
            f"JSON cannot represent {value!a}",
            "Use None, booleans, finite numbers, strings of whole characters, lists and dicts.",
        )


def _is_unrepresentable(value: object) -> bool:
    """Whether a value is a string with one half of a surrogate pair, or a number that is not finite."""
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, float) and not math.isfinite(value)


def _check_state_names(definition: Mapping[str, Any]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for path, name, _ in walk_states(definition):
        if first.setdefault(name, path) != path:
            message = f"the state's name {name!r} is already taken by {first[name]}"
            yield path, message, "Rename one of them: names are unique in the whole state machine."
        if len(name) > MAX_STATE_NAME_LENGTH:
            message = f"the state's name has {len(name)} characters"
            yield path, message, f"Shorten it to at most {MAX_STATE_NAME_LENGTH} characters."


def _check_task(path: str, state: Mapping[str, Any], has_handler: bool) -> Iterator[Finding]:
    resource = state.get("Resource")
    has_resource = resource is not None and resource != ""
    is_invocation = compiler.INVOKE_RESOURCE.fullmatch(str(resource)) is not None
    arguments = [
        state[field] for field in ("Parameters", "Arguments") if isinstance(state.get(field), Mapping)
    ]
    has_function = any(field in each for each in arguments for field in ("FunctionName", "FunctionName.$"))
    if not has_handler and (not has_resource or (is_invocation and not has_function)):
        field = "FunctionName" if has_resource else "Resource"
        name = path.rpartition(".")[2]
        yield (
            path,
            f"{_NO_HANDLER} nor a {field}",
            f'Decorate a handler with @app.step_function_task("{name}", ...), or set {field} to an ARN.',
        )
    elif has_handler and has_resource and not is_invocation:
        yield path, f"the task has both a handler and the Resource {resource!r}", "Remove one of them."
    elif has_handler and has_function:
        yield path, "the task has both a handler and a FunctionName", "Remove one of them."
    elif has_handler and is_invocation:
        for field in ("Parameters", "Arguments"):
            if field in state and not isinstance(state[field], Mapping):
                message = f"{field} of the invocation is {state[field]!r:.60}, not a dict"
                yield path, message, _PAYLOAD_REMEDY


def _check_express_limits(path: str, state: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields features that Express workflows do not support.

    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    resource = str(state.get("Resource"))
    features = [suffix for suffix in (".sync", ".waitForTaskToken") if suffix in resource]
    if ":activity:" in resource:
        features.append("activities")
    processor = state.get("ItemProcessor")
    configuration = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    if isinstance(configuration, Mapping) and configuration.get("Mode") == "DISTRIBUTED":
        features.append("distributed maps")
    for feature in features:
        message = f"a state machine of type EXPRESS does not support {feature}"
        yield path, message, 'Register the machine with type="STANDARD".'


def _check_size(machine: StateMachine, handlers: Mapping[str, Route]) -> Iterator[Finding]:
    arns = dict.fromkeys(handlers, _LONGEST_ARN)
    text = json.dumps(
        compiler.compile_definition(machine.definition, machine.name, arns.get), indent=2, ensure_ascii=False
    )
    if (size := len(text.encode())) > MAX_DEFINITION_BYTES:
        yield (
            "",
            f"the definition has {size:,} bytes, but AWS accepts at most {MAX_DEFINITION_BYTES:,}",
            "Shorten it, or move a part of it into a state machine that this one starts.",
        )


def _check_handler(route: Route, machine: StateMachine) -> Iterator[tuple[str, str]]:
    """Checks that a handler's state exists and is a task."""
    task = route.trigger
    assert isinstance(task, Task)  # noqa: S101 - for the type checker
    types = {name: state.get("Type") for _, name, state in walk_states(machine.definition)}
    if task.state_name not in types:
        names = [name for name in types if isinstance(name, str)]
        yield f"the state machine has no state {task.state_name!r}", suggest_state(task.state_name, names)
    elif types[task.state_name] != "Task":
        yield (
            f"the state {task.state_name!r} has the type {types[task.state_name]}, but only a state of "
            "type Task can have a handler",
            "Decorate the handler with the name of a state of type Task, or change the type of this one.",
        )
