"""Compiles definitions in Amazon States Language: tasks with a handler become invocations of its function.

https://states-language.net/spec.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from domovoi_tf.hcl.normalization import escape_changed
from domovoi_tf.model.asl import NESTED
from domovoi_tf.triggers.state_machine import INPUT, TASK

#: The optimised integration with Lambda, which wraps the function's result or waits for a callback.
INVOKE_RESOURCE = re.compile(r"arn:[^:]+:states:::lambda:invoke(\.waitForTaskToken)?")
JSONATA = "JSONata"

GetValue = Callable[[str], str | None]


def compile_definition(definition: Mapping[str, Any], machine: str, get_arn: GetValue) -> dict[str, Any]:
    """Returns a definition in which tasks with a handler invoke its function.

    The rest of the definition is unchanged. A function receives the event ``{"domovoi_task":
    "<machine>/<state>", "input": <input>}``. The input is the state's ``Parameters``, ``Arguments`` or
    ``Payload``, or the state's input if it has none of them.

    Args:
        definition: the definition as the user wrote it.
        machine: the machine's name in the app.
        get_arn: returns the ARN of the function for a state's name, or None if the state has no handler.
    """
    language = definition.get("QueryLanguage")

    def compile_body(body: Any) -> Any:
        if not (isinstance(body, Mapping) and isinstance(body.get("States"), Mapping)):
            return body
        return {
            **body,
            "States": {name: compile_state(name, state) for name, state in body["States"].items()},
        }

    def compile_state(name: str, state: Any) -> Any:
        if not isinstance(state, Mapping):
            return state
        result = dict(state)
        for field in NESTED.keys() & result.keys():
            nested = result[field]
            result[field] = (
                [compile_body(body) for body in nested] if isinstance(nested, list) else compile_body(nested)
            )
        arn = get_arn(name)
        return result if arn is None else _invoke_function(result, arn, f"{machine}/{name}", language)

    return compile_body(definition)  # type: ignore[no-any-return]


def _invoke_function(state: dict[str, Any], arn: str, key: str, language: object) -> dict[str, Any]:
    jsonata = state.get("QueryLanguage", language) == JSONATA
    field = "Arguments" if jsonata else "Parameters"
    if not INVOKE_RESOURCE.fullmatch(str(state.get("Resource"))):
        return _set_field(
            _set_field(state, "Resource", arn, "Type"),
            field,
            _build_event(key, state, field, jsonata),
            "Resource",
        )
    arguments = state[field] if isinstance(state.get(field), Mapping) else {}
    payload = _build_event(key, arguments, "Payload", jsonata)
    others = {name: value for name, value in arguments.items() if name != "Payload.$"}
    return _set_field(state, field, {**others, "FunctionName": arn, "Payload": payload}, "Resource")


def _build_event(key: str, source: Mapping[str, Any], field: str, jsonata: bool) -> dict[str, Any]:
    """Returns the function's event, with the input from a field of the source or else the state's input."""
    if field in source:
        return {TASK: key, INPUT: source[field]}
    if jsonata:
        return {TASK: key, INPUT: "{% $states.input %}"}
    return {TASK: key, f"{INPUT}.$": source.get(f"{field}.$", "$")}


def _set_field(state: Mapping[str, Any], field: str, value: object, after: str) -> dict[str, Any]:
    """Returns the state with the field replaced, or inserted after another field."""
    if field in state:
        return {**state, field: value}
    result: dict[str, Any] = {}
    for name, item in state.items():
        result[name] = item
        if name == after:
            result[field] = value
    return result


def build_template(definition: Any, machine: str, get_parameter: GetValue) -> str:
    """Returns a compiled definition as a template for Terraform's ``templatefile``.

    Args:
        definition: the definition as the user wrote it.
        machine: the machine's name in the app.
        get_parameter: returns the template variable with the ARN of the function for a state's name, or None
            if the state has no handler.

    https://developer.hashicorp.com/terraform/language/functions/templatefile
    """

    def make_placeholder(state: str) -> _Placeholder | None:
        parameter = get_parameter(state)
        return None if parameter is None else _Placeholder(f"${{{parameter}}}")

    document = _escape_strings(compile_definition(definition, machine, make_placeholder))
    # Terraform normalises text, but leaves JSON's \u escapes alone.
    return f"{escape_changed(json.dumps(document, indent=2, ensure_ascii=False))}\n"


class _Placeholder(str):
    """A variable of the template, which ``templatefile`` replaces."""

    __slots__ = ()


def _escape_strings(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_escape_strings(key): _escape_strings(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape_strings(item) for item in value]
    if isinstance(value, str) and not isinstance(value, _Placeholder):
        return value.replace("${", "$${").replace("%{", "%%{")
    return value
