"""Checks the operators and values of patterns, in the dialects of EventBridge, Lambda and SNS.

Values that JSON cannot represent are reported elsewhere, by the check of Terraform values.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://github.com/aws/event-ruler
"""

from __future__ import annotations

import json
import math
from contextlib import suppress

from ...model.record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Problems = Iterator[tuple[str, str]]


class Dialect(Frozen):
    """The pattern language of an AWS service.

    ``operators`` are the names of its operators, and ``within`` the operators that may be nested in another.
    ``largest`` is the greatest absolute value that ``numeric`` accepts. ``wildcards`` is the maximum of
    wildcards in a string, or None for no limit.
    """

    service: str
    operators: tuple[str, ...]
    within: Mapping[str, tuple[str, ...]]
    largest: float
    wildcards: int | None = None


EVENTBRIDGE = Dialect(
    service="EventBridge",
    operators=(
        "anything-but",
        "cidr",
        "equals-ignore-case",
        "exists",
        "numeric",
        "prefix",
        "suffix",
        "wildcard",
    ),
    within={
        "anything-but": ("equals-ignore-case", "prefix", "suffix", "wildcard"),
        "prefix": ("equals-ignore-case",),
        "suffix": ("equals-ignore-case",),
    },
    largest=5e9,
)
LAMBDA = Dialect(
    service="Lambda",
    operators=("anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"),
    within={},
    largest=5e9,
)
#: Without ``numeric``, because the records of a DynamoDB stream have numbers as strings.
#: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
LAMBDA_DYNAMODB = Dialect(
    service="Lambda",
    operators=tuple(name for name in LAMBDA.operators if name != "numeric"),
    within={},
    largest=5e9,
)
SNS = Dialect(
    service="SNS",
    operators=EVENTBRIDGE.operators,
    within={"anything-but": ("prefix", "wildcard")},
    largest=1e9,
    wildcards=3,
)

_NUMERIC = 'Write {"numeric": ["<", 10]} or {"numeric": [">", 0, "<=", 10]}.'
_ITEMS = 'Use strings, numbers, booleans, None, or filters such as {"prefix": "a"}.'


def check_values(value: object, dialect: Dialect, where: str) -> Problems:
    """Yields the problems of the values of a field: message and remedy.

    Args:
        value: the value of the field, which is not a pattern of further fields.
        dialect: the dialect of the service.
        where: the field in words, for messages.
    """
    if isinstance(value, (list, tuple)) and value:
        for item in value:
            yield from _check_item(item, dialect, where)
    elif isinstance(value, (dict, list, tuple)):
        yield f"{where} is empty", "Add values, or leave it out."
    elif _is_plain(value):
        written = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else shorten(value)
        yield (
            f"{where} is {shorten(value)}, not a list",
            f"Write [{written}]: one of the values must match.",
        )


def _check_item(item: object, dialect: Dialect, where: str) -> Problems:
    if isinstance(item, dict) and len(item) == 1:
        ((name, operand),) = item.items()
        if name in dialect.operators:
            yield from _OPERANDS[name](operand, dialect, f"{name} of {where}")
        else:
            yield f"{where} has the unknown filter {shorten(name)}", suggest_name(name, dialect.operators)
    elif isinstance(item, (dict, list, tuple)):
        yield f"{where} has the value {shorten(item)}", _ITEMS


def _check_text(operand: object, dialect: Dialect, where: str) -> Problems:
    operator = where.partition(" ")[0]
    inner = dialect.within.get(operator, ())
    if isinstance(operand, dict) and len(operand) == 1 and next(iter(operand)) in inner:
        operand = next(iter(operand.values()))
    if not isinstance(operand, str):
        nested = "".join(f', or {{"{name}": "a"}}' for name in inner)
        yield f"{where} is {shorten(operand)}", f'Use a string, as in {{"{operator}": "a"}}{nested}.'


def _check_wildcard(operand: object, dialect: Dialect, where: str) -> Problems:
    if not isinstance(operand, str):
        yield f"{where} is {shorten(operand)}", 'Use a string, as in {"wildcard": "*.png"}.'
        return
    unescaped = remove_escapes(operand)
    if "\\" in unescaped:
        yield (
            f"{where} is {shorten(operand)}, which has a backslash before another character",
            r"Write \\ for a backslash and \* for an asterisk.",
        )
    if "**" in unescaped:
        yield f"{where} is {shorten(operand)}, which has two * in a row", "Write one *."
    if dialect.wildcards is not None and unescaped.count("*") > dialect.wildcards:
        yield (
            f"{where} is {shorten(operand)}, which has {unescaped.count('*')} wildcards",
            f"{dialect.service} accepts at most {dialect.wildcards}.",
        )


