"""The definition that AWS gets is the user's, apart from what makes a task a task."""

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
GIVEN = {"Parameters", "Arguments"}


def work(event: Any, context: Any) -> None: ...


def is_handlers(state: dict[str, Any]) -> bool:
    given = state.get("Parameters", state.get("Arguments"))
    named = isinstance(given, dict) and "FunctionName" in given
    resource = state.get("Resource")
    return state["Type"] == "Task" and (
        not resource or (compiler.INVOKE.fullmatch(resource) is not None and not named)
    )


def handled(definition: Any) -> dict[str, str]:
    return {name: "lambda" for _, name, state in walk_states(definition) if is_handlers(state)}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_template_of_a_definition(name: str, golden: Callable[[Path, str], None]) -> None:
    definition = DEFINITIONS[name]
    golden(HERE / f"{name}.asl.json", compiler.template(definition, "default", handled(definition).get))


@pytest.mark.parametrize("name", DEFINITIONS)
def test_nothing_is_wrong_with_it(name: str) -> None:
    app, definition = Domovoi(), DEFINITIONS[name]
    for state in handled(definition):
        app.step_function_task(state, definition)(work)
    assert [str(problem) for problem in validate(app.freeze(), SETTINGS)] == []


@pytest.mark.parametrize("name", DEFINITIONS)
def test_all_but_what_makes_a_task_is_as_it_was(name: str) -> None:
    definition = DEFINITIONS[name]
    arns = dict.fromkeys(handled(definition), "the ARN")
    compiled = compiler.compiled(definition, "default", arns.get)
    after = {path: state for path, _, state in walk_states(compiled)}
    assert list(after) == [path for path, _, _ in walk_states(definition)]
    for path, state_name, before in walk_states(definition):
        nested = {"Branches", "Iterator", "ItemProcessor"}
        task = {"Resource", *GIVEN} if state_name in arns else set()
        kept = {field: value for field, value in before.items() if field not in nested | task}
        assert {f: v for f, v in after[path].items() if f not in nested | task} == kept, path
        if state_name in arns:
            assert input_of(after[path], f"default/{state_name}") == wanted(before, definition), path
    assert {k: v for k, v in compiled.items() if k != "States"} == {
        k: v for k, v in definition.items() if k != "States"
    }


def input_of(state: dict[str, Any], key: str) -> tuple[Any, Any]:
    """Returns what a task's handler gets, and what else is passed to the integration."""
    given: Any = state.get("Parameters", state.get("Arguments"))
    payload, others = given, {}
    if compiler.INVOKE.fullmatch(state["Resource"]):
        payload = given["Payload"]
        others = {name: value for name, value in given.items() if name != "Payload"}
        assert others.pop("FunctionName") == "the ARN"
    else:
        assert state["Resource"] == "the ARN"
    assert payload.pop("domovoi_task") == key
    ((_, value),) = payload.items()
    return value, others


def wanted(state: dict[str, Any], definition: dict[str, Any]) -> tuple[Any, Any]:
    jsonata = state.get("QueryLanguage", definition.get("QueryLanguage")) == "JSONata"
    given = state.get("Parameters", state.get("Arguments"))
    whole = "{% $states.input %}" if jsonata else "$"
    if not state.get("Resource"):
        return (whole if given is None else given), {}
    given = given or {}
    payload = given.get("Payload", given.get("Payload.$", whole))
    return payload, {name: value for name, value in given.items() if not name.startswith("Payload")}


def test_the_definitions_cover_the_language() -> None:
    assert len(DEFINITIONS) >= 20
    for language in (None, "JSONata"):
        of_it = [d for d in DEFINITIONS.values() if d.get("QueryLanguage") == language]
        assert {state["Type"] for d in of_it for _, _, state in walk_states(d)} == TYPES


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in HERE.iterdir()} == {f"{name}.asl.json" for name in DEFINITIONS}
    for path in HERE.iterdir():
        json.loads(path.read_bytes())
