"""JSON with the places of its values, and keys that occur twice in an object."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf.system.reading.json_nodes import Node, find_duplicates, index_paths, parse_nodes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_values_equal_those_of_json_and_start_at_their_position(
    value: object, indent: int | str | None, ascii_only: bool
) -> None:
    text = "\r\n " + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + "\n"
    root = parse_nodes(text)
    assert plain(root) == value
    for node in every(root):
        assert json.JSONDecoder().raw_decode(text, node.at)[0] == plain(node)


def plain(node: Node) -> Any:
    if isinstance(node.value, tuple):
        return {key.value: plain(value) for key, value in node.value}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def every(node: Node) -> list[Node]:
    inner = [each for pair in node.value for each in pair] if isinstance(node.value, tuple) else node.value
    return [node, *(found for each in inner for found in every(each))] if isinstance(inner, list) else [node]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{}", []),
        ('{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}', []),
        ('{"a": 1,\n"a": 2,\n\n"a": 3}', [("$.a", "2:1", 1), ("$.a", "4:1", 1)]),
        ('[7, {"a b": 1,\n "a b": 1}]', [("$[1]['a b']", "2:2", 1)]),
        ('{"a": 1,\n "\\u0061": 2}', [("$.a", "2:2", 1)]),
        ('{"x": {"a": 1,\n"a": 1},\n"x": {"a": 1}}', [("$.x.a", "2:1", 1), ("$.x", "3:1", 1)]),
    ],
)
def test_keys_that_occur_twice_are_found(text: str, found: list[tuple[str, str, int]]) -> None:
    def format_place(at: int) -> str:
        return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"

    assert [(each.path, format_place(each.at), each.line) for each in find_duplicates(text)] == found


@given(JSON)
def test_documents_of_python_have_no_keys_twice(value: object) -> None:
    assert find_duplicates(json.dumps(value)) == ()


def test_paths_have_the_place_of_their_keys_and_items() -> None:
    text = '{"a": [1, {"b c": 2}], "a": 3}'
    assert {path: text[at : at + 5] for path, at in index_paths(parse_nodes(text)).items()} == {
        "$": '{"a":',
        "$.a": '"a": ',
        "$.a[0]": '1, {"',
        "$.a[1]": '{"b c',
        "$.a[1]['b c']": '"b c"',
    }
    assert index_paths(parse_nodes(text))["$.a"] == text.rindex('"a"')
