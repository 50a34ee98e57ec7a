"""Patterns: what AWS accepts is valid, what AWS rejects is reported, and no value makes a check fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf.triggers._patterns.grammar import (
    DYNAMODB_RECORDS,
    KINESIS_RECORDS,
    SQS_RECORDS,
    Records,
    find_event_pattern_problems,
    find_filter_policy_problems,
    find_filter_problems,
)
from domovoi_tf.triggers._patterns.operators import EVENTBRIDGE, LAMBDA, LAMBDA_DYNAMODB, SNS, Dialect

FIELDS = {"source": "source", "detail-type": "detail_type", "detail": "detail"}
NUMERIC = 'Write {"numeric": ["<", 10]} or {"numeric": [">", 0, "<=", 10]}.'
CIDR = 'Write "10.0.0.0/24" or "2001:db8::/32".'
ANYTHING_BUT = "Use strings only, or numbers only, or a filter: equals-ignore-case, prefix, suffix, wildcard."
ITEMS = 'Use strings, numbers, booleans, None, or filters such as {"prefix": "a"}.'
OR = "Use two or more, each a dict that is not empty."


def check_event(detail: object) -> list[tuple[str, str]]:
    return list(find_event_pattern_problems({"detail": detail}, FIELDS, ["rule_name"]))


def check_sqs(pattern: object) -> list[tuple[str, str]]:
    return list(find_filter_problems([pattern], SQS_RECORDS))


def check_sns(policy: object, nested: bool = False) -> list[tuple[str, str]]:
    return list(find_filter_policy_problems(policy, nested))


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
@pytest.mark.parametrize(
    "value",
    [
        ["a", "", 1, -2.5, True, None],
        ("a",),
        [{"prefix": "2017-10-02"}, {"prefix": ""}, {"prefix": {"equals-ignore-case": "EventB"}}],
        [{"suffix": ".png"}, {"suffix": {"equals-ignore-case": ".png"}}],
        [{"equals-ignore-case": "alice"}],
        [{"anything-but": "initializing"}, {"anything-but": 123}, {"anything-but": ["a", "b"]}],
        [{"anything-but": [100, 200.5]}],
        [{"anything-but": {"prefix": "init"}}, {"anything-but": {"prefix": ["a", "b"]}}],
        [{"anything-but": {"suffix": "init"}}, {"anything-but": {"suffix": ["a", "b"]}}],
        [{"anything-but": {"equals-ignore-case": "a"}}, {"anything-but": {"equals-ignore-case": ["a", ""]}}],
        [{"anything-but": {"wildcard": "*/lib/*"}}, {"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}],
        [{"numeric": [operator, 100]} for operator in ("=", "<", "<=", ">", ">=")],
        [{"numeric": [">", 0, "<=", 5]}, {"numeric": [">=", -5e9, "<", 5000000000]}],
        [{"exists": True}, {"exists": False}],
        [{"cidr": "10.0.0.0/24"}, {"cidr": "0.0.0.0/0"}, {"cidr": "2001:db8::/127"}, {"cidr": "10.0.0.1/31"}],
        [{"wildcard": "dir/*.png"}, {"wildcard": "a"}, {"wildcard": r"\*\\*\*"}, {"wildcard": "a*b*c*d*e"}],
    ],
)
def test_eventbridge_accepts_its_operators(value: object) -> None:
    assert check_event({"a": {"b": value}}) == []
    assert check_event({"$or": [{"a": value}, {"b": {"$or": [{"c": value}, {"d": value}]}}]}) == []


@pytest.mark.parametrize(
    ("item", "message", "remedy"),
    [
        (
            {"prefix": 1},
            "prefix of a.b in {} is 1",
            'Use a string, as in {"prefix": "a"}, or {"equals-ignore-case": "a"}.',
        ),
        (
            {"suffix": ["a"]},
            "suffix of a.b in {} is ['a']",
            'Use a string, as in {"suffix": "a"}, or {"equals-ignore-case": "a"}.',
        ),
        (
            {"prefix": {"suffix": "a"}},
            "prefix of a.b in {} is {'suffix': 'a'}",
            'Use a string, as in {"prefix": "a"}, or {"equals-ignore-case": "a"}.',
        ),
        (
            {"prefix": {"equals-ignore-case": 5}},
            "prefix of a.b in {} is 5",
            'Use a string, as in {"prefix": "a"}, or {"equals-ignore-case": "a"}.',
        ),
        (
            {"equals-ignore-case": None},
            "equals-ignore-case of a.b in {} is None",
            'Use a string, as in {"equals-ignore-case": "a"}.',
        ),
        ({"anything-but": []}, "anything-but of a.b in {} is []", ANYTHING_BUT),
        ({"anything-but": None}, "anything-but of a.b in {} is None", ANYTHING_BUT),
        ({"anything-but": True}, "anything-but of a.b in {} is True", ANYTHING_BUT),
        ({"anything-but": ["a", 1]}, "anything-but of a.b in {} is ['a', 1]", ANYTHING_BUT),
        ({"anything-but": [1, False]}, "anything-but of a.b in {} is [1, False]", ANYTHING_BUT),
        ({"anything-but": {"cidr": "a"}}, "anything-but of a.b in {} is {'cidr': 'a'}", ANYTHING_BUT),
        (
            {"anything-but": {"prefix": ""}},
            "prefix in anything-but of a.b in {} is ''",
            'Use a string that is not empty, as in {"prefix": "a"}.',
        ),
        (
            {"anything-but": {"suffix": ["a", 1]}},
            "suffix in anything-but of a.b in {} is 1",
            'Use a string that is not empty, as in {"suffix": "a"}.',
        ),
        (
            {"anything-but": {"suffix": ""}},
            "suffix in anything-but of a.b in {} is ''",
            'Use a string that is not empty, as in {"suffix": "a"}.',
        ),
        (
            {"anything-but": {"prefix": []}},
            "prefix in anything-but of a.b in {} is []",
            'Use a string that is not empty, as in {"prefix": "a"}.',
        ),
        (
            {"anything-but": {"wildcard": "a**"}},
            "wildcard in anything-but of a.b in {} is 'a**', which has two * in a row",
            "Write one *.",
        ),
        ({"numeric": 5}, "numeric of a.b in {} is 5", NUMERIC),
        ({"numeric": []}, "numeric of a.b in {} is []", NUMERIC),
        ({"numeric": ["<"]}, "numeric of a.b in {} is ['<']", NUMERIC),
        ({"numeric": [5, "<"]}, "numeric of a.b in {} is [5, '<']", NUMERIC),
        ({"numeric": ["==", 5]}, "numeric of a.b in {} is ['==', 5]", NUMERIC),
        ({"numeric": ["<", "5"]}, "numeric of a.b in {} is ['<', '5']", NUMERIC),
        ({"numeric": ["<", True]}, "numeric of a.b in {} is ['<', True]", NUMERIC),
        ({"numeric": [["<"], 5]}, "numeric of a.b in {} is [['<'], 5]", NUMERIC),
        ({"numeric": ["<", 5, ">", 1]}, "numeric of a.b in {} is ['<', 5, '>', 1]", NUMERIC),
        ({"numeric": [">", 1, "=", 5]}, "numeric of a.b in {} is ['>', 1, '=', 5]", NUMERIC),
        (
            {"numeric": [">", 1, "<", 5, "<", 6]},
            "numeric of a.b in {} is ['>', 1, '<', 5, '<', 6]",
            NUMERIC,
        ),
        (
            {"numeric": [">", 5, "<", 5]},
            "numeric of a.b in {} is ['>', 5, '<', 5], which matches no number",
            "Write the smaller number first.",
        ),
        (
            {"numeric": ["=", 5000000001]},
            "numeric of a.b in {} is ['=', 5000000001]",
            "EventBridge compares numbers from -5,000,000,000 to 5,000,000,000.",
        ),
        (
            {"numeric": [">", -5.1e9, "<", 0]},
            "numeric of a.b in {} is ['>', -5100000000.0, '<', 0]",
            "EventBridge compares numbers from -5,000,000,000 to 5,000,000,000.",
        ),
        ({"exists": "true"}, "exists of a.b in {} is 'true'", "Write True or False."),
        ({"exists": 1}, "exists of a.b in {} is 1", "Write True or False."),
        ({"cidr": "10.0.0.0"}, "cidr of a.b in {} is '10.0.0.0'", CIDR),
        ({"cidr": "10.0.0.0/33"}, "cidr of a.b in {} is '10.0.0.0/33'", CIDR),
        ({"cidr": "10.0.0.0/-1"}, "cidr of a.b in {} is '10.0.0.0/-1'", CIDR),
        ({"cidr": "10.0.0.0/٣"}, "cidr of a.b in {} is '10.0.0.0/٣'", CIDR),
        ({"cidr": "10.0.0.0/255.0.0.0"}, "cidr of a.b in {} is '10.0.0.0/255.0.0.0'", CIDR),
        ({"cidr": "10.0.0.256/24"}, "cidr of a.b in {} is '10.0.0.256/24'", CIDR),
        ({"cidr": "fe80::1%eth0/64"}, "cidr of a.b in {} is 'fe80::1%eth0/64'", CIDR),
        ({"cidr": 10}, "cidr of a.b in {} is 10", CIDR),
        (
            {"cidr": "10.0.0.1/32"},
            "cidr of a.b in {} is '10.0.0.1/32', which is one address",
            'Write "10.0.0.1" as a value.',
        ),
        ({"wildcard": ["*"]}, "wildcard of a.b in {} is ['*']", 'Use a string, as in {"wildcard": "*.png"}.'),
        ({"wildcard": "**/a"}, "wildcard of a.b in {} is '**/a', which has two * in a row", "Write one *."),
        (
            {"wildcard": "C:\\dir"},
            "wildcard of a.b in {} is 'C:\\\\dir', which has a backslash before another character",
            r"Write \\ for a backslash and \* for an asterisk.",
        ),
        (
            {"wildcard": "a\\"},
            "wildcard of a.b in {} is 'a\\\\', which has a backslash before another character",
            r"Write \\ for a backslash and \* for an asterisk.",
        ),
        (
            {"prefx": "a"},
            "a.b in {} has the unknown filter 'prefx'",
            f"Did you mean prefix? Use one of: {', '.join(EVENTBRIDGE.operators)}.",
        ),
        ({}, "a.b in {} has the value {}", ITEMS),
        (["a"], "a.b in {} has the value ['a']", ITEMS),
        ({"prefix": "a", "suffix": "b"}, "a.b in {} has the value {'prefix': 'a', 'suffix': 'b'}", ITEMS),
    ],
)
def test_eventbridge_rejects_values(item: object, message: str, remedy: str) -> None:
    expected = message.replace("in {}", "in the event pattern").replace("a.b", "detail.a.b")
    assert check_event({"a": {"b": ["x", item]}}) == [(expected, remedy)]


@pytest.mark.parametrize(
    ("pattern", "message", "remedy"),
    [
        (5, "detail in the event pattern is 5, not a list", "Write [5]: one of the values must match."),
        ({}, "detail in the event pattern is empty", "Add values, or leave it out."),
        ({"a": {}}, "detail.a in the event pattern is empty", "Add values, or leave it out."),
        ({"a": []}, "detail.a in the event pattern is empty", "Add values, or leave it out."),
        ({"$or": []}, "detail.$or in the event pattern is not a list of patterns", OR),
        ({"$or": [{"a": [1]}]}, "detail.$or in the event pattern is not a list of patterns", OR),
        ({"$or": [{"a": [1]}, ["b"]]}, "detail.$or in the event pattern is not a list of patterns", OR),
        (
            {"$or": [{"a": [1]}, {"prefix": ["b"]}]},
            "detail.prefix in the event pattern is a filter, and EventBridge expects a field",
            'Write {"field": [{"prefix": ...}]}: inside $or no field has the name of a filter.',
        ),
        (
            {"$or": [{"a": [1]}, {"b": {"$or": [{"c": 1}, {"d": [1]}]}}]},
            "detail.b.c in the event pattern is 1, not a list",
            "Write [1]: one of the values must match.",
        ),
        (
            {name: {"$or": [{letter: [1]} for letter in "abcdefghij"]} for name in ("x", "y", "z")}
            | {"$or": [{"a": [1]}, {"b": [1]}]},
            "the event pattern has 2000 combinations",
            "EventBridge accepts at most 1000. Use fewer alternatives in $or.",
        ),
    ],
)
def test_eventbridge_rejects_fields(pattern: object, message: str, remedy: str) -> None:
    assert check_event(pattern) == [(message, remedy)]


def test_1000_combinations_are_accepted() -> None:
    ten = {"$or": [{letter: [1, 2, 3]} for letter in "abcdefghij"]}
    assert check_event(dict.fromkeys("xyz", ten)) == []


def test_unknown_field_is_named_wherever_it_is() -> None:
    pattern = {"$or": [{"sourc": ["a"]}, {"detail": {"sourc": ["a"]}}], "rulename": ["a"]}
    known = "Use one of: source, detail_type, detail."
    assert list(find_event_pattern_problems(pattern, FIELDS, ["rule_name"])) == [
        ("'sourc' is not a field of an event", f"Did you mean source? {known}"),
        ("'rulename' is not a field of an event", f"Did you mean rule_name? {known}"),
    ]


# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
@pytest.mark.parametrize(
    "pattern",
    [
        {"body": ["plain text"]},
        {"body": {"a": [None, "", "b", {"equals-ignore-case": "c"}], "d": {"e": [{"anything-but": ["f"]}]}}},
        {"body": {"a": [{"numeric": ["=", 100]}, {"numeric": [">", 10, "<=", 20]}, {"exists": False}]}},
        {"body": {"$or": [{"a": [{"prefix": "us-"}]}, {"b": [{"suffix": ".png"}]}]}},
        {"$or": [{"body": {"a": [1]}}, {"messageAttributes": {"kind": {"stringValue": ["a"]}}}]},
        {"attributes": {"SenderId": ["a"]}, "eventSourceARN": [{"prefix": "arn:"}], "messageId": ["1"]},
    ],
)
def test_filters_of_a_queue_are_accepted(pattern: object) -> None:
    assert check_sqs(pattern) == []


SQS = ", ".join(SQS_RECORDS.keys)
LAMBDAS = ", ".join(LAMBDA.operators)


@pytest.mark.parametrize(
    ("records", "pattern", "message", "remedy"),
    [
        (SQS_RECORDS, {}, "filter 1 is empty", "Add a pattern for body, or leave it out."),
        (
            SQS_RECORDS,
            {"Body": ["a"]},
            "filter 1 has 'Body', which no record has",
            f"Did you mean body? Use one of: {SQS}.",
        ),
        (
            SQS_RECORDS,
            {"kind": ["beer"]},
            "filter 1 has 'kind', which no record has",
            f"Use one of: {SQS}.",
        ),
        (
            SQS_RECORDS,
            {"body": "a"},
            "body in filter 1 is 'a', not a list",
            'Write ["a"]: one of the values must match.',
        ),
        (
            SQS_RECORDS,
            {"body": {"a": [{"wildcard": "*"}]}},
            "body.a in filter 1 has the unknown filter 'wildcard'",
            f"Use one of: {LAMBDAS}.",
        ),
        (
            SQS_RECORDS,
            {"body": {"a": [{"anything-but": {"prefix": "b"}}]}},
            "anything-but of body.a in filter 1 is {'prefix': 'b'}",
            "Use strings only, or numbers only.",
        ),
        (
            SQS_RECORDS,
            {"body": {"a": [{"prefix": {"equals-ignore-case": "b"}}]}},
            "prefix of body.a in filter 1 is {'equals-ignore-case': 'b'}",
            'Use a string, as in {"prefix": "a"}.',
        ),
        (
            SQS_RECORDS,
            {"body": {"a": [{"numeric": ["<", 5e9 + 1]}]}},
            "numeric of body.a in filter 1 is ['<', 5000000001.0]",
            "Lambda compares numbers from -5,000,000,000 to 5,000,000,000.",
        ),
        (
            KINESIS_RECORDS,
            {"kinesis": {"data": {"a": [1]}}},
            "filter 1 has 'kinesis', which no record has",
            f"Use one of: {', '.join(KINESIS_RECORDS.keys)}.",
        ),
        (
            KINESIS_RECORDS,
            {"data": ["a"]},
            "data in filter 1 is a list",
            'Use an object for data, such as {"kind": ["beer"]}.',
        ),
        (
            DYNAMODB_RECORDS,
            {"dynamodb": ["a"]},
            "dynamodb in filter 1 is a list",
            'Use an object for dynamodb, such as {"kind": ["beer"]}.',
        ),
        (
            DYNAMODB_RECORDS,
            {"dynamodb": {"Keys": {"n": {"N": [{"numeric": ["<", 5]}]}}}},
            "dynamodb.Keys.n.N in filter 1 has the unknown filter 'numeric'",
            f"Use one of: {', '.join(LAMBDA_DYNAMODB.operators)}.",
        ),
        (
            DYNAMODB_RECORDS,
            {"EventName": ["INSERT"]},
            "filter 1 has 'EventName', which no record has",
            f"Did you mean eventName? Use one of: {', '.join(DYNAMODB_RECORDS.keys)}.",
        ),
    ],
)
def test_lambda_rejects_patterns(records: Records, pattern: object, message: str, remedy: str) -> None:
    assert list(find_filter_problems([pattern], records)) == [(message, remedy)]


@pytest.mark.parametrize(
    ("records", "pattern"),
    [
        (KINESIS_RECORDS, {"data": {"a": [1]}, "partitionKey": ["b"]}),
        (DYNAMODB_RECORDS, {"dynamodb": {"Keys": {"id": {"S": ["a"]}}}, "eventName": ["INSERT"]}),
    ],
)
def test_filters_of_streams_are_accepted(records: Records, pattern: object) -> None:
    assert list(find_filter_problems([pattern] * 5, records)) == []
    assert list(find_filter_problems(None, records)) == []


@pytest.mark.parametrize(
    ("filters", "message", "remedy"),
    [
        ([], "filters is empty", "Add patterns, or leave it out."),
        ("body", "filters is not a list of patterns", 'Write filters=[{"body": {"kind": ["beer"]}}].'),
        ([["a"]], "filters is not a list of patterns", 'Write filters=[{"body": {"kind": ["beer"]}}].'),
        ([{"body": [1]}] * 6, "there are 6 filters", "AWS accepts at most 5."),
        ([{"body": ["\u2028" * 681]}], "filter 1 has 4099 characters", "AWS accepts at most 4096."),
    ],
)
def test_lambda_rejects_filters(filters: object, message: str, remedy: str) -> None:
    assert list(find_filter_problems(filters, SQS_RECORDS)) == [(message, remedy)]


# https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
@pytest.mark.parametrize(
    "policy",
    [
        {"store": ["a", None, True, 1.5], "kind": [{"prefix": "a"}, {"suffix": "b"}]},
        {"price": [{"numeric": ["=", 301.5]}, {"numeric": [">=", -1e9, "<", 1e9]}, {"anything-but": [100]}]},
        {"ip": [{"cidr": "10.0.0.0/24"}], "name": [{"equals-ignore-case": "a"}, {"exists": False}]},
        {"a": [{"anything-but": {"prefix": "b"}}, {"wildcard": "a*b*c*"}]},
        {"a": ["b"], "$or": [{"c": [1]}, {"d": [2]}]},
        {"a": [1] * 15, "b": [1] * 10},
        {name: [1] for name in "abcde"},
        {"a": [{"wildcard": "*"}] * 10},
        # Only alternatives with a wildcard multiply its points.
        {"a": [*"bcdefghijklm", *[{"wildcard": "*"}] * 10]},
    ],
)
def test_filter_policies_are_accepted(policy: object) -> None:
    assert check_sns(policy) == check_sns(policy, nested=True) == []


def test_policy_for_the_body_may_be_nested() -> None:
    # The example of AWS's own page, which makes 72 combinations of it.
    policy = {"a": {"b": {"c": ["1", "2", "3", "4"]}}, "d": {"e": ["1", "2", "3"]}}
    assert check_sns(policy, nested=True) == []
    assert check_sns(policy) == [
        (
            f"{name} in the filter policy is nested, and the attributes of a message are not",
            'Use a list of values, or set filter_policy_scope="MessageBody".',
        )
        for name in "ad"
    ]
    assert check_sns({**policy, "f": [1, 2, 3]}, nested=True) == [
        ("the filter policy has 216 combinations", "SNS accepts at most 150. Use fewer values.")
    ]


@pytest.mark.parametrize(
    ("policy", "message", "remedy"),
    [
        ("a", "filter_policy is not a dict", 'Write filter_policy={"kind": ["beer"]}.'),
        ({}, "the filter policy is empty", "Add fields with values, or leave it out."),
        ({"a": []}, "a in the filter policy is empty", "Add values, or leave it out."),
        (
            {"a": "b"},
            "a in the filter policy is 'b', not a list",
            'Write ["b"]: one of the values must match.',
        ),
        ({name: [1] for name in "abcdef"}, "the filter policy has 6 fields", "SNS accepts at most 5."),
        (
            {"a": [1] * 151},
            "the filter policy has 151 combinations",
            "SNS accepts at most 150. Use fewer values.",
        ),
        (
            {"$or": [{"a": [1] * 8}, {"b": [1] * 8}], "c": [1] * 10},
            "the filter policy has 160 combinations",
            "SNS accepts at most 150. Use fewer values.",
        ),
        (
            {"a": [{"numeric": ["<", 1000000001]}]},
            "numeric of a in the filter policy is ['<', 1000000001]",
            "SNS compares numbers from -1,000,000,000 to 1,000,000,000.",
        ),
        (
            {"a": [{"suffix": {"equals-ignore-case": "b"}}]},
            "suffix of a in the filter policy is {'equals-ignore-case': 'b'}",
            'Use a string, as in {"suffix": "a"}.',
        ),
        (
            {"a": [{"anything-but": ["b", None]}]},
            "anything-but of a in the filter policy is ['b', None]",
            "Use strings only, or numbers only, or a filter: prefix, wildcard.",
        ),
        (
            {"a": [{"wildcard": "*a*b*c*"}]},
            "wildcard of a in the filter policy is '*a*b*c*', which has 4 wildcards",
            "SNS accepts at most 3.",
        ),
        (
            {"a": [{"wildcard": "*"}] * 11},
            "the wildcards of the filter policy have 121 points of complexity",
            "SNS accepts at most 100. Use fewer wildcards in one field.",
        ),
        (
            {"a": [{"anything-but": {"wildcard": "*"}}] * 11},
            "the wildcards of the filter policy have 121 points of complexity",
            "SNS accepts at most 100. Use fewer wildcards in one field.",
        ),
        (
            {"a": ["é" * 131069]},
            "the filter policy has 262148 bytes as JSON",
            "SNS accepts at most 262144.",
        ),
    ],
)
def test_sns_rejects_policies(policy: object, message: str, remedy: str) -> None:
    assert check_sns(policy) == [(message, remedy)]


TEXTS = st.text(max_size=5)
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9)
WILDCARDS = (
    st.lists(st.sampled_from(["a", "*", r"\*", r"\\", "/"]), max_size=6)
    .map("".join)
    .filter(lambda text: "**" not in text.replace(r"\\", "/").replace(r"\*", "/") and text.count("*") < 4)
)
RANGES = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1])


def make_operator(name: str, value: object) -> dict[str, object]:
    return {name: value}


def generate_operators(dialect: Dialect) -> st.SearchStrategy[Any]:
    """Returns the grammar of a dialect's operators."""
    lower, upper, one = (
        st.sampled_from([">", ">="]),
        st.sampled_from(["<", "<="]),
        st.sampled_from(["=", "<", ">="]),
    )
    ignoring = TEXTS.map(lambda text: {"equals-ignore-case": text})
    operands: dict[str, st.SearchStrategy[Any]] = {
        "anything-but": TEXTS | NUMBERS | st.lists(TEXTS, min_size=1) | st.lists(NUMBERS, min_size=1),
        "cidr": st.ip_addresses(v=4).map(lambda ip: f"{ip}/8")
        | st.ip_addresses(v=6).map(lambda ip: f"{ip}/64"),
        "equals-ignore-case": TEXTS,
        "exists": st.booleans(),
        "numeric": st.tuples(one, NUMBERS)
        | st.builds(lambda low, high, pair: [low, pair[0], high, pair[1]], lower, upper, RANGES),
        "prefix": TEXTS,
        "suffix": TEXTS,
        "wildcard": WILDCARDS,
    }
    for outer, inner in dialect.within.items():
        if outer == "anything-but":
            text = {"wildcard": WILDCARDS}
            for name in inner:
                some = text.get(name, st.text(min_size=1, max_size=5))
                nested = some | st.lists(some, min_size=1)
                operands[outer] |= nested.map(partial(make_operator, name))
        else:
            operands[outer] |= ignoring
    return st.one_of([operands[name].map(partial(make_operator, name)) for name in dialect.operators])


