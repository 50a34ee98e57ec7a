"""JSON as Terraform writes it, whose size AWS limits."""

from __future__ import annotations

import json

#: More levels than any document of AWS has; Python's own limit depends on who calls.
DEEPEST = 64


def is_too_deep(value: object) -> bool:
    """Whether a value is nested more than `DEEPEST` levels deep, however deep that is."""
    level = [value]
    for _ in range(DEEPEST + 1):
        inner = [each for each in level if isinstance(each, (dict, list, tuple))]
        level = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return bool(level)


def written(value: object) -> str:
    """Returns a value as Terraform's ``jsonencode`` writes it, empty where it has no such form.

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
