"""Mutated definitions of state machines: problems with their line, or a template that Terraform can read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hostile_texts import PIECES
from hypothesis import strategies as st
from machine_definitions import DEFINITIONS
from triggers.test_hostile_events import MISSING, list_paths, replace_value

from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location, StateMachine
from domovoi_tf.settings import Settings
from domovoi_tf.state_machines import compiler
from domovoi_tf.validation.application import validate

from .fuzzing import fuzz

SETTINGS = Settings(app_name="bar", stage="dev")
#: Parts of expressions in JSONata.
TOKENS = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "$",
        "$states",
        ".",
        "*",
        "**",
        "+",
        "-",
        "/",
        "%",
        "'a'",
        '"b"',
        "`",
        "'",
    ),
    *(
        "/a/",
        "/a(/",
        "?",
        ":",
        ":=",
        "=",
        "!",
        "<",
        "and",
        "in",
        "function",
        "|",
        "^",
        "@",
        "#",
        "~>",
        "&",
        ",",
    ),
    *("1", "1e999", "9" * 40, "\\", "/*", "null", "é", "(" * 9000),
)
texts = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=4).map("".join)
expressions = st.lists(st.sampled_from(TOKENS), max_size=6).map(" ".join).map("{{% {} %}}".format)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | expressions
    | st.sampled_from(
        [10**400, "Task", "Map", "Work", "JSONata", "$.a", "$$.a", "arn:aws:states:::sqs:sendMessage"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)


@st.composite
def mutations(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """Draws a definition in which a few values are missing, exchanged or added."""
    definition = copy.deepcopy(DEFINITIONS[draw(st.sampled_from(sorted(DEFINITIONS)))])
    for _ in range(draw(st.integers(1, 4))):
        paths = list(list_paths(definition))
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        value = draw(st.just(MISSING) | values | expressions)
        if value is not MISSING and isinstance(path[-1], str) and draw(st.booleans()):
            path = (*path[:-1], draw(texts | st.sampled_from(("Output", "Comment", "Result", "Parameters"))))
        definition = replace_value(definition, path, value)
    return definition


def check(definition: Any) -> Any:
    machine = StateMachine(name="default", definition=definition, location=Location(file="app.py", line=1))
    application = Application(functions=(), routes=(), state_machines=(machine,))
    return validate(application, SETTINGS)


@pytest.fixture(autouse=True, scope="module")
def jsonata_parser() -> None:
    """Loads the parser of JSONata, which sets the recursion limit; Hypothesis warns of that in a test."""
    check(
        {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% 1 %}"}}}
    )


@fuzz(150, definition=mutations() | values)
def test_definition_is_compiled_or_refused(definition: Any) -> None:
    problems = check(definition)
    assert {problem.location for problem in problems} <= {"app.py:1"}
    if not problems:
        template = compiler.build_template(definition, "default", lambda state: None)
        assert json.loads(template.replace("$${", "${").replace("%%{", "%{")) == definition
