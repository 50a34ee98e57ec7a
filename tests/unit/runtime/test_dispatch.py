"""Events in the form that AWS sends reach the handlers that declare their sources, and no others."""

from __future__ import annotations

import copy
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, DomovoiError, scoped, variable

SECRET = "4111-1111-1111-1111"
ARN = "arn:aws:sns:us-east-2:123456789012:{}"
#: A record from SNS: the sample event of the AWS console.
RECORD: dict[str, Any] = {
    "EventVersion": "1.0",
    "EventSubscriptionArn": f"{ARN.format('test-lambda')}:21be56ed-a058-49f5-8c98-aedd2564c486",
    "EventSource": "aws:sns",
    "Sns": {
        "SignatureVersion": "1",
        "Timestamp": "1970-01-01T00:00:00.000Z",
        "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
        "SigningCertUrl": "https://sns.us-east-2.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d.pem",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "Message": "Hello from SNS!",
        "MessageAttributes": {
            "Test": {"Type": "String", "Value": "TestString"},
            "TestBinary": {"Type": "Binary", "Value": "TestBinary"},
        },
        "Type": "Notification",
        "UnsubscribeUrl": "https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe&amp;SubscriptionArn=x",
        "TopicArn": "{{topicarn}}",
        "Subject": "TestInvoke",
    },
}
#: The event of a scheduled EventBridge rule.
SCHEDULED: dict[str, Any] = {
    "account": "123456789012",
    "region": "us-east-2",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2019-03-01T01:23:45Z",
    "id": "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-schedule"],
}


@pytest.fixture(autouse=True)
def unset_function_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOMOVOI_TF_FUNCTION", raising=False)
    monkeypatch.delenv("DOMOVOI_TF_NAME", raising=False)
    monkeypatch.delenv("AWS_LAMBDA_LOG_STREAM_NAME", raising=False)


def sns_record(topic: str, message: str = "Hello from SNS!") -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    record["Sns"].update(TopicArn=topic if ":" in topic else ARN.format(topic), Message=message)
    return record


def sns(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


class Bar:
    """An app whose handlers record the events that they receive."""

    def __init__(self, name: str = "Domovoi") -> None:
        self.app = Domovoi(name)
        self.calls: list[tuple[str, Any]] = []

        @self.app.scheduled_function("rate(1 minute)")
        def bar(event: Any, context: Any) -> str:
            self.calls.append(("bar", event))
            return "bar"

        @self.app.scheduled_function("rate(1 hour)", rule_name="closing-time")
        def close(event: Any, context: Any) -> str:
            self.calls.append(("close", event))
            return "close"

        @self.app.sns_topic_subscriber("bartender")
        def tend(event: Any, context: Any) -> str:
            self.calls.append(("tend", event))
            return "tend"

        @self.app.sns_topic_subscriber("cellar")
        def fetch(event: Any, context: Any) -> str:
            self.calls.append(("fetch", event))
            return "fetch"


def reject(app: Domovoi, event: object) -> str:
    with pytest.raises(DispatchError) as raised:
        app(event, None)
    return str(raised.value)


def test_handler_of_a_schedule_receives_the_eventbridge_event() -> None:
    bar = Bar()
    assert bar.app({"task_name": "bar", "event": SCHEDULED}, None) == "bar"
    assert bar.app({"task_name": "closing-time", "event": SCHEDULED}, None) == "close"
    assert bar.calls == [("bar", SCHEDULED), ("close", SCHEDULED)]


@pytest.mark.parametrize("rule_input", [{"beer": 1}, [1, 2], "text", 0, None])
def test_handler_of_a_schedule_receives_the_input_of_the_rule(rule_input: object) -> None:
    bar = Bar()
    bar.app({"task_name": "bar", "event": rule_input}, None)
    assert bar.calls == [("bar", rule_input)]


def test_sns_event_reaches_the_handler_of_its_topic_unchanged() -> None:
    bar = Bar()
    event = sns(sns_record("bartender"))
    assert bar.app(event, None) == "tend"
    assert bar.calls == [("tend", sns(sns_record("bartender")))]


def test_batch_is_split_by_handler_in_the_order_of_its_records() -> None:
    bar = Bar()
    records = [sns_record(topic, str(n)) for n, topic in enumerate(["cellar", "bartender", "cellar"])]
    assert bar.app({"Records": records, "extra": "kept"}, None) == ["fetch", "tend"]
    assert bar.calls == [
        ("fetch", {"Records": [records[0], records[2]], "extra": "kept"}),
        ("tend", {"Records": [records[1]], "extra": "kept"}),
    ]


@pytest.mark.parametrize(
    ("results", "merged"),
    [
        # One handler reports failed records, the others return something else.
        (
            [{"batchItemFailures": [{"itemIdentifier": "1"}]}, {"served": 2}, None],
            {"batchItemFailures": [{"itemIdentifier": "1"}]},
        ),
        (
            [
                {"batchItemFailures": [{"itemIdentifier": "1"}]},
                {"batchItemFailures": []},
                {"batchItemFailures": [{"itemIdentifier": "2"}]},
            ],
            {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]},
        ),
        ([{"batchItemFailures": []}, None, None], {"batchItemFailures": []}),
        ([{"batchItemFailures": None}, None], {"batchItemFailures": []}),
        (
            [{"served": 1}, "batchItemFailures", ["batchItemFailures"]],
            [{"served": 1}, "batchItemFailures", ["batchItemFailures"]],
        ),
        ([None, 0], [None, 0]),
        ([None, None, None], None),
    ],
)
def test_reports_of_failed_records_of_several_handlers_are_merged(results: list[Any], merged: Any) -> None:
    app = Domovoi()
    for number, result in enumerate(results):

        def handle(event: Any, context: Any, result: Any = result) -> Any:
            return result

        handle.__name__ = f"handle_{number}"
        app.sns_topic_subscriber(f"topic-{number}")(handle)
    records = [sns_record(f"topic-{number}") for number in range(len(results))]
    assert app(sns(*records), None) == merged


