"""Hostile texts in the arguments of decorators: problems with their line, or a tree that renders."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hostile_texts import PIECES
from hypothesis import strategies as st
from triggers.test_triggers import COMPLETE, HERE, load
from unit.validation.test_texts import list_texts, replace_text

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import check_characters
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate

from .fuzzing import fuzz

SETTINGS = Settings(app_name="bar", stage="dev")
texts = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=6).map("".join)


@cache
def load_application(kind: str) -> Application:
    application: Application = load(HERE / kind / "app.py").app.freeze()
    return application


@pytest.fixture(autouse=True, scope="module")
def jsonata_parser() -> None:
    """Loads the parser of JSONata, which sets the recursion limit; Hypothesis warns of that in a test."""
    validate(load_application("state_machine"), SETTINGS)


@st.composite
def changes(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, int, tuple[Any, ...], str]:
    """Draws a kind, the place of a string in the arguments of one of its routes, and another string."""
    kind = draw(st.sampled_from(COMPLETE))
    number, path, text = draw(st.sampled_from(list(list_texts(load_application(kind)))))
    other = draw(texts)
    return kind, number, path, draw(st.sampled_from((other, f"{text}{other}", f"{other}{text}")))


@fuzz(80, change=changes())
def test_text_of_an_argument_is_rendered_or_refused(change: Any) -> None:
    kind, number, path, text = change
    application = replace_text(load_application(kind), number, path, text)
    problems = validate(application, SETTINGS)
    find_warnings(application, SETTINGS)
    assert all(re.match(r".+\.py:\d+$", problem.location) for problem in problems)
    try:
        check_characters(text)
    except RenderError:
        assert problems
    if not problems:
        render(synthesize(application, SETTINGS), assets.find_templates(), assets.find_modules())
