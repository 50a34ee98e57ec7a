"""Subscription filters: decoded events reach their handlers, and problems are reported."""

from __future__ import annotations

import base64
import gzip
import json
import logging
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.logs import cloudwatch_logs_sub_filter_handler
from domovoi_tf.validation.application import find_warnings, validate

SECRET = "4111-1111-1111-1111"
SETTINGS = Settings(app_name="bar", stage="dev")
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:{}"
UNKNOWN = (
    "No handler for an event of an unknown kind.\nSources with a handler in this function: logs /bar/till."
)
ONLY = "Use letters, digits, ., -, _, / and # only."
CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [
        {
            "id": "",
            "timestamp": 1510254469274,
            "message": "CWL CONTROL MESSAGE: Checking health of destination Lambda.",
        }
    ],
}


def payload(group: str = "/bar/till", **fields: Any) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": "2026/01/01/[$LATEST]1",
        "subscriptionFilters": ["bar-dev-watch"],
        "logEvents": [{"id": "3195", "timestamp": 1432826855000, "message": SECRET}],
        **fields,
    }


def pack(content: bytes) -> dict[str, Any]:
    return {"awslogs": {"data": base64.b64encode(content).decode()}}


def event(content: object) -> dict[str, Any]:
    return pack(gzip.compress(json.dumps(content).encode()))


def build_app(*groups: Any) -> tuple[Domovoi, list[Any]]:
    """Returns an app with a handler for each log group, and the calls of the handlers."""
    app, calls = Domovoi(), []
    for number, group in enumerate(groups):

        def watch(event: Any, context: Any, number: int = number) -> int:
            calls.append((number, event))
            return number

        watch.__name__ = f"watch{number}"
        app.cloudwatch_logs_sub_filter_handler(group, "")(watch)
    return app, calls


def reject(app: Domovoi, item: object) -> str:
    with pytest.raises(DispatchError) as raised:
        app(item, None)
    return str(raised.value)


def test_handler_of_the_log_group_receives_the_decoded_payload() -> None:
    app, calls = build_app("/bar/till", "/bar/door")
    sent = event(payload("/bar/door"))
    assert app(sent, None) == 1
    assert calls == [(1, payload("/bar/door"))]
    assert sent.keys() == {"awslogs"}


@pytest.mark.parametrize("suffix", ["", ":*"])
def test_log_group_of_a_variable_is_identified_by_the_name_in_the_arn(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_group_arn", ARN.format("/bar/cellar") + suffix)
    app, calls = build_app("/bar/till", variable("group_arn"))
    assert app(event(payload("/bar/cellar")), None) == 1
    assert calls == [(1, payload("/bar/cellar"))]


def test_scoped_log_group_is_identified_by_its_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "bar-prod")
    app, calls = build_app(scoped("door"))
    assert app(event(payload("bar-prod-door")), None) == 0
    assert reject(app, event(payload("door"))) == (
        "No handler for the logs source 'door'.\nSources with a handler in this function: logs bar-prod-door."
    )
    assert len(calls) == 1


def test_control_message_calls_no_handler() -> None:
    app, calls = build_app("/bar/till")
    assert app(event(CONTROL), None) is None
    assert app(event(payload(messageType="CONTROL_MESSAGE")), None) is None
    assert calls == []


def test_control_message_is_rejected_without_a_log_handler() -> None:
    assert reject(Domovoi(), event(CONTROL)) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: none."
    )


