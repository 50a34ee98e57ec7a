"""A compiled definition is the user's definition, except for the tasks that have handlers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from machine_definitions import DEFINITIONS

from domovoi_tf.app import Domovoi
from domovoi_tf.model.asl import walk_states
from domovoi_tf.settings import Settings
from domovoi_tf.state_machines import compiler
from domovoi_tf.validation.application import validate

HERE = Path(__file__).parent / "definitions"
SETTINGS = Settings(app_name="bar", stage="dev")
TYPES = {"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}
ARGUMENTS = {"Parameters", "Arguments"}


def work(event: Any, context: Any) -> None: ...


def needs_handler(state: dict[str, Any]) -> bool:
    arguments = state.get("Parameters", state.get("Arguments"))
    has_function = isinstance(arguments, dict) and "FunctionName" in arguments
    resource = state.get("Resource")
    return state["Type"] == "Task" and (
        not resource or (compiler.INVOKE_RESOURCE.fullmatch(resource) is not None and not has_function)
    )


def map_handler_states(definition: Any) -> dict[str, str]:
    return {name: "lambda" for _, name, state in walk_states(definition) if needs_handler(state)}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_template_of_a_definition_is_golden(name: str, golden: Callable[[Path, str], None]) -> None:
    definition = DEFINITIONS[name]
    labels = map_handler_states(definition)
    golden(HERE / f"{name}.asl.json", compiler.build_template(definition, "default", labels.get))


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definition_is_valid(name: str) -> None:
    app, definition = Domovoi(), DEFINITIONS[name]
    for state in map_handler_states(definition):
        app.step_function_task(state, definition)(work)
    assert [str(problem) for problem in validate(app.freeze(), SETTINGS)] == []


@pytest.mark.parametrize("name", DEFINITIONS)
def test_compiling_changes_only_tasks_with_handlers(name: str) -> None:
    definition = DEFINITIONS[name]
    arns = dict.fromkeys(map_handler_states(definition), "the ARN")
    compiled = compiler.compile_definition(definition, "default", arns.get)
    after = {path: state for path, _, state in walk_states(compiled)}
    assert list(after) == [path for path, _, _ in walk_states(definition)]
    for path, state_name, before in walk_states(definition):
        nested = {"Branches", "Iterator", "ItemProcessor"}
        task = {"Resource", *ARGUMENTS} if state_name in arns else set()
        unchanged = {field: value for field, value in before.items() if field not in nested | task}
        assert {f: v for f, v in after[path].items() if f not in nested | task} == unchanged, path
        if state_name in arns:
            key = f"default/{state_name}"
            assert split_arguments(after[path], key) == expect_arguments(before, definition), path
    assert {k: v for k, v in compiled.items() if k != "States"} == {
        k: v for k, v in definition.items() if k != "States"
    }


def split_arguments(state: dict[str, Any], key: str) -> tuple[Any, Any]:
    """Returns the input of a task's handler, and the integration's other arguments."""
    arguments: Any = state.get("Parameters", state.get("Arguments"))
    payload, others = arguments, {}
    if compiler.INVOKE_RESOURCE.fullmatch(state["Resource"]):
        payload = arguments["Payload"]
        others = {name: value for name, value in arguments.items() if name != "Payload"}
        assert others.pop("FunctionName") == "the ARN"
    else:
        assert state["Resource"] == "the ARN"
    assert payload.pop("domovoi_task") == key
    ((_, value),) = payload.items()
    return value, others


def expect_arguments(state: dict[str, Any], definition: dict[str, Any]) -> tuple[Any, Any]:
    """Returns the same for a task as the user wrote it."""
    jsonata = state.get("QueryLanguage", definition.get("QueryLanguage")) == "JSONata"
    arguments = state.get("Parameters", state.get("Arguments"))
    state_input = "{% $states.input %}" if jsonata else "$"
    if not state.get("Resource"):
        return (state_input if arguments is None else arguments), {}
    arguments = arguments or {}
    payload = arguments.get("Payload", arguments.get("Payload.$", state_input))
    return payload, {name: value for name, value in arguments.items() if not name.startswith("Payload")}


def test_definitions_cover_all_types_in_both_languages() -> None:
    assert len(DEFINITIONS) >= 20
    for language in (None, "JSONata"):
        definitions = [d for d in DEFINITIONS.values() if d.get("QueryLanguage") == language]
        assert {state["Type"] for d in definitions for _, _, state in walk_states(d)} == TYPES


def test_every_golden_file_has_a_definition() -> None:
    assert {path.name for path in HERE.iterdir()} == {f"{name}.asl.json" for name in DEFINITIONS}
    for path in HERE.iterdir():
        json.loads(path.read_bytes())
