"""JSON files of a project, read strictly, and with the place of each value where that is asked for."""

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
    """A JSON value, and where it begins in its text.

    An object's value is the list of its keys and values, in which a key may stand twice.
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


def text_of(path: Path, name: str) -> str:
    """Returns a file's text.

    Args:
        path: the file.
        name: what messages call it.

    Raises:
        SettingsError: it is not UTF-8, or cannot be read.
    """
    try:
        return path.read_bytes().decode()
    except (ValueError, OSError) as error:
        raise _unreadable(name, error) from None


def json_of(text: str, name: str) -> Any:
    """Returns what a JSON text says.

    Args:
        text: the text.
        name: what messages call its file.

    Raises:
        SettingsError: it is not JSON, at this line and column.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise SettingsError(f"{where}: this is not JSON: {error.msg}.", "Correct it there.") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, error) from None


def nodes(text: str, name: str) -> Node:
    """Returns the values of a JSON text with their places.

    Args:
        text: the text, which is valid.
        name: what messages call its file.

    Raises:
        SettingsError: it is nested too deeply.
    """
    try:
        return _node(text, _skip(text, 0))[0]
    except RecursionError as error:
        raise _unreadable(name, error) from None


def position(text: str, at: int) -> str:
    """Returns the line and the column of a place in a text, as editors count them."""
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def _unreadable(name: str, error: Exception) -> SettingsError:
    return SettingsError(f"{name}: cannot be read: {error}.", "Write it as UTF-8 JSON.")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _node(text: str, at: int) -> tuple[Node, int]:
    """Returns the value that begins at a place, and where it ends."""
    if text[at] in "{[":
        items = list(_items(text, at))
        end = items[-1][1] if items else _skip(text, at + 1)
        inside = [node for node, _ in items]
        closed = _skip(text, end) + 1
        if text[at] == "[":
            return Node(inside, at), closed
        return Node(tuple(zip(inside[::2], inside[1::2], strict=True)), at), closed
    value, end = _DECODER.raw_decode(text, at)
    return Node(value, at), end


def _items(text: str, at: int) -> Iterator[tuple[Node, int]]:
    """Yields the items of an array, or the keys and values of an object in turn, each with its end."""
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        node, end = _node(text, at)
        yield node, end
        at = _skip(text, end)
        if text[at] in ",:":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
