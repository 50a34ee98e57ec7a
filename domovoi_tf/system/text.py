"""Formats text and JSON for users, and makes what programs, AWS and handlers return safe to print."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Code points that act on a terminal, reorder or break lines, or that no encoding has: C0 except tab and line
#: feed, DEL, C1, bidirectional controls, line and paragraph separators, and halves of surrogate pairs.
#: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_UNSAFE_RANGES = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[{_UNSAFE_RANGES}]")
#: The maximum depth of a document. json.dumps with an indentation needs a few Python frames for each level.
MAX_DEPTH = 200
_UNSAFE_IN_LINE = re.compile(f"[{_UNSAFE_RANGES}\\t\\n]")
#: A string, the unfinished string at the end of a text that is not valid, or a bracket.
_JSON_PART = r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]'


def format_count(number: int, noun: str) -> str:
    """Returns a number with its noun, such as "1 resource" or "2 resources".

    Args:
        number: the number.
        noun: the noun in the singular; its plural ends with "s".
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def strip_colours(text: str) -> str:
    """Returns a text without the escape sequences that colour it on a terminal.

    Args:
        text: the text.
    """
    return _COLOUR.sub("", text)


def escape_controls(text: str) -> str:
    r"""Returns untrusted text with escapes, such as ``\x1b``, in place of what a terminal would obey.

    Tabs and line feeds remain.

    Args:
        text: the text.
    """
    return _UNSAFE.sub(_escape, text)


def escape_line(text: str) -> str:
    """Returns untrusted text as one line: like `escape_controls`, but tabs and line feeds are escaped too.

    Args:
        text: the text.
    """
    return _UNSAFE_IN_LINE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def find_deep_json(text: str, max_depth: int) -> int | None:
    """Returns the offset of the first value that is nested too deeply, or None; the text may be invalid.

    Parsers call themselves at each level, so the depth of a text is checked before it is parsed.

    Args:
        text: the text.
        max_depth: the maximum number of levels.
    """
    depth = 0
    for token in re.finditer(_JSON_PART, text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > max_depth:
            return token.start()
    return None


def locate_offset(text: str, offset: int) -> tuple[int, int]:
    """Returns the line and the column of an offset in a text, counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def parse_json(text: str | bytes, *, is_strict: bool = False) -> Any:
    """Parses JSON.

    Args:
        text: the text.
        is_strict: whether NaN and infinities, which JSON lacks, are errors.

    Raises:
        ValueError: it is not JSON, or is nested more deeply than `MAX_DEPTH`.
    """
    try:
        value = json.loads(text, parse_constant=reject_constant if is_strict else None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _is_deeper_than(value, MAX_DEPTH):
        raise ValueError("it is nested too deeply")
    return value


def reject_constant(name: str) -> None:
    """Raises ValueError for a constant that JSON lacks, such as ``NaN``.

    Args:
        name: the constant.
    """
    raise ValueError(f"{name} is not JSON")


def format_json(value: Any, indent: int | None = 2, ascii_only: bool = False) -> str:
    """Returns a value as JSON that any parser accepts and that a terminal shows as it is.

    Characters that a terminal would obey are JSON escapes. NaN and infinities, which JSON lacks, are strings.
    Other types, such as dates, are strings too.

    Args:
        value: the value.
        indent: the number of spaces of each level; None for a single line.
        ascii_only: whether to escape all other characters that are not ASCII.
    """
    try:
        text = json.dumps(value, indent=indent, default=str, ensure_ascii=ascii_only, allow_nan=False)
    except ValueError:
        text = json.dumps(_replace_infinities(value), indent=indent, default=str, ensure_ascii=ascii_only)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _is_deeper_than(value: Any, depth: int) -> bool:
    """Returns whether lists and objects are nested more deeply, level by level instead of by recursion."""
    level = [value]
    for _ in range(depth + 1):
        containers = [each for each in level if isinstance(each, (dict, list))]
        if not containers:
            return False
        level = [
            inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return True


def _replace_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _replace_infinities(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace_infinities(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
