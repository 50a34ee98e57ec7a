"""JSON as Terraform writes it, whose size AWS limits."""

from __future__ import annotations

import json


def written(value: object) -> str:
    """Returns a value as Terraform's ``jsonencode`` writes it, empty where it has no such form.

    https://developer.hashicorp.com/terraform/language/functions/jsonencode
    """
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, skipkeys=True, default=str)
    except (RecursionError, ValueError):
        return ""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