@pytest.mark.parametrize(
    "item",
    [
        {"awslogs": None},
        {"awslogs": SECRET},
        {"awslogs": {}},
        {"awslogs": {"data": None}},
        {"awslogs": {"data": [SECRET]}},
        {"awslogs": {"data": SECRET}},
        {"awslogs": {"data": "é"}},
        {"awslogs": {"data": ""}},
        pack(b""),
        pack(SECRET.encode()),
        pack(json.dumps(payload()).encode()),
        pack(gzip.compress(json.dumps(payload()).encode())[:40]),
        pack(gzip.compress(json.dumps(payload()).encode())[:-8] + b"12345678"),
        pack(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + b"\xff" * 20),
        pack(gzip.compress(b"\xff\xfe{")),
        pack(gzip.compress(b"{")),
        event([payload()]),
        event({"logEvents": [SECRET]}),
        event(payload(logGroup=[SECRET])),
        {"Records": [event(payload())]},
        payload(),
    ],
)
def test_error_about_an_undecodable_event_does_not_show_its_payload(
    item: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app, calls = build_app("/bar/till")
    assert reject(app, item) == UNKNOWN
    assert (calls, caplog.text) == ([], "")


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def logs(arguments: str, name: str = "watch") -> str:
    return f"@app.cloudwatch_logs_sub_filter_handler({arguments})\ndef {name}(event, context): ...\n"


FUNCTIONS = "app.function('a'); app.function('b'); app.function('c')\n"


@pytest.mark.parametrize(
    "source",
    [
        logs("'g' * 512, 'p' * 1024"),
        logs("'.-_/#Aa0', ''"),
        logs("scoped('g' * 504), '{ $.a = 1 }', create=True"),
        logs("variable('group_arn'), 'ERROR'"),
        logs("'x', ''", "w" * 504),
        logs("'/aws/lambda/bar-prod', ''") + logs("'/aws/lambda/bar-dev-other', ''", "other"),
        FUNCTIONS + logs("'x', '', function='a'") + logs("'x', '', function='b'", "second"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            logs("'g' * 513, ''"),
            f"app.py:1: the log group name '{'g' * 513}' has 513 characters\n    AWS allows at most 512.",
        ),
        (
            logs("scoped('g' * 505), ''"),
            f"app.py:1: the log group name 'bar-dev-{'g' * 505}' has 513 characters\n"
            "    AWS allows at most 512.",
        ),
        (
            logs("'x', ''", "w" * 505),
            f"app.py:1: the subscription filter name 'bar-dev-{'w' * 505}' has 513 characters\n"
            "    AWS allows at most 512. Shorten the name of the handler, or set name=.",
        ),
        (logs("'a b', ''"), f"app.py:1: 'a b' is not a valid log group name\n    {ONLY}"),
        (logs("'a:*', ''"), f"app.py:1: 'a:*' is not a valid log group name\n    {ONLY}"),
        (logs("'', ''"), f"app.py:1: '' is not a valid log group name\n    {ONLY}"),
        (
            logs("None, ''"),
            "app.py:1: log_group_name is None\n    Use a string, scoped() or variable().",
        ),
        (
            logs("'arn:aws:logs:us-east-1:123456789012:log-group:x', ''"),
            "app.py:1: 'arn:aws:logs:us-east-1:123456789012:log-group:x' is an ARN, but a name is expected\n"
            "    Write 'x', or pass the ARN from Terraform with variable(\"...\").",
        ),
        (
            logs("'x', 'p' * 1025"),
            "app.py:1: filter_pattern has 1025 characters\n"
            "    CloudWatch Logs accepts at most 1024. Shorten it.",
        ),
        (
            logs("'x', None"),
            'app.py:1: filter_pattern is None\n    Write a string, or "" to match every log event.',
        ),
        (
            logs("'x', ''") + logs("'x', 'ERROR'", "second"),
            "app.py:3: second and watch (app.py:1) both handle logs x\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        (
            logs("'bar-dev-x', ''") + logs("scoped('x'), ''", "second"),
            "app.py:3: second and watch (app.py:1) both receive the events of logs bar-dev-x\n"
            "    Rename one of the sources: their events carry the same name.",
        ),
        (
            logs("'x', ''") + "app.function('a')\n" + logs("'x', '', create=True, function='a'", "second"),
            "app.py:4: create is True here, but False at app.py:1 for x\n"
            "    Use the same value in both places: either the app owns it, or it refers to it by name.",
        ),
        (
            FUNCTIONS
            + logs("scoped('x'), '', function='c'", "third")
            + logs("'bar-dev-x', ''", "first")
            + logs("'y', ''", "another")
            + logs("scoped('x'), '', function='a'", "second"),
            "app.py:8: second would be subscription filter 3 of the log group 'bar-dev-x', after "
            "third (app.py:2) and first (app.py:4)\n"
            "    A log group can have 2. Call this handler from one of the others.",
        ),
        (
            FUNCTIONS
            + logs("variable('arn'), ''", "first")
            + logs("variable('other'), ''", "another")
            + logs("variable('arn'), '', function='a'", "second")
            + logs("variable('arn'), '', function='b'", "third"),
            "app.py:8: third would be subscription filter 3 of the log group \"variable('arn')\", after "
            "first (app.py:2) and second (app.py:6)\n"
            "    A log group can have 2. Call this handler from one of the others.",
        ),
        (
            logs("'/aws/lambda/bar-dev', ''"),
            "app.py:1: '/aws/lambda/bar-dev' is the log group of a function of this app, "
            "which would invoke itself forever\n    Use the log group of another app.",
        ),
        (
            FUNCTIONS + logs("'/aws/lambda/bar-dev-b', ''"),
            "app.py:2: '/aws/lambda/bar-dev-b' is the log group of a function of this app, "
            "which would invoke itself forever\n    Use the log group of another app.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == report


def test_decorator_has_the_positional_arguments_of_domovoi() -> None:
    trigger = cloudwatch_logs_sub_filter_handler("testlogs", "{$.level = 8}")
    assert (trigger.log_group_name, trigger.filter_pattern) == ("testlogs", "{$.level = 8}")
    assert (trigger.create, trigger.function, trigger.describe()) == (False, "", "log group testlogs")


def declare(source: str) -> Domovoi:
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    app: Domovoi = names["app"]
    return app


def filtered(arguments: str, name: str) -> str:
    return f"@app.cloudwatch_logs_sub_filter_handler({arguments})\ndef {name}(event, context): ...\n"


def test_given_name_is_that_of_the_filter() -> None:
    app = declare(filtered("'/bar/till', '', filter_name='domovoi-cwl-filter'", "watch"))
    assert validate(app.freeze(), SETTINGS) == ()
    (route,) = app.freeze().routes
    assert route.trigger.arguments("watch")["name"] == "domovoi-cwl-filter"
    sent = route.trigger.event(EventRequest(handler="watch", payload="x", environ={}))
    content = json.loads(gzip.decompress(base64.b64decode(sent["awslogs"]["data"])))
    assert content["subscriptionFilters"] == ["domovoi-cwl-filter"]


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            filtered("'/bar/till', '', filter_name='a:b'", "watch"),
            "app.py:1: 'a:b' is not a valid subscription filter name\n"
            "    Use characters other than : and * only.",
        ),
        (
            filtered("'/bar/till', '', filter_name='f'", "watch")
            + filtered("'/bar/till', '', filter_name='f', function='g'", "other")
            + "app.function('g')\n",
            "app.py:3: other and watch (app.py:1) would have one subscription filter f of the log group "
            "'/bar/till'\n    Give one of them another filter_name.",
        ),
        (
            filtered("'/bar/till', '', filter_name='f'", "watch")
            + filtered("'/bar/door', '', filter_name='f'", "other"),
            "",
        ),
    ],
)
def test_report_names_problems_of_given_names(source: str, report: str) -> None:
    assert str(ValidationError(validate(declare(source).freeze(), SETTINGS))) == report


def test_given_name_that_stages_would_share_is_a_warning() -> None:
    stages = Settings(app_name="bar", stage="dev", stages=("dev", "prod"))
    sources = (
        "'/bar/till', '', filter_name='f'",
        "'/bar/till', '', filter_name=scoped('f')",
        "scoped('till'), '', filter_name='f'",
        "'/bar/till', ''",
    )
    warnings = [
        [each.message for each in find_warnings(declare(filtered(source, "watch")).freeze(), stages)]
        for source in sources
    ]
    assert warnings == [
        [
            "each of the stages dev, prod would create the subscription filter 'f', which can exist only "
            "once in the log group '/bar/till': use scoped('f') to give each stage its own"
        ],
        [],
        [],
        [],
    ]
