"""Parses valid JSON to nodes with their places, and finds keys that occur twice in an object.

Python's parser reports no positions, and keeps the last one of equal keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from domovoi_tf.system.text import locate_offset

KEEP_ONE = "Only the last one would count: remove one of them."
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Node:
    """A JSON value and its offset in the text.

    The value of an object is a tuple of its keys and values, in which a key may occur twice.
    """

    value: Any
    at: int

    @property
    def kind(self) -> str:
        """The value's type: ``object``, ``array``, ``string``, or ``other``."""
        if isinstance(self.value, tuple):
            return "object"
        if isinstance(self.value, list):
            return "array"
        return "string" if isinstance(self.value, str) else "other"


class Duplicate(NamedTuple):
    """A key that its object has already.

    Args:
        path: its JSON path.
        at: its offset in the text.
        line: the line of the first such key, counted from 1.
    """

    path: str
    at: int
    line: int

    @property
    def message(self) -> str:
        """The problem, as a clause without a full stop."""
        return f"{self.path}: this key is also in line {self.line}"


def join_path(path: str, name: str) -> str:
    """Returns the JSON path of an object's entry."""
    return f"{path}.{name}" if re.fullmatch(r"[\w$-]+", name, re.ASCII) else f"{path}[{name!a}]"


def parse_nodes(text: str) -> Node:
    """Parses a valid JSON text to nodes with positions.

    Args:
        text: the text, which Python's parser accepts.
    """
    return _parse_node(text, _skip(text, 0))[0]


def index_paths(root: Node) -> dict[str, int]:
    """Returns the offsets of keys and items by their JSON path; of equal keys, that of the last one."""
    return {"$": root.at, **{path: at for path, at, _ in _walk("$", root)}}


def find_duplicates(text: str) -> tuple[Duplicate, ...]:
    """Returns the keys that occur twice in an object, in their order.

    Args:
        text: a text that Python's parser accepts.
    """
    return tuple(_list_duplicates(text)) if _has_duplicates(text) else ()


def _has_duplicates(text: str) -> bool:
    """Returns whether a text has equal keys, faster than with nodes."""
    found = False

    def compare(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) < len(pairs)

    json.loads(text, object_pairs_hook=compare)
    return found


def _list_duplicates(text: str) -> Iterator[Duplicate]:
    seen: dict[tuple[int, str], int] = {}
    for path, at, owner in _walk("$", parse_nodes(text)):
        first = seen.setdefault((owner, path), at)
        if first != at:
            yield Duplicate(path, at, locate_offset(text, first)[0])


def _walk(path: str, node: Node) -> Iterator[tuple[str, int, int]]:
    """Yields the JSON path of each key and each item, its offset, and that of the object or array."""
    if node.kind == "object":
        entries = [(join_path(path, key.value), key.at, value) for key, value in node.value]
    else:
        items = node.value if node.kind == "array" else ()
        entries = [(f"{path}[{number}]", item.at, item) for number, item in enumerate(items)]
    for inner, at, value in entries:
        yield inner, at, node.at
        yield from _walk(inner, value)


def _parse_node(text: str, at: int) -> tuple[Node, int]:
    """Returns the value at an offset, and the offset of its end."""
    if text[at] in "{[":
        items = list(_parse_items(text, at))
        end = items[-1][1] if items else _skip(text, at + 1)
        inside = [node for node, _ in items]
        closed = _skip(text, end) + 1
        if text[at] == "[":
            return Node(inside, at), closed
        return Node(tuple(zip(inside[::2], inside[1::2], strict=True)), at), closed
    value, end = _DECODER.raw_decode(text, at)
    return Node(value, at), end


def _parse_items(text: str, at: int) -> Iterator[tuple[Node, int]]:
    """Yields the items of an array, or the alternating keys and values of an object, each with its end."""
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        node, end = _parse_node(text, at)
        yield node, end
        at = _skip(text, end)
        if text[at] in ",:":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
