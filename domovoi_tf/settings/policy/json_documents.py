"""Parses the project's JSON files strictly, optionally with the position of each value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError

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


def read_text(path: Path, name: str) -> str:
    """Returns the text of a file.

    Args:
        path: the path of the file.
        name: the file's name in messages.

    Raises:
        SettingsError: the file is not UTF-8, or cannot be read.
    """
    try:
        return path.read_bytes().decode()
    except (ValueError, OSError) as error:
        raise _build_read_error(name, error) from None


def parse_json(text: str, name: str) -> Any:
    """Parses a JSON text.

    Args:
        text: the text.
        name: the file's name in messages.

    Raises:
        SettingsError: the text is not valid JSON. The message has the line and the column.
    """
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise SettingsError(f"{where}: this is not valid JSON: {error.msg}.", "Correct the file.") from None
    except (ValueError, RecursionError) as error:
        raise _build_read_error(name, error) from None


def parse_nodes(text: str, name: str) -> Node:
    """Parses a valid JSON text to nodes with positions.

    Args:
        text: the text.
        name: the file's name in messages.

    Raises:
        SettingsError: the text is nested too deeply.
    """
    try:
        return _parse_node(text, _skip(text, 0))[0]
    except RecursionError as error:
        raise _build_read_error(name, error) from None


def format_position(text: str, at: int) -> str:
    """Returns the line and the column of an offset in a text, counted from 1."""
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def _build_read_error(name: str, error: Exception) -> SettingsError:
    return SettingsError(f"{name}: cannot be read: {error}.", "Write it as UTF-8 JSON.")


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


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
