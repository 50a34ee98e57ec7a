"""Documents that patterns let through: what a sample event has to be for its handler to get it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from .._shared.sample_envelope import merge_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

#: Values for a field of which only that it is there is known, or what it is not.
WORDS = ("sample", "example", "another", "1", "2", "3")
NUMBERS = tuple(range(1, 400))


def make_match(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a document that a valid pattern lets through; fields that have to be missing are missing."""
    found: dict[str, Any] = {}
    for name, wanted in pattern.items():
        if name == "$or":
            found = merge_fields(found, make_match(wanted[0]))
        elif isinstance(wanted, dict):
            found = merge_fields(found, {name: make_match(wanted)})
        else:
            found.update((name, value) for value in list(_list_values(wanted))[:1])
    return found


def match_filters(filters: object, part: str = "") -> dict[str, Any]:
    """Returns what the first of several filters lets through, or a part of that; empty without any."""
    first = filters[0] if isinstance(filters, (list, tuple)) and filters else {}
    found = make_match(first if isinstance(first, dict) else {})
    return found if not part else found[part] if isinstance(found.get(part), dict) else {}


def _list_values(wanted: Any) -> Iterator[Any]:
    """Yields the value that each of a field's alternatives matches, where one has to be there."""
    for each in wanted if isinstance(wanted, (list, tuple)) else [wanted]:
        if not isinstance(each, dict):
            yield each
            continue
        for operator, operand in each.items():
            if operator != "exists":
                yield _OPERATORS[operator](operand)
            elif operand:
                yield WORDS[0]


def _match_text(operand: Any) -> Any:
    return operand["equals-ignore-case"] if isinstance(operand, dict) else operand


def _match_anything_but(operand: Any) -> Any:
    inner = operand if isinstance(operand, dict) else {"": operand}
    ((operator, values),) = inner.items()
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    candidates: Any = NUMBERS if all(isinstance(each, (int, float)) for each in values) else WORDS
    if all(isinstance(each, str) and each.isdecimal() for each in values):
        candidates = WORDS[3:]  # a number in DynamoDB's types is a text
    return next(c for c in candidates if not any(_is_excluded(operator, each, c) for each in values))


def _is_excluded(operator: str, value: Any, candidate: Any) -> bool:
    if operator == "prefix":
        return bool(candidate.startswith(value))
    if operator == "suffix":
        return bool(candidate.endswith(value))
    if operator == "wildcard":
        from fnmatch import fnmatchcase

        return fnmatchcase(candidate, value)
    return bool(candidate == value)


def _match_numeric(operand: Any) -> float:
    """Returns a number in a range, which is whole where a whole one is in it."""
    bounds = dict(zip(operand[::2], operand[1::2], strict=True))
    if "=" in bounds:
        return bounds["="]  # type: ignore[no-any-return]
    inclusive = [bounds[sign] for sign in (">=", "<=") if sign in bounds]
    if inclusive:
        return inclusive[0]  # type: ignore[no-any-return]
    if ">" in bounds and "<" in bounds:
        low, high = bounds[">"], bounds["<"]
        return low + 1 if low + 1 < high else (low + high) / 2  # type: ignore[no-any-return]
    return bounds[">"] + 1 if ">" in bounds else bounds["<"] - 1  # type: ignore[no-any-return]


def _match_wildcard(operand: str) -> str:
    kept = operand.replace("\\\\", "\0").replace("\\*", "\1").replace("*", "")
    return kept.replace("\0", "\\").replace("\1", "*")


def _match_network(operand: str) -> str:
    return operand.partition("/")[0]


_OPERATORS = {
    "prefix": _match_text,
    "suffix": _match_text,
    "equals-ignore-case": _match_text,
    "wildcard": _match_wildcard,
    "anything-but": _match_anything_but,
    "numeric": _match_numeric,
    "cidr": _match_network,
}
