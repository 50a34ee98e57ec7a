"""Recognises rendered files that a merge of two branches put together, and that nobody has edited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from domovoi_tf.rendering.conflict_markers import drop_markers

_NONE: Mapping[str, str] = MappingProxyType({})
_TOKEN = re.compile(r"\w+|[^\w\s]")
#: The end of a line within a list that is too long for one line.
_BREAK = re.compile(r"(?<=\[)\n +|(?<=,)\n +(?=[^\n{}]*,$)|,\n +(?=\])", re.MULTILINE)


def is_merge_product(content: bytes, rendered: bytes, moves: Mapping[str, str] = _NONE) -> bool:
    """Whether a file has only lines of its new rendering, and conflict markers.

    A line that lists something, such as the queues that a role may read, can lack what the other branch
    added.

    Args:
        content: the file on the disk.
        rendered: its new rendering, of the app with the changes of both branches.
        moves: the moves of both branches, of which some can be obsolete, if it is the file of these.
    """
    try:
        text, expected = content.decode(), rendered.decode()
    except UnicodeDecodeError:
        return False
    lines = {_join_words(line) for line in expected.split("\n")}
    lines.add("")
    others = {_join_words(line) for line in drop_markers(text.split("\n"))} - lines
    others -= {f"{side} = {address}" for side in ("from", "to") for move in moves.items() for address in move}
    lists = [_TOKEN.findall(line) for line in _BREAK.sub("", expected).splitlines() if "," in line]
    return all(any(_is_part(_TOKEN.findall(other), line) for line in lists) for other in others)


def _join_words(line: str) -> str:
    """Returns a line without its indentation and alignment, which depend on the neighbouring lines."""
    return " ".join(line.split())


def _is_part(part: list[str], line: list[str]) -> bool:
    """Whether a line's tokens are those of another one in the same order, with some left out."""
    rest = iter(line)
    return all(token in rest for token in part)
