"""Amazon States Language: a definition in which handlers do tasks, as Step Functions is to get it.

https://states-language.net/spec.html
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from domovoi_tf.model.asl import NESTED
from domovoi_tf.triggers.state_machine import INPUT, TASK

#: The integration that invokes a function and waits, or returns what it says with more around it.
INVOKE = re.compile(r"arn:[^:]+:states:::lambda:invoke(\.waitForTaskToken)?")
JSONATA = "JSONata"

Parameter = Callable[[str], str | None]


def compiled(definition: Mapping[str, Any], machine: str, parameter: Parameter) -> dict[str, Any]:
    """Returns a definition in which the tasks that handlers do invoke their functions.

    All else is as it was. A function gets ``{"domovoi_task": "<machine>/<state>", "input": <input>}``, where
    the input is what the state's own ``Parameters``, ``Arguments`` or ``Payload`` say, or the state's input.

    Args:
        definition: the definition as the user wrote it.
        machine: the machine's name in the app.
        parameter: returns what stands for the ARN of the function that does a state, None where none does.
    """
    language = definition.get("QueryLanguage")

    def nested(body: Any) -> Any:
        if not (isinstance(body, Mapping) and isinstance(body.get("States"), Mapping)):
            return body
        return {**body, "States": {name: of_state(name, state) for name, state in body["States"].items()}}

    def of_state(name: str, state: Any) -> Any:
        if not isinstance(state, Mapping):
            return state
        found = dict(state)
        for field in NESTED.keys() & found.keys():
            inner = found[field]
            found[field] = [nested(body) for body in inner] if isinstance(inner, list) else nested(inner)
        arn = parameter(name)
        return found if arn is None else _invoking(found, arn, f"{machine}/{name}", language)

    return nested(definition)  # type: ignore[no-any-return]


def _invoking(state: dict[str, Any], arn: str, key: str, language: object) -> dict[str, Any]:
    jsonata = state.get("QueryLanguage", language) == JSONATA
    field = "Arguments" if jsonata else "Parameters"
    if not INVOKE.fullmatch(str(state.get("Resource"))):
        return _with(
            _with(state, "Resource", arn, "Type"), field, _wire(key, state, field, jsonata), "Resource"
        )
    given = state[field] if isinstance(state.get(field), Mapping) else {}
    payload = _wire(key, given, "Payload", jsonata)
    rest = {name: value for name, value in given.items() if name != "Payload.$"}
    return _with(state, field, {**rest, "FunctionName": arn, "Payload": payload}, "Resource")


def _wire(key: str, given: Mapping[str, Any], field: str, jsonata: bool) -> dict[str, Any]:
    """Returns what the function gets: the input as the user gives it, or else the state's."""
    if field in given:
        return {TASK: key, INPUT: given[field]}
    if jsonata:
        return {TASK: key, INPUT: "{% $states.input %}"}
    return {TASK: key, f"{INPUT}.$": given.get(f"{field}.$", "$")}


def _with(state: Mapping[str, Any], field: str, value: object, after: str) -> dict[str, Any]:
    """Returns a state with a field that is in its place, or else after another."""
    if field in state:
        return {**state, field: value}
    found: dict[str, Any] = {}
    for name, item in state.items():
        found[name] = item
        if name == after:
            found[field] = value
    return found


def template(definition: Any, machine: str, parameter: Parameter) -> str:
    """Returns the text of a definition as Terraform's ``templatefile`` takes it.

    Args:
        definition: the definition as the user wrote it.
        machine: the machine's name in the app.
        parameter: returns the template's parameter for the function that does a state, None where none does.

    https://developer.hashicorp.com/terraform/language/functions/templatefile
    """

    def placeholder(state: str) -> _Placeholder | None:
        found = parameter(state)
        return None if found is None else _Placeholder(f"${{{found}}}")

    whole = _escaped(compiled(definition, machine, placeholder))
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    # Terraform changes text that is not in Unicode's NFC form, but not JSON's escapes of it.
    if not unicodedata.is_normalized("NFC", text):
        text = json.dumps(whole, indent=2)
    return f"{text}\n"


class _Placeholder(str):
    """What ``templatefile`` is to replace."""

    __slots__ = ()


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(item) for item in value]
    if isinstance(value, str) and not isinstance(value, _Placeholder):
        return value.replace("${", "$${").replace("%{", "%%{")
    return value
