"""Encodes JSON as Terraform does, to measure documents whose size AWS limits."""

from __future__ import annotations

import json

#: More levels than any AWS document has. Python's recursion limit depends on the depth of the caller.
MAX_DEPTH = 64


def is_too_deep(value: object) -> bool:
    """Whether a value has more than `MAX_DEPTH` nested levels; values of any depth are safe to pass."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return False
        inner = [each for each in level if isinstance(each, (dict, list, tuple))]
        level = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return bool(level)


def encode_json(value: object) -> str:
    """Returns a value as Terraform's ``jsonencode`` encodes it, or an empty string if it cannot be encoded.

    https://developer.hashicorp.com/terraform/language/functions/jsonencode
    """
    if is_too_deep(value):
        return ""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, skipkeys=True, default=str)
    except ValueError:
        return ""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
