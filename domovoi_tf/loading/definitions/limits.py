"""The limits of a definition, which keep every check of it short, and are above those of AWS."""

from __future__ import annotations

from typing import Any

#: The size of a file. AWS accepts no longer definition.
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_BYTES = 1024 * 1024
#: The number of values, with those that aliases repeat. A value of a definition takes up 20 bytes or more.
MAX_VALUES = 100_000
#: How deeply lists and dicts may be nested. The checks of a definition call themselves at each level.
MAX_DEPTH = 100
SHORTEN = f"Shorten it: AWS accepts at most {MAX_BYTES:,} bytes."
TOO_MANY = f"there are more than {MAX_VALUES:,} values"
TOO_DEEP = f"there are lists and dicts that are nested more than {MAX_DEPTH} levels deep"


def require_small(value: Any) -> None:
    """Checks the size of a value, which may contain the same object many times, or itself.

    Args:
        value: a plain value.

    Raises:
        ValueError: it has too many values or is too deep. The message is a sentence.
    """
    _measure(value, 0, {})


def _measure(value: Any, level: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Returns the number of values in a value, and its depth."""
    if not isinstance(value, (dict, list, tuple)):
        return 1, 0
    if level == MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        sizes = [_measure(item, level + 1, known) for item in items]
        known[id(value)] = (
            1 + sum(size for size, _ in sizes),
            1 + max((depth for _, depth in sizes), default=0),
        )
    size, depth = known[id(value)]
    if size > MAX_VALUES:
        raise ValueError(TOO_MANY)
    if level + depth > MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    return size, depth