def generate_patterns(dialect: Dialect, nested: bool = True) -> st.SearchStrategy[Any]:
    """Returns the grammar of a dialect's patterns, small enough for every limit."""
    values = st.lists(
        TEXTS | NUMBERS | st.booleans() | st.none() | generate_operators(dialect), min_size=1, max_size=2
    )
    names = st.sampled_from(["kind", "a b", "é", "for"])
    flat = st.dictionaries(names, values, min_size=1, max_size=2)
    if not nested:
        return flat
    either = st.lists(flat, min_size=2, max_size=2).map(lambda alternatives: {"$or": alternatives})
    return flat | st.dictionaries(names, flat | either, min_size=1, max_size=1) | either


@given(generate_patterns(EVENTBRIDGE))
def test_generated_patterns_of_eventbridge_are_accepted(pattern: Any) -> None:
    assert check_event(pattern) == []


@given(generate_patterns(LAMBDA))
def test_generated_patterns_of_lambda_are_accepted(pattern: Any) -> None:
    assert check_sqs({"body": pattern}) == []


@given(generate_patterns(SNS, nested=False))
def test_generated_patterns_of_sns_are_accepted(pattern: Any) -> None:
    assert check_sns(pattern) == []


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.sampled_from(["prefix"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["$or", "detail", "body", *EVENTBRIDGE.operators])
            | st.text()
            | st.integers()
            | st.none(),
            inner,
        )
        | st.tuples(inner, inner)
    ),
    max_leaves=20,
)
CHECKS: list[Callable[[Any], Any]] = [
    check_event,
    lambda value: list(find_event_pattern_problems(value if isinstance(value, dict) else {}, FIELDS, [])),
    check_sqs,
    lambda value: list(find_filter_problems(value, DYNAMODB_RECORDS)),
    check_sns,
    lambda value: check_sns(value, nested=True),
]


