"""JSON with any content can be parsed, written and shown."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import Any

import pytest

from domovoi_tf.system.text import MAX_DEPTH, escape_controls, find_deep_json, format_json, parse_json


@pytest.mark.parametrize("text", ["", "{", "nothing", "[" * 100_000, '{"a":' * 100_000, b"\xff", "9" * 5000])
def test_text_that_is_not_json_is_an_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"b":[1],"a":', "}]")])
def test_depth_is_limited(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{") - opening.count("[1]")
    times = (MAX_DEPTH - 1) // levels
    value = parse_json(f"{opening * times}1{closing * times}")
    assert parse_json(format_json(value)) == value
    with pytest.raises(ValueError, match="it is nested too deeply"):
        parse_json(f"{opening * (times + 2)}1{closing * (times + 2)}")


def test_constant_that_json_lacks_is_an_error_on_request() -> None:
    assert parse_json("-Infinity") == -math.inf
    with pytest.raises(ValueError, match=r"^-Infinity is not JSON$"):
        parse_json("-Infinity", is_strict=True)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("indent", [None, 2])
def test_any_text_keeps_its_value_and_has_no_controls(indent: int | None, ascii_only: bool) -> None:
    value = {"".join(map(chr, range(0x300))): ["\ud800", "\u202e\u2028\u2066\u061c", "🍺ä", 1.5, None]}
    text = format_json(value, indent, ascii_only)
    assert json.loads(text) == value
    assert escape_controls(text) == text
    assert ("🍺ä" in text, text.isascii()) == (not ascii_only, ascii_only)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [float("nan"), float("inf"), -float("inf")]}, '{"a": ["nan", "inf", "-inf"]}'),
        ((float("nan"),), '["nan"]'),
        (datetime(2026, 1, 31, tzinfo=timezone.utc), '"2026-01-31 00:00:00+00:00"'),
    ],
)
def test_values_that_json_lacks_are_strings(value: Any, text: str) -> None:
    assert format_json(value, None) == text


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("[[1], {}]", None),
        ("[[[", 2),
        ('{"a": [{', 7),
        ('["[[[", "\\"[[", [[', 17),
        ("[" + "[]" * 9 + "[[", 20),
        ('["' + "[" * 9, None),
        ("]]]" + "[" * 9, 8),
    ],
)
def test_value_that_is_nested_too_deeply_is_found_in_any_text(text: str, offset: int | None) -> None:
    assert find_deep_json(text, 2) == offset


def test_text_of_unfinished_strings_is_read_once() -> None:
    """An expression that began again at each quote would take hours."""
    assert find_deep_json('"' + '\\"' * 500_000, 2) is None
