"""Mutated events: each kind passes them to a handler, or rejects them with DispatchError."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st
from triggers.test_hostile_events import (
    MISSING,
    UNREADABLE,
    dispatch,
    list_paths,
    list_samples,
    replace_value,
)
from triggers.test_triggers import HERE, load

from .fuzzing import fuzz

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(UNREADABLE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@cache
def load_app(kind: str) -> Any:
    return load(HERE / kind / "app.py")


@st.composite
def mutations(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, Any]:
    """Draws a kind and an event of AWS in which a few values are missing, exchanged, or of any type."""
    kind, event = draw(st.sampled_from(list(list_samples())))
    event = copy.deepcopy(event)
    for _ in range(draw(st.integers(1, 4))):
        paths = list(list_paths(event))
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        event = replace_value(event, path, draw(st.just(MISSING) | values))
    return kind, event


@fuzz(600, mutation=mutations())
def test_mutated_event_is_handled_or_rejected(mutation: tuple[str, Any]) -> None:
    kind, event = mutation
    app = load_app(kind)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in app.ENVIRONMENT.items():
            patch.setenv(name, value)
        assert dispatch(app.app, event) in ("handled", "rejected")
