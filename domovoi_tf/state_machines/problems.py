"""What is wrong with state machines, found before anything is written.

https://states-language.net/spec.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Application, Route
from domovoi_tf.model.asl import NESTED, walk_states
from domovoi_tf.model.declarations import StateMachine
from domovoi_tf.state_machines import compiler, linter
from domovoi_tf.state_machines.service_permissions import Unknown, needs
from domovoi_tf.triggers.state_machine import Task

TYPES, LOG_LEVELS = ("STANDARD", "EXPRESS"), ("ALL", "ERROR", "FATAL", "OFF")
LONGEST_STATE_NAME = 80
#: In bytes; https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LARGEST_DEFINITION = 1024 * 1024
#: The longest ARN that a function can have stands for each.
_LONGEST_ARN = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:" + "f" * 64
#: States that end an execution, and those that go on in their own way.
_TERMINAL, _BRANCHING = ("Succeed", "Fail"), ("Choice",)
_GRANT = '..., policy=[{"Effect": "Allow", "Action": [...], "Resource": [...]}]'
_PAYLOAD = 'Give a dict, and in it what the handler is to get: {"Payload": ...}.'
_PLAIN = (str, bool, int, float, type(None))

Found = tuple[str, str, str]


def problems(machine: StateMachine, application: Application) -> Iterator[Problem]:
    """Yields what is wrong with a state machine's definition and with the handlers of its tasks.

    Args:
        machine: the machine.
        application: what the decorators declared.
    """
    routes = [
        route
        for route in application.routes
        if isinstance(route.trigger, Task) and route.trigger.state_machine_name == machine.name
    ]
    known = {route.trigger.state_name: route for route in routes if isinstance(route.trigger, Task)}
    for message, remedy in _of_settings(machine):
        yield Problem(str(machine.location), message, remedy)
    file = f"{machine.file}: " if machine.file else ""
    for path, message, remedy in _of_definition(machine, known):
        at = f"{path}: " if path else ""
        yield Problem(str(machine.location), f"{file}{at}{message}", remedy)
    for route in routes:
        for message, remedy in _of_handler(route, machine):
            yield Problem(str(route.location), message, remedy)


def _of_settings(machine: StateMachine) -> Iterator[tuple[str, str]]:
    for argument, known in (("type", TYPES), ("log_level", LOG_LEVELS)):
        if getattr(machine, argument) not in known:
            yield f"{argument} is {getattr(machine, argument)!r}", f"AWS takes {', '.join(known)}."
    for argument, takes in (("include_execution_data", (True, False)), ("tracing", (True, False, None))):
        value = getattr(machine, argument)
        if not any(value is each for each in takes):
            yield f"{argument} is {value!r}", "Give True or False."
    policy = machine.policy
    if policy is not None and not (
        isinstance(policy, (list, tuple)) and policy and all(isinstance(each, dict) for each in policy)
    ):
        yield (
            f"policy is {policy!r:.60}",
            'Give statements: [{"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": ["arn:..."]}].',
        )


def _of_definition(machine: StateMachine, handlers: Mapping[str, Route]) -> Iterator[Found]:
    definition = machine.definition
    if not isinstance(definition, Mapping):
        message = f"the definition of the state machine {machine.name} is {definition!r:.60}"
        yield "", message, 'Give a dict: {"StartAt": "First", "States": {"First": {...}}}.'
        return
    wrong = list(_not_json(definition, ""))
    yield from wrong
    if wrong:
        return
    yield from _of_body(definition, "")
    yield from _of_names(definition)
    for path, name, state in walk_states(definition):
        if state.get("Type") == "Task":
            yield from _of_task(path, state, name in handlers)
        if machine.type == "EXPRESS":
            yield from _of_express(path, state)
    yield from linter.problems(definition)
    if machine.policy is None:
        for need in needs(definition, ()):
            if isinstance(need, Unknown):
                yield need.path, need.reason, f"Grant it with app.register_state_machine({_GRANT})."
    yield from _of_size(machine, handlers)


def _not_json(value: object, path: str) -> Iterator[Found]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str) and not _broken(key):
                yield from _not_json(item, f"{path}.{key}" if path else key)
            else:
                yield path, f"the key {key!a} is not a string in JSON", "Write the whole characters, as text."
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _not_json(item, f"{path}[{number}]")
    elif not isinstance(value, _PLAIN) or _broken(value):
        yield path, f"{value!a} has no form in JSON", "Use None, booleans, numbers, strings, lists and dicts."


def _broken(value: object) -> bool:
    """Whether a value is half a surrogate pair, or a number that is none."""
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, float) and not math.isfinite(value)


def _of_body(body: object, path: str) -> Iterator[Found]:
    """Yields what is wrong between the states of a machine, or of one within a state."""
    inside = body.get("States") if isinstance(body, Mapping) else None
    if not (isinstance(body, Mapping) and isinstance(inside, Mapping) and inside):
        yield path, "it has no States", 'Write "StartAt" and "States": {"First": {...}}.'
        return
    start, above = body.get("StartAt"), f"{path}." if path else ""
    known = isinstance(start, str) and start in inside
    if not known:
        yield path, f"StartAt is {start!r}, which is none of its states", _choose(start, inside)
    for name, state in inside.items():
        if isinstance(state, Mapping):
            yield from _of_state(f"{above}{name}", state, inside)
        else:
            yield f"{above}{name}", f"the state is {state!r:.60}", 'Give a dict: {"Type": "Task", ...}.'
    if known:
        reached = _reached(str(start), inside)
        for name in inside:
            if name not in reached:
                yield (
                    f"{above}{name}",
                    "no state leads to it",
                    "Name it in the Next of a state that is reached, or remove it.",
                )
        if not any(_ends(inside[name]) for name in reached):
            yield path, "no state that is reached ends it", 'Set "End": true in one, or add a Succeed state.'


def _of_state(path: str, state: Mapping[str, Any], beside: Mapping[str, Any]) -> Iterator[Found]:
    for where, target in _targets(state):
        if not (isinstance(target, str) and target in beside):
            yield (
                path,
                f"{where} is {target!r}, and there is no such state beside it",
                _choose(target, beside),
            )
    if (
        state.get("Type") not in (*_TERMINAL, *_BRANCHING)
        and "Next" not in state
        and state.get("End") is not True
    ):
        yield path, "it has neither Next nor End", 'Give "Next" the name of a state, or set "End": true.'
    for field, listed in NESTED.items():
        if field in state:
            inner = state[field]
            bodies = enumerate(inner) if listed and isinstance(inner, list) else [("", inner)]
            for number, body in bodies:
                yield from _of_body(body, f"{path}.{field}[{number}]" if listed else f"{path}.{field}")


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yields the states that one names, each with the field that does."""
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        for number, each in enumerate(state[field]) if isinstance(state.get(field), list) else ():
            if isinstance(each, Mapping) and "Next" in each:
                yield f"{field}[{number}].Next", each["Next"]