def test_handler_of_two_sources_receives_a_mixed_batch_at_once() -> None:
    app, calls = Domovoi(), []

    @app.sns_topic_subscriber("cellar")
    @app.sns_topic_subscriber("bartender")
    def tend(event: Any, context: Any) -> int:
        calls.append(event)
        return len(event["Records"])

    batch = sns(sns_record("bartender"), sns_record("cellar"))
    assert app(batch, None) == 2
    assert calls == [batch]


def test_empty_batch_calls_no_handler() -> None:
    bar = Bar()
    assert bar.app({"Records": []}, None) is None
    assert bar.calls == []


def test_source_without_a_handler_is_rejected_before_any_handler_is_called() -> None:
    bar = Bar()
    message = reject(bar.app, sns(sns_record("bartender"), sns_record("attic", SECRET)))
    assert message == (
        "No handler for the sns source 'arn:aws:sns:us-east-2:123456789012:attic'.\n"
        "Sources with a handler in this function: "
        "schedule bar, schedule closing-time, sns bartender, sns cellar."
    )
    assert bar.calls == []


def test_rule_without_a_handler_is_rejected() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 minute)")(default)
    assert reject(app, {"task_name": "attic", "event": {"card": SECRET}}) == (
        "No handler for the schedule source 'attic'.\n"
        "Sources with a handler in this function: schedule default."
    )


def test_error_says_that_an_app_has_no_handlers() -> None:
    assert reject(Domovoi(), SCHEDULED) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: none."
    )


