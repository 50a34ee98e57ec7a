"""Parses and writes JSON whose content is untrusted: results and logs of handlers, and messages of queues."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from domovoi_tf.system.text import UNSAFE

#: The maximum depth of a document. json.dumps with an indentation needs a few Python frames for each level.
MAX_DEPTH = 200
_UNSAFE = re.compile(f"[{UNSAFE}]")


def parse_json(text: str | bytes) -> Any:
    """Parses JSON.

    Args:
        text: the text.

    Raises:
        ValueError: it is not JSON, or is nested more deeply than `MAX_DEPTH`.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if _is_deeper_than(value, MAX_DEPTH):
        raise ValueError("the JSON is nested too deeply")
    return value


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
