"""Builds documents that match patterns, for sample events that reach their handlers.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from .._shared.sample_envelope import merge_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

#: Candidates for a field that must only exist, or differ from some values.
WORDS = ("sample", "example", "another", "1", "2", "3")
NUMBERS = tuple(range(1, 400))


def make_match(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a document that matches a valid pattern, without the fields that must not exist."""
    document: dict[str, Any] = {}
    for name, expected in pattern.items():
        if name == "$or":
            document = merge_fields(document, make_match(expected[0]))
        elif isinstance(expected, dict):
            document = merge_fields(document, {name: make_match(expected)})
        else:
            document.update((name, value) for value in list(_list_values(expected))[:1])
    return document


def match_filters(filters: object, part: str = "") -> dict[str, Any]:
    """Returns a document that matches the first of several filters, or a part of it, or an empty one."""
    first = filters[0] if isinstance(filters, (list, tuple)) and filters else {}
    document = make_match(first if isinstance(first, dict) else {})
    if not part:
        return document
    return document[part] if isinstance(document.get(part), dict) else {}


def _list_values(expected: Any) -> Iterator[Any]:
    """Yields a value for each alternative of a field that requires one."""
    for each in expected if isinstance(expected, (list, tuple)) else [expected]:
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
        candidates = WORDS[3:]  # DynamoDB numbers are strings
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
    """Returns a number in a range, a whole number if the range has one."""
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
    literal = operand.replace("\\\\", "\0").replace("\\*", "\1").replace("*", "")
    return literal.replace("\0", "\\").replace("\1", "*")


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