@pytest.mark.parametrize(
    "event",
    [
        SCHEDULED,
        {"card": SECRET},
        {"Records": [{"eventSource": "aws:sqs", "body": SECRET}]},
        {"Records": [{}]},
        {"Records": [{"Sns": None}]},
        {"Records": [{"Sns": SECRET}]},
        {"Records": [{"Sns": {"Message": SECRET}}]},
        {"Records": [{"Sns": {"TopicArn": [SECRET]}}]},
        {"Records": [SECRET]},
        {"Records": [{"task_name": "bar", "event": SECRET}]},
        {"Records": {"0": SECRET}},
        {"task_name": "bar"},
        {"task_name": ["bar"], "event": SECRET},
        sns_record("bartender", SECRET),
        SECRET,
        [SECRET],
        None,
        7,
    ],
)
def test_error_about_an_event_of_an_unknown_kind_does_not_show_its_payload(
    event: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bar = Bar()
    assert reject(bar.app, event) == (
        "No handler for an event of an unknown kind.\n"
        "Sources with a handler in this function: "
        "schedule bar, schedule closing-time, sns bartender, sns cellar."
    )
    assert bar.calls == []
    assert caplog.text == ""


def test_payload_is_logged_only_in_debug_mode(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    quiet, chatty = Bar("unit-quiet"), Bar("unit-chatty")
    event = sns(sns_record("bartender", SECRET))
    quiet.app(event, None)
    assert caplog.records == []
    chatty.app.debug = True
    chatty.app(event, None)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("DEBUG", f"event: {event}")]


@pytest.mark.parametrize(
    ("function", "served"),
    [(None, "default"), ("", "default"), ("default", "default"), ("reports", "reports")],
)
def test_each_function_serves_its_own_handlers(
    function: str | None, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber("bartender")(default)
    app.sns_topic_subscriber("bartender", function="reports")(reports)
    if function is not None:
        monkeypatch.setenv("DOMOVOI_TF_FUNCTION", function)
    assert app(sns(sns_record("bartender")), None) == served


def test_deployed_function_rejects_the_sources_of_other_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber("bartender")(default)
    app.sns_topic_subscriber("cellar", function="reports")(reports)
    assert app(sns(sns_record("cellar")), None) == "reports"  # not deployed, as in a user's test
    monkeypatch.setenv("DOMOVOI_TF_FUNCTION", "reports")
    deployed = Domovoi()
    deployed.sns_topic_subscriber("bartender")(default)
    deployed.sns_topic_subscriber("cellar", function="reports")(reports)
    assert reject(deployed, sns(sns_record("bartender"))) == (
        "No handler for the sns source 'arn:aws:sns:us-east-2:123456789012:bartender'.\n"
        "Sources with a handler in this function: sns cellar."
    )


def default(event: Any, context: Any) -> str:
    return "default"


def reports(event: Any, context: Any) -> str:
    return "reports"


def test_topic_of_a_variable_is_identified_by_the_arn_passed_to_terraform(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_orders_topic_arn", ARN.format("orders"))
    app = Domovoi()
    app.sns_topic_subscriber(variable("orders_topic_arn"))(default)
    assert app(sns(sns_record("orders")), None) == "default"
    elsewhere = "arn:aws:sns:eu-west-1:999999999999:orders"
    assert reject(app, sns(sns_record(elsewhere))).startswith(f"No handler for the sns source '{elsewhere}'")


def test_scoped_topic_is_identified_by_its_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "shop-prod")
    app = Domovoi()
    app.sns_topic_subscriber(scoped("orders"))(default)
    assert app(sns(sns_record("shop-prod-orders")), None) == "default"


def test_error_names_the_variable_that_has_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Domovoi()
    app.sns_topic_subscriber(variable("orders_topic_arn"))(default)
    with pytest.raises(DomovoiError) as raised:
        app(sns(sns_record("orders")), None)
    assert raised.value.message == (
        "variable('orders_topic_arn') has no value: "
        "DOMOVOI_TF_VAR_orders_topic_arn is not in the environment."
    )


def test_scoped_rule_is_identified_by_its_handler_in_every_stage() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 minute)", rule_name=scoped("minute"))(default)
    assert app({"task_name": "default", "event": {}}, None) == "default"


def test_context_without_log_gets_one(capsys: pytest.CaptureFixture[str]) -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    def bar(event: Any, context: Any) -> Any:
        context.log({"beer": 1})
        return app.lambda_context

    context = SimpleNamespace(aws_request_id="c6af9ac6")
    assert app({"task_name": "bar", "event": {}}, context) is context
    assert capsys.readouterr().out == "{'beer': 1}\n"


def test_context_keeps_its_own_log(capsys: pytest.CaptureFixture[str]) -> None:
    app = Domovoi()
    lines: list[object] = []

    @app.scheduled_function("rate(1 minute)")
    def bar(event: Any, context: Any) -> None:
        context.log("Quadrupel")

    app({"task_name": "bar", "event": {}}, SimpleNamespace(log=lines.append))
    assert lines == ["Quadrupel"]
    assert capsys.readouterr().out == ""


def test_shared_log_names_the_handler_of_the_next_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/31/[$LATEST]1")
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    def bar(event: Any, context: Any) -> None:
        print("of bar")  # noqa: T201

    @app.sqs_queue_subscriber("orders", per_record=True)
    def take(event: Any, context: Any) -> None:
        print("of take")  # noqa: T201

    record = {
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:orders",
        "messageId": "1",
        "body": "",
    }
    app({"task_name": "bar", "event": {}}, SimpleNamespace(aws_request_id="id-1"))
    app({"Records": [record]}, SimpleNamespace(aws_request_id="id-2"))
    app({"Records": [record]}, None)
    assert capsys.readouterr().out.splitlines() == [
        "domovoi_tf handler: bar id-1",
        "of bar",
        "domovoi_tf handler: take id-2",
        "of take",
        "domovoi_tf handler: take -",
        "of take",
    ]


@pytest.mark.parametrize("deployed", [True, False])
def test_log_has_no_handler_names_with_one_handler_or_outside_lambda(
    deployed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    def bar(event: Any, context: Any) -> None:
        print("of bar")  # noqa: T201

    if deployed:
        monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/31/[$LATEST]1")
    else:
        app.sns_topic_subscriber("bartender")(second)
    app({"task_name": "bar", "event": {}}, None)
    assert capsys.readouterr().out == "of bar\n"


def second(event: Any, context: Any) -> None: ...


def test_exception_of_a_handler_reaches_lambda() -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    def bar(event: Any, context: Any) -> None:
        raise KeyError("beer")

    with pytest.raises(KeyError, match="beer"):
        app({"task_name": "bar", "event": {}}, None)


def test_handler_that_is_declared_after_the_first_event_is_called() -> None:
    bar = Bar()
    event = sns(sns_record("bartender"))
    bar.app(event, None)

    @bar.app.sns_topic_subscriber("attic")
    def climb(event: Any, context: Any) -> str:
        return "climbed"

    assert bar.app(sns(sns_record("attic")), None) == "climbed"