@given(ANYTHING)
def test_checks_never_fail_and_always_have_a_remedy(value: Any) -> None:
    for judge in CHECKS:
        assert all(message and remedy for message, remedy in judge(value))


def nest(levels: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = ["a"]
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: {"a": value},
        lambda value: {"$or": [value if isinstance(value, dict) else {"a": value}] * 2},
        lambda value: [value],
        lambda value: {("a", 1): value},
        lambda value: [{"anything-but": value}],
    ],
)
def test_checks_do_not_fail_on_very_deep_values(wrap: Callable[[Any], Any]) -> None:
    # Half of $or doubles with each level, which a judge must not follow for ever.
    value = nest(12 if "$or" in json.dumps(wrap({}), skipkeys=True) else 20_000, wrap)
    for judge in CHECKS[:3]:
        judge(value)


@pytest.mark.parametrize(("levels", "is_checked"), [(64, True), (65, False)])
def test_fields_are_checked_down_to_64_levels(levels: int, is_checked: bool) -> None:
    """Another check rejects deeper values, because Terraform does."""

    def has_problem(message: str, innermost: dict[str, Any]) -> bool:
        pattern: Any = innermost
        for _ in range(levels):
            pattern = {"detail": pattern}
        problems = [*find_event_pattern_problems(pattern, FIELDS, []), *check_sns(pattern, nested=True)]
        return message in [each for each, _ in problems]

    path = "detail." * levels
    assert has_problem(f"{path}a in the event pattern is empty", {"a": []}) is is_checked
    either = {"$or": [{"a": ["b"]}] * 1001}
    assert has_problem("the event pattern has 1001 combinations", either) is is_checked
    points = "the wildcards of the filter policy have 121 points of complexity"
    assert has_problem(points, {"a": [{"wildcard": "*"}] * 11}) is is_checked


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), None])
def test_numbers_that_are_not_json(number: float | None) -> None:
    number = 10**5000 if number is None else number  # which pytest could not name
    for value in (number, [number], [{"numeric": ["<", number]}], [{"anything-but": number}], {number: [1]}):
        for judge in CHECKS:
            judge({"body": {"a": value}, "detail": value})


def test_names_that_are_not_strings_are_not_compared_with_fields() -> None:
    """Another check rejects them, because Terraform's keys are strings."""
    assert list(find_filter_problems([{1: ["x"], "body": ["x"]}], SQS_RECORDS)) == []