def _reached(start: str, beside: Mapping[str, Any]) -> set[str]:
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in reached and isinstance(beside.get(name), Mapping):
            reached.add(name)
            waiting += [target for _, target in _targets(beside[name]) if isinstance(target, str)]
    return reached


def _ends(state: Mapping[str, Any]) -> bool:
    return state.get("Type") in _TERMINAL or state.get("End") is True


def _choose(wrong: object, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(str(wrong), list(known), 1)
    return f"Did you mean {nearest[0]!r}?" if nearest else f"Its states are: {', '.join(sorted(known))}."


def _of_names(definition: Mapping[str, Any]) -> Iterator[Found]:
    first: dict[str, str] = {}
    for path, name, _ in walk_states(definition):
        if first.setdefault(name, path) != path:
            yield path, f"a state of the machine is called {name!r} already: {first[name]}", "Rename one."
        if len(name) > LONGEST_STATE_NAME:
            yield path, f"its name has {len(name)} characters", f"AWS takes at most {LONGEST_STATE_NAME}."


def _of_task(path: str, state: Mapping[str, Any], handled: bool) -> Iterator[Found]:
    resource = state.get("Resource")
    own = resource is None or resource == ""
    invokes = compiler.INVOKE.fullmatch(str(resource)) is not None
    arguments = [
        state[field] for field in ("Parameters", "Arguments") if isinstance(state.get(field), Mapping)
    ]
    named = any(field in each for each in arguments for field in ("FunctionName", "FunctionName.$"))
    if not handled and (own or (invokes and not named)):
        yield (
            path,
            "the task has no handler, and names nothing else that does it",
            f'Decorate one: @app.step_function_task("{path.rpartition(".")[2]}", ...), or give an ARN.',
        )
    elif handled and not own and not invokes:
        yield (
            path,
            f"the task has a handler, and the Resource {resource!r} too",
            "Leave one of them out.",
        )
    elif handled and named:
        yield path, "the task has a handler, and a FunctionName too", "Leave one of them out."
    elif handled and invokes:
        for field in ("Parameters", "Arguments"):
            if field in state and not isinstance(state[field], Mapping):
                yield path, f"the {field} of the invocation is {state[field]!r:.60}", _PAYLOAD


def _of_express(path: str, state: Mapping[str, Any]) -> Iterator[Found]:
    """Yields what an express machine has not.

    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    resource = str(state.get("Resource"))
    waits = [suffix for suffix in (".sync", ".waitForTaskToken") if suffix in resource]
    if ":activity:" in resource:
        waits.append("activities")
    processor = state.get("ItemProcessor")
    configuration = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    if isinstance(configuration, Mapping) and configuration.get("Mode") == "DISTRIBUTED":
        waits.append("distributed maps")
    for each in waits:
        yield path, f"an EXPRESS state machine has no {each}", 'Give the machine type="STANDARD".'


def _of_size(machine: StateMachine, handlers: Mapping[str, Route]) -> Iterator[Found]:
    arns = dict.fromkeys(handlers, _LONGEST_ARN)
    text = json.dumps(
        compiler.compiled(machine.definition, machine.name, arns.get), indent=2, ensure_ascii=False
    )
    if (size := len(text.encode())) > LARGEST_DEFINITION:
        yield "", f"the definition has {size:,} bytes", f"AWS takes at most {LARGEST_DEFINITION:,}."


def _of_handler(route: Route, machine: StateMachine) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with a handler's state."""
    task = route.trigger
    assert isinstance(task, Task)  # noqa: S101 - for the type checker
    types = {name: state.get("Type") for _, name, state in walk_states(machine.definition)}
    if task.state_name not in types:
        names = [name for name in types if isinstance(name, str)]
        yield f"the state machine has no state {task.state_name!r}", _choose(task.state_name, names)
    elif types[task.state_name] != "Task":
        yield (
            f"the state {task.state_name!r} is of type {types[task.state_name]}, which no handler does",
            "Give the handler a state of type Task.",
        )
