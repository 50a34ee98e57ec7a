"""Checks event patterns of EventBridge, filters of event source mappings and filter policies of SNS.

AWS compiles all three with Event Ruler; they differ in their operators and limits. Values that JSON cannot
represent are reported elsewhere, by the check of Terraform values.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
https://github.com/aws/event-ruler
"""

from __future__ import annotations

from ...model.record import Frozen
from .._shared.json_text import encode_json
from .operators import (
    EVENTBRIDGE,
    LAMBDA,
    LAMBDA_DYNAMODB,
    SNS,
    Dialect,
    check_values,
    remove_escapes,
    shorten,
    suggest_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    Problems = Iterator[tuple[str, str]]


class Records(Frozen):
    """The records of an event source, whose ``keys`` are the fields that filters may name.

    ``example`` is a list of filters in Python. ``document`` is the key whose pattern must be an object.
    """

    keys: tuple[str, ...]
    example: str
    dialect: Dialect = LAMBDA
    document: str = ""


_ENVELOPE = ("awsRegion", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion")
SQS_RECORDS = Records(
    keys=(
        "attributes",
        "awsRegion",
        "body",
        "eventSource",
        "eventSourceARN",
        "md5OfBody",
        "md5OfMessageAttributes",
        "messageAttributes",
        "messageId",
        "receiptHandle",
    ),
    example='[{"body": {"kind": ["beer"]}}]',
)
KINESIS_RECORDS = Records(
    keys=(
        "approximateArrivalTimestamp",
        "data",
        "kinesisSchemaVersion",
        "partitionKey",
        "sequenceNumber",
        *_ENVELOPE,
        "invokeIdentityArn",
    ),
    example='[{"data": {"kind": ["beer"]}}]',
    document="data",
)
DYNAMODB_RECORDS = Records(
    keys=("dynamodb", *_ENVELOPE, "userIdentity"),
    example='[{"eventName": ["INSERT"]}]',
    dialect=LAMBDA_DYNAMODB,
    document="dynamodb",
)
#: The records by the kind of event source.
RECORDS = {"dynamodb": DYNAMODB_RECORDS, "kinesis": KINESIS_RECORDS, "sqs": SQS_RECORDS}

OR = "$or"
MAX_COMBINATIONS = 1000
MAX_FILTERS, MAX_FILTER_LENGTH = 5, 4096
MAX_KEYS, MAX_POLICY_COMBINATIONS, MAX_POLICY_SIZE, MAX_WILDCARD_POINTS = 5, 150, 262144, 100
#: Deeper values are reported by the check of Terraform values.
_DEEPEST = 64
#: Names that fields of an alternative of $or must not have.
_RESERVED = {*EVENTBRIDGE.operators, "exactly", "html", "regex", "=", "<", "<=", ">", ">="}


def find_event_pattern_problems(
    pattern: Mapping[str, Any], fields: Mapping[str, str], options: Iterable[str]
) -> Problems:
    """Yields a message and a remedy for each part of an event pattern that EventBridge rejects.

    Args:
        pattern: the pattern.
        fields: the fields of an event, each with its name as an argument of the decorator.
        options: further arguments of the decorator, for suggestions.
    """
    what = "the event pattern"
    yield from _check_names(pattern, fields, "{!r} is not a field of an event", fields.values(), options)
    yield from _Walk(EVENTBRIDGE, what).check_fields(
        {name: value for name, value in pattern.items() if name in fields or name == OR}
    )
    yield from _check_combinations(pattern, what, MAX_COMBINATIONS, EVENTBRIDGE)


def find_filter_problems(filters: object, records: Records) -> Problems:
    """Yields a message and a remedy for each part of an event source mapping's filters that Lambda rejects.

    Args:
        filters: the argument ``filters`` of a decorator.
        records: the records of the event source.
    """
    if filters is None:
        return
    if not (isinstance(filters, (list, tuple)) and all(isinstance(each, dict) for each in filters)):
        yield "filters is not a list of patterns", f"Write filters={records.example}."
        return
    if not filters:
        yield "filters is empty", "Add patterns, or leave it out."
    if len(filters) > MAX_FILTERS:
        yield f"there are {len(filters)} filters", f"AWS accepts at most {MAX_FILTERS}."
    for number, each in enumerate(filters, 1):
        yield from _check_filter(each, f"filter {number}", records)


def find_filter_policy_problems(policy: object, nested: bool) -> Problems:
    """Yields a message and a remedy for each part of a subscription's filter policy that SNS rejects.

    Args:
        policy: the argument ``filter_policy`` of a decorator.
        nested: whether the policy applies to the message body, whose fields may be nested.
    """
    what = "the filter policy"
    if not isinstance(policy, dict):
        yield "filter_policy is not a dict", 'Write filter_policy={"kind": ["beer"]}.'
        return
    if not policy:
        yield "the filter policy is empty", "Add fields with values, or leave it out."
        return
    if len(policy) > MAX_KEYS:
        yield f"the filter policy has {len(policy)} fields", f"SNS accepts at most {MAX_KEYS}."
    yield from _Walk(SNS, what, flat=not nested).check_fields(policy)
    yield from _check_combinations(policy, what, MAX_POLICY_COMBINATIONS, SNS)
    points = _count_wildcard_points(policy)
    if points > MAX_WILDCARD_POINTS:
        yield (
            f"the wildcards of the filter policy have {points} points of complexity",
            f"SNS accepts at most {MAX_WILDCARD_POINTS}. Use fewer wildcards in one field.",
        )
    size = len(encode_json(policy).encode("utf-8", "surrogatepass"))
    if size > MAX_POLICY_SIZE:
        yield f"the filter policy has {size} bytes as JSON", f"SNS accepts at most {MAX_POLICY_SIZE}."


def _check_filter(pattern: Mapping[object, object], what: str, records: Records) -> Problems:
    if not pattern:
        yield f"{what} is empty", f"Add a pattern for {records.document or 'body'}, or leave it out."
    yield from _check_names(pattern, records.keys, f"{what} has {{!r}}, which no record has", records.keys)
    known = {key: value for key, value in pattern.items() if key in records.keys or key == OR}
    document = records.document
    if isinstance(known.get(document), (list, tuple)):
        yield (
            f"{document} in {what} is a list",
            f'Use an object for {document}, such as {{"kind": ["beer"]}}.',
        )
        del known[document]
    yield from _Walk(records.dialect, what).check_fields(known)
    yield from _check_combinations(pattern, what, MAX_COMBINATIONS, records.dialect)
    size = len(encode_json(pattern))
    if size > MAX_FILTER_LENGTH:
        yield f"{what} has {size} characters", f"AWS accepts at most {MAX_FILTER_LENGTH}."


def _check_names(
    pattern: Mapping[Any, object],
    known: Iterable[str],
    message: str,
    spellings: Iterable[str],
    options: Iterable[str] = (),
) -> Problems:
    """Yields the top-level fields that no event has."""
    known, spellings, options = list(known), list(spellings), list(options)
    for name in _list_fields(pattern):
        if name not in known:
            yield message.format(name), suggest_name(name, spellings, options)


def _list_fields(pattern: Mapping[Any, object], depth: int = 0) -> Iterator[str]:
    for name, value in pattern.items():
        if name == OR and depth <= _DEEPEST:
            for each in _list_alternatives(value):
                yield from _list_fields(each, depth + 1)
        elif isinstance(name, str) and name != OR:
            yield name


class _Walk:
    """Checks the fields of a pattern, nested ones included; ``flat`` rejects nested fields."""

    def __init__(self, dialect: Dialect, what: str, flat: bool = False) -> None:
        self.dialect, self.what, self.flat = dialect, what, flat

    def check_fields(
        self, pattern: Mapping[Any, object], path: str = "", within_or: bool = False, depth: int = 0
    ) -> Problems:
        for name, value in pattern.items() if depth <= _DEEPEST else ():
            where, service = f"{path}{_spell_field(name)} in {self.what}", self.dialect.service
            if name == OR:
                yield from self._check_alternatives(value, where, path, depth)
            elif within_or and name in _RESERVED:
                yield (
                    f"{where} is a filter, and {service} expects a field",
                    f'Write {{"field": [{{"{name}": ...}}]}}: inside {OR} no field has the name of a filter.',
                )
            elif not (isinstance(value, dict) and value):
                yield from check_values(value, self.dialect, where)
            elif self.flat:
                yield (
                    f"{where} is nested, and the attributes of a message are not",
                    'Use a list of values, or set filter_policy_scope="MessageBody".',
                )
            else:
                yield from self.check_fields(value, f"{path}{_spell_field(name)}.", within_or, depth + 1)

    def _check_alternatives(self, value: object, where: str, path: str, depth: int) -> Problems:
        alternatives = _list_alternatives(value)
        if not alternatives:
            yield f"{where} is not a list of patterns", "Use two or more, each a dict that is not empty."
        for each in alternatives:
            yield from self.check_fields(each, path, True, depth + 1)


def _check_combinations(pattern: Mapping[Any, object], what: str, most: int, dialect: Dialect) -> Problems:
    number = _count_combinations(pattern, values=dialect is SNS)
    if number > most:
        fewer = "fewer values" if dialect is SNS else f"fewer alternatives in {OR}"
        yield f"{what} has {number} combinations", f"{dialect.service} accepts at most {most}. Use {fewer}."


def _count_combinations(pattern: Mapping[Any, object], values: bool, level: int = 1, depth: int = 0) -> int:
    """Returns the number of patterns without $or that a pattern is equivalent to.

    With ``values`` it returns the complexity that SNS limits: each field multiplies the number by the number
    of its values and by its level, where $or is not a level.
    """
    number = 1
    for name, value in pattern.items() if depth <= _DEEPEST else ():
        if name == OR and _list_alternatives(value):
            number *= sum(
                _count_combinations(each, values, level, depth + 1) for each in _list_alternatives(value)
            )
        elif isinstance(value, dict):
            number *= _count_combinations(value, values, level + 1, depth + 1)
        elif values and isinstance(value, (list, tuple)) and value:
            number *= len(value) * level
    return number


def _count_wildcard_points(pattern: Mapping[Any, object], depth: int = 0) -> int:
    """Returns the complexity of a policy's wildcards, in the most lenient reading of its documentation."""
    points = 0
    for name, value in pattern.items() if depth <= _DEEPEST else ():
        inner = _list_alternatives(value) if name == OR else [value] if isinstance(value, dict) else []
        counts = [_count_points(item) for item in value] if isinstance(value, (list, tuple)) else []
        points += sum(counts) * sum(each > 0 for each in counts)
        points += sum(_count_wildcard_points(each, depth + 1) for each in inner)
    return points


def _count_points(item: object) -> int:
    operand = item.get("wildcard") if isinstance(item, dict) else None
    if isinstance(operand, str):
        return 3 if remove_escapes(operand).count("*") > 1 else 1
    return 1 if isinstance(item, dict) and "wildcard" in _list_keys(item.get("anything-but")) else 0


def _list_keys(value: object) -> Iterable[object]:
    return value if isinstance(value, dict) else ()


def _list_alternatives(value: object) -> list[Mapping[Any, object]]:
    """Returns the alternatives of an $or, or none unless it has two or more patterns."""
    items = list(value) if isinstance(value, (list, tuple)) else []
    return items if len(items) > 1 and all(isinstance(each, dict) and each for each in items) else []


def _spell_field(name: object) -> str:
    return name if isinstance(name, str) else shorten(name)