def _check_anything_but(operand: object, dialect: Dialect, where: str) -> Problems:
    inner = dialect.within.get("anything-but", ())
    if isinstance(operand, dict):
        if len(operand) == 1 and next(iter(operand)) in inner:
            ((name, texts),) = operand.items()
            yield from _check_nested(name, texts, dialect, f"{name} in {where}")
            return
    else:
        values = operand if isinstance(operand, (list, tuple)) else [operand]
        for kind in (_is_text, _is_number):
            if values and all(kind(value) for value in values):
                return
    filters = f", or a filter: {', '.join(inner)}" if inner else ""
    yield f"{where} is {shorten(operand)}", f"Use strings only, or numbers only{filters}."


def _check_nested(name: str, texts: object, dialect: Dialect, where: str) -> Problems:
    values = texts if isinstance(texts, (list, tuple)) and texts else [texts]
    for value in values:
        if not isinstance(value, str) or (not value and name in ("prefix", "suffix")):
            yield (
                f"{where} is {shorten(value)}",
                f'Use a string that is not empty, as in {{"{name}": "a"}}.',
            )
        elif name == "wildcard":
            yield from _check_wildcard(value, dialect, where)


def _check_numeric(operand: object, dialect: Dialect, where: str) -> Problems:
    parts = list(operand) if isinstance(operand, (list, tuple)) else []
    operators, numbers = parts[::2], parts[1::2]
    shapes: tuple[tuple[tuple[str, ...], ...], ...] = (
        (("=", "<", "<=", ">", ">="),),
        ((">", ">="), ("<", "<=")),
    )
    shape = next((each for each in shapes if len(each) == len(operators) == len(numbers)), ())
    if not (
        shape
        and all(_is_text(one) and one in accepted for one, accepted in zip(operators, shape, strict=True))
        and all(_is_number(number) for number in numbers)
    ):
        yield f"{where} is {shorten(operand)}", _NUMERIC
    elif not all(abs(number) <= dialect.largest for number in numbers):
        yield (
            f"{where} is {shorten(operand)}",
            f"{dialect.service} compares numbers from -{dialect.largest:,.0f} to {dialect.largest:,.0f}.",
        )
    elif len(numbers) == 2 and numbers[0] >= numbers[1]:
        yield f"{where} is {shorten(operand)}, which matches no number", "Write the smaller number first."


def _check_exists(operand: object, dialect: Dialect, where: str) -> Problems:
    if not isinstance(operand, bool):
        yield f"{where} is {shorten(operand)}", "Write True or False."


def _check_cidr(operand: object, dialect: Dialect, where: str) -> Problems:
    import ipaddress

    address, _, bits = operand.partition("/") if isinstance(operand, str) else ("", "", "")
    longest = 0
    with suppress(ValueError):
        longest += ipaddress.ip_address(address).max_prefixlen
    digits = int(bits) if bits.isascii() and bits.isdecimal() and len(bits) < 4 else -1
    if longest and digits == longest:
        yield f"{where} is {shorten(operand)}, which is one address", f'Write "{address}" as a value.'
    elif not 0 <= digits < longest or "%" in address:
        yield f"{where} is {shorten(operand)}", 'Write "10.0.0.0/24" or "2001:db8::/32".'


_OPERANDS: dict[str, Callable[[object, Dialect, str], Problems]] = {
    "anything-but": _check_anything_but,
    "cidr": _check_cidr,
    "equals-ignore-case": _check_text,
    "exists": _check_exists,
    "numeric": _check_numeric,
    "prefix": _check_text,
    "suffix": _check_text,
    "wildcard": _check_wildcard,
}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not _is_nan(value)


def _is_nan(value: float) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


def remove_escapes(text: str) -> str:
    """Returns the string of a ``wildcard`` without escaped characters: each * left is a wildcard."""
    return text.replace("\\\\", "\0").replace("\\*", "\0")


def shorten(value: object) -> str:
    """Returns the repr of a value, shortened if it is long or deep."""
    import reprlib

    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 80
    try:
        return short.repr(value)
    except ValueError:  # of an integer with thousands of digits
        return "a very large number"


def suggest_name(name: object, known: Iterable[str], options: Iterable[str] = ()) -> str:
    """Returns the remedy for an unknown name: the most similar name, and all names."""
    from difflib import get_close_matches

    known = list(known)
    matches = get_close_matches(name if isinstance(name, str) else shorten(name), [*known, *options], 1)
    return f"{f'Did you mean {matches[0]}? ' if matches else ''}Use one of: {', '.join(known)}."
