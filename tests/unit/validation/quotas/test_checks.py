"""Quotas that an app exceeds are problems if AWS does not raise them, and otherwise one warning each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.quota import Quota
from domovoi_tf.settings import FunctionSettings, Settings, load
from domovoi_tf.settings.keys import STAGE
from domovoi_tf.triggers._quotas import service_quotas
from domovoi_tf.triggers._quotas.event_buses import has_wildcard
from domovoi_tf.validation.application import find_warnings, validate
from domovoi_tf.validation.quotas import function_quotas

from ...test_layout import ROOT

SETTINGS = Settings(app_name="bar", stage="dev", alb_listener_arn="arn:aws:elasticloadbalancing:x")


def declare(*decorators: str, per_function: int = 1) -> Domovoi:
    """Declares an app with a handler for each decorator; handler n is in lines 2n + 1 and 2n + 2.

    Args:
        decorators: the decorators, without the argument `function`.
        per_function: the number of handlers in each function.
    """
    app = Domovoi()
    for number in range(0, len(decorators), per_function):
        app.function(f"f{number // per_function}")
    source = "".join(
        f"@app.{decorator}, function='f{number // per_function}')\ndef h{number}(event, context): ...\n"
        for number, decorator in enumerate(decorators)
    )
    names: dict[str, Any] = {"app": app, "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    return app


def get_problems(app: Domovoi, settings: Settings = SETTINGS) -> str:
    return str(ValidationError(validate(app.freeze(), settings)))


def get_warnings(app: Domovoi, settings: Settings = SETTINGS) -> list[str]:
    return [f"{each.location}: {each.message}" for each in find_warnings(app.freeze(), settings)]


def list_rules(count: int, bus: str = "") -> list[str]:
    return [f"cloudwatch_event_handler(source=['s{number}']{bus}" for number in range(count)]


RAISE_RULES = (
    "EventBridge allows 300 by default: raise the quota L-244521F2 and set quotas.L-244521F2 to its number, "
    'or use EventBridge Scheduler for schedules with timezone="UTC", or another bus with event_bus_name='
)


def test_rules_of_a_bus_are_a_warning_above_the_quota() -> None:
    schedules = ["scheduled_function('rate(5 minutes)'"] * 150
    assert get_warnings(declare(*list_rules(150), *schedules, per_function=30)) == []
    app = declare(*list_rules(151), *schedules, per_function=30)
    assert validate(app.freeze(), SETTINGS) == ()
    (warning,) = get_warnings(app)
    assert warning == f"app.py:601: the default event bus would have 301 rules; {RAISE_RULES}"
    page = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    assert warning in " ".join(page.split())


def test_rules_of_several_buses_are_one_warning() -> None:
    buses = [f", event_bus_name={bus}" for bus in ("scoped('a')", "'b'", "'c'", "'d'")]
    rules = [rule for bus in buses for rule in list_rules(301, bus)]
    assert get_warnings(declare(*rules, per_function=30)) == [
        "app.py:601: the event bus scoped('a') would have 301 rules, the event bus b 301, the event bus c "
        f"301 and 1 more; {RAISE_RULES}"
    ]


def test_rules_of_s3_count_and_the_default_bus_has_one_count_by_either_name() -> None:
    bucket = "s3_event_handler('bottles', ['s3:ObjectCreated:*'], prefix='{}/', use_eventbridge=True"
    rules = [bucket.format(number) for number in range(151)]
    app = declare(*rules, *list_rules(150, ", event_bus_name='default'"), per_function=30)
    assert get_warnings(app) == [f"app.py:601: the default event bus would have 301 rules; {RAISE_RULES}"]


def test_schedules_of_eventbridge_scheduler_are_no_rules() -> None:
    schedules = ["scheduled_function('rate(5 minutes)', timezone='UTC'"] * 301
    assert get_warnings(declare(*schedules, per_function=30)) == []


def test_rules_with_a_wildcard_are_a_problem_above_the_quota() -> None:
    wildcards = ["cloudwatch_event_handler(source=[{'wildcard': 'a*b'}]"] * 20
    bucket = (
        "s3_event_handler('bottles', ['s3:ObjectCreated:*'], prefix='{}/', suffix='.x', use_eventbridge=True"
    )
    buckets = [bucket.format(number) for number in range(11)]
    assert get_problems(declare(*wildcards, *buckets[1:])) == ""
    assert get_problems(declare(*wildcards, *buckets)) == (
        "app.py:61: the default event bus would have 31 rules with a wildcard\n"
        "    EventBridge allows at most 30, and does not raise this quota. Use a prefix or a suffix alone "
        "and compare the rest in the handler, or use another bus."
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": [{"wildcard": "a*"}]}, True),
        ({"source": [{"anything-but": {"wildcard": ["a*", "b*"]}}]}, True),
        ({"$or": [{"source": ["a"]}, {"detail": {"x": [{"wildcard": "a*"}]}}]}, True),
        ({"detail": {"wildcard": ["a"]}}, False),
        ({"$or": [{"wildcard": ["a"]}, {"source": ["a"]}]}, False),
        ({"source": [{"anything-but": ["a*"]}, {"prefix": "wildcard"}]}, False),
    ],
)
def test_fields_of_the_name_are_no_wildcards(pattern: dict[str, Any], expected: bool) -> None:
    assert has_wildcard(pattern) is expected


def test_size_of_an_event_pattern_is_a_warning_above_the_quota() -> None:
    rule = "cloudwatch_event_handler(source=['{}']"
    length = 2048 - len('{"source":[""]}')
    assert get_warnings(declare(rule.format("x" * length))) == []
    assert get_warnings(declare(rule.format("x" * (length + 1)), rule.format("x" * (length + 2)))) == [
        "app.py:1: the event pattern of h0 would have 2,049 characters as JSON, the event pattern of h1 "
        "2,050; EventBridge allows 2,048 by default: raise the quota L-664C5505 and set quotas.L-664C5505 to "
        "its number, or split the pattern into several rules"
    ]


def test_patterns_of_any_depth_can_be_measured() -> None:
    pattern: Any = ["a"]
    for _ in range(100_000):
        pattern = {"a": pattern}
    app = Domovoi()
    app.cloudwatch_event_handler(detail=pattern)(get_problems)
    assert get_warnings(app) == []


def test_target_groups_of_a_load_balancer_are_a_problem_above_the_quota() -> None:
    rules = [f"alb_target('/p{number}', priority={number + 1}" for number in range(101)]
    assert get_problems(declare(*rules[1:], per_function=20)) == ""
    assert get_problems(declare(*rules, per_function=20)) == (
        "app.py:201: the load balancer would have 101 target groups\n"
        "    Elastic Load Balancing allows at most 100, and does not raise this quota. Handle several "
        "prefixes in one handler, or move handlers to another app with a load balancer of its own."
    )


def test_receipt_rules_of_a_set_are_a_problem_above_the_quota() -> None:
    rule = "email_receipt_handler(['h{}@example.com'], rule_set_name='mail'"
    rules = [rule.format(number) for number in range(201)]
    assert get_problems(declare(*rules[1:], per_function=30)) == ""
    assert get_problems(declare(*rules, per_function=30)) == (
        "app.py:401: the receipt rule set mail would have 201 receipt rules\n"
        "    SES allows at most 200, and does not raise this quota. Handle several recipients in one handler."
    )


@pytest.mark.parametrize(
    ("decorator", "most", "expected"),
    [
        (
            "dynamodb_stream_handler('beers'",
            2,
            "app.py:5: the stream of the table beers would have 3 event source mappings; DynamoDB throttles "
            "more than 2: read it in one function that passes the records on, for example to a topic",
        ),
        (
            "kinesis_stream_handler(scoped('beers')",
            5,
            "app.py:11: the stream scoped('beers') would have 6 event source mappings; Kinesis throttles "
            "more than 5: read it in one function that passes the records on, for example to a topic",
        ),
    ],
)
def test_readers_of_a_stream_are_a_warning_above_the_quota(decorator: str, most: int, expected: str) -> None:
    assert get_warnings(declare(*[decorator] * most)) == []
    assert get_warnings(declare(*[decorator] * (most + 1))) == [expected]


def test_roles_are_a_warning_above_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    assert service_quotas.ROLES.most == 1000
    few = service_quotas.ROLES.replace(most=12)
    for module in (service_quotas, function_quotas):
        monkeypatch.setattr(module, "ROLES", few)
    schedules = ["scheduled_function('rate(5 minutes)', timezone='UTC'"] * 10
    assert get_warnings(declare(*schedules, per_function=5)) == []  # two functions and ten schedules
    app = declare(*schedules, "lambda_function('h'", per_function=5)
    assert get_warnings(app) == [
        "app.py:19: the app would have 13 roles; IAM allows 12 by default: raise the quota L-FE177D64 "
        "and set quotas.L-FE177D64 to its number, or let functions share an existing role with "
        "iam_role_arn, or deploy another app to another account"
    ]
    role = FunctionSettings(iam_role_arn="arn:aws:iam::111111111111:role/r")
    assert get_warnings(app, Settings(app_name="bar", stage="dev", functions={"f2": role})) == []


def test_reserved_concurrency_is_a_warning_above_what_the_account_can_reserve() -> None:
    app = declare("lambda_function('a'", "lambda_function('b'")
    assert get_warnings(app, reserve(450, 450)) == []
    assert get_warnings(app, reserve(450, 451)) == [
        ".chalice/config.json:1: the app would have 901 reserved concurrent executions; Lambda allows 900 by "
        "default: raise the quota L-B99A9384 and set quotas.L-B99A9384 to its number, or reserve less with "
        "reserved_concurrency"
    ]


def reserve(*numbers: int, **quotas: int) -> Settings:
    functions = {f"f{n}": FunctionSettings(reserved_concurrency=each) for n, each in enumerate(numbers)}
    codes = {code.replace("_", "-"): number for code, number in quotas.items()}
    return Settings(app_name="bar", stage="dev", functions=functions, quotas=codes)


def test_number_of_the_account_replaces_the_default() -> None:
    app = declare(*list_rules(311), per_function=30)
    assert get_warnings(app, reserve(L_244521F2=311)) == []
    end = (
        'or use EventBridge Scheduler for schedules with timezone="UTC", or another bus with event_bus_name='
    )
    assert get_warnings(app, reserve(L_244521F2=310)) == [
        "app.py:621: the default event bus would have 311 rules; EventBridge allows 310, because "
        f"quotas.L-244521F2 is 310: raise the quota further, {end}"
    ]
    assert get_warnings(declare(*list_rules(101), per_function=30), reserve(L_244521F2=100)) == [
        "app.py:201: the default event bus would have 101 rules; EventBridge allows 100, because "
        f"quotas.L-244521F2 is 100: raise the quota further, {end}"
    ]
    assert get_warnings(app, reserve(L_FE177D64=5000)) == get_warnings(app)


@pytest.mark.parametrize(("quota", "most"), [(2000, 1900), (1000, 900), (50, 0)])
def test_lambda_keeps_a_part_of_the_concurrency_of_the_account(quota: int, most: int) -> None:
    app = declare("lambda_function('a'", "lambda_function('b'")
    assert get_warnings(app, reserve(most, 0, L_B99A9384=quota)) == []
    assert get_warnings(app, reserve(most, 1, L_B99A9384=quota)) == [
        f".chalice/config.json:1: the app would have {most + 1:,} reserved concurrent executions; Lambda "
        f"allows {most:,}, because quotas.L-B99A9384 is {quota:,}: raise the quota further, or reserve less "
        "with reserved_concurrency"
    ]


def test_quotas_that_aws_does_not_raise_stay_as_they_are() -> None:
    wildcards = ["cloudwatch_event_handler(source=[{'wildcard': 'a*b'}]"] * 31
    assert "at most 30" in get_problems(declare(*wildcards), reserve(L_244521F2=1000))


def test_key_has_the_quotas_that_aws_raises_with_their_defaults() -> None:
    quotas = [each for each in vars(service_quotas).values() if isinstance(each, Quota) and each.code]
    known = STAGE["quotas"].type
    assert {code: key.default for code, key in known.keys.items()} == {
        each.code: each.most + each.kept for each in quotas
    }
    assert re.findall(r"L-\w+", known.overview) == [*known.keys]


def test_numbers_of_a_stage_are_merged_with_those_of_the_top_level(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    stages = {"dev": {}, "prod": {"quotas": {"L-244521F2": 1000}}}
    config = {"app_name": "bar", "quotas": {"L-244521F2": 400, "L-FE177D64": 5000}, "stages": stages}
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config))
    assert load(tmp_path, "dev").quotas == {"L-244521F2": 400, "L-FE177D64": 5000}
    assert load(tmp_path, "prod").quotas == {"L-244521F2": 1000, "L-FE177D64": 5000}
