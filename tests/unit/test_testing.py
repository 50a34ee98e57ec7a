"""The client for users' own tests: a function's process, without the function."""

from __future__ import annotations

import builtins
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, DomovoiError, scoped, variable
from domovoi_tf.testing import Client, Execution

MACHINE = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}


def bar() -> Domovoi:
    app = Domovoi()
    reports = app.function("reports")

    @app.sns_topic_subscriber(scoped("orders"))
    @app.sns_topic_subscriber("bartender")
    def tend(event: Any, context: Any) -> Any:
        return [record["Sns"]["TopicArn"] for record in event["Records"]], context.function_name

    @app.sqs_queue_subscriber(variable("queue_arn"), per_record=True, function=reports)
    def deliver(record: Any, context: Any) -> None:
        context.log(f"{os.environ['GLASS']} {str(variable('queue_arn'))[-4:]} {context.function_name}")
        if record["body"] == "bad":
            raise ValueError(record["body"])

    @app.scheduled_function("rate(1 day)")
    def close(event: Any, context: Any) -> Any:
        return context.get_remaining_time_in_millis()

    @app.step_function_task("Brew", MACHINE)
    def brew(event: Any, context: Any) -> Any:
        return {"malt": event["malt"], "state": context.stepfunctions_task_name}

    return app


@pytest.fixture
def client() -> Client:
    queue = "arn:aws:sqs:eu-west-1:1:deliveries.fifo"
    return Client(bar(), variables={"queue_arn": queue}, environment={"GLASS": "pint"})


def returning(value: Any, **options: Any) -> Client:
    """A client of an app whose only handler returns a value, or what a function of event and context does."""
    app = Domovoi()

    @app.function_url()
    def serve(event: Any, context: Any) -> Any:
        return value(event, context) if callable(value) else value

    return Client(app, **options)


def test_a_handler_gets_its_event_in_its_function(client: Client) -> None:
    assert client.send("tend", {"beer": 1}) == [["arn:aws:sns:us-east-1:123456789012:bartender"], "app-test"]
    assert client.send("tend", via="orders")[0] == ["arn:aws:sns:us-east-1:123456789012:app-test-orders"]
    assert client.send("brew", {"malt": 5}) == {"malt": 5, "state": "Brew"}
    assert client.send("deliver", "good") == {"batchItemFailures": []}
    assert client.logs == ["pint fifo app-test-reports"]


def test_a_batch_has_a_record_for_each_payload_each_with_an_identifier_of_its_own(client: Client) -> None:
    result = client.send_batch("deliver", ["good", "bad", "good"])
    assert result == {
        "batchItemFailures": [
            {"itemIdentifier": "00000000-0000-4000-8000-000000000002"},
            {"itemIdentifier": "00000000-0000-4000-8000-000000000003"},
        ]
    }
    assert client.logs[:2] == ["pint fifo app-test-reports"] * 2
    assert client.logs[2] == "[ERROR] The record 00000000-0000-4000-8000-000000000002 failed."
    assert client.logs[-1] == "ValueError: bad"


def test_the_event_can_be_had_changed_and_sent(client: Client) -> None:
    event = client.event("tend", {"beer": 1}, Subject="order")
    assert (event["Records"][0]["Sns"]["Message"], event["Records"][0]["Sns"]["Subject"]) == (
        '{"beer": 1}',
        "order",
    )
    event["Records"] *= 2
    assert len(client.invoke(event)[0]) == 2
    with pytest.raises(DispatchError):
        client.invoke(event, function="reports")


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (
            lambda client: client.send("tendd"),
            "There is no handler 'tendd'.\nDid you mean 'tend'? The app has: brew, close, deliver, tend.",
        ),
        (
            lambda client: client.event("pour"),
            "There is no handler 'pour'.\nThe app has: brew, close, deliver, tend.",
        ),
        (
            lambda client: client.send("tend", via="wine"),
            "tend has no source with 'wine' in its name.\n"
            "It has: SNS topic bartender; SNS topic scoped('orders').",
        ),
        (
            lambda client: client.send_batch("close", [1, 2]),
            "The events of close (rate(1 day)) come one by one.\nCall send() for each.",
        ),
        (
            lambda client: Client(client.app).send("deliver"),
            "variable('queue_arn') has no value: DOMOVOI_TF_VAR_queue_arn is not in the environment.\n"
            "Terraform sets it in deployed functions. "
            "In a test, pass it to domovoi_tf.testing.Client(app, variables={'queue_arn': ...}).",
        ),
        (
            lambda client: returning({1}).send("serve"),
            "The function returned what Lambda cannot write as JSON: it has a set.\n"
            "Return None, booleans, numbers, strings, lists and dicts with string keys.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(
    client: Client, do: Callable[[Client], Any], said: str
) -> None:
    with pytest.raises(DomovoiError) as raised:
        do(client)
    assert str(raised.value) == said


def test_a_decorator_that_is_not_in_order_is_said_first(client: Client) -> None:
    client.app.scheduled_function(when="now")(lambda event, context: None)
    with pytest.raises(DomovoiError) as raised:
        client.send("tend")
    assert raised.value.message.endswith("scheduled_function() got an unexpected keyword argument 'when'")


def test_an_app_without_handlers_has_none() -> None:
    with pytest.raises(DomovoiError) as raised:
        Client(Domovoi()).send("tend")
    assert str(raised.value) == "There is no handler 'tend'.\nThe app has: none."


def test_all_that_handlers_write_is_in_the_log_and_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def write(event: Any, context: Any) -> None:
        context.log({"beer": 1})
        print("printed")  # noqa: T201 - as handlers do
        logging.getLogger("bar").warning("low on %s", "beer")
        logging.getLogger("bar").info("not at this level")
        raise RuntimeError

    client = returning(write)
    with pytest.raises(RuntimeError):
        client.send("serve")
    assert client.logs == ["{'beer': 1}", "printed", "[WARNING] low on beer"]
    assert capsys.readouterr().out == "{'beer': 1}\nprinted\n[WARNING] low on beer\n"


def test_the_app_s_own_logger_is_heard() -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 day)")
    def open_up(event: Any, context: Any) -> None:
        app.log.info("ready")

    client = Client(app)
    client.send("open_up")
    assert client.logs == ["[INFO] ready"]


def test_executions_are_noted_and_none_is_started(client: Client) -> None:
    app = client.app
    cleaning = app.register_state_machine(
        {"StartAt": "Wash", "States": {"Wash": {"Type": "Pass", "End": True}}}, "cleaning"
    )
    answers: list[Any] = []

    @app.sns_topic_subscriber("start")
    def start(event: Any, context: Any) -> None:
        answers.append(app.state_machine.start_execution(malt=5))
        answers.append(cleaning.start_named_execution("monday", tables=3))

    client.send("start")
    assert client.executions == [
        Execution("default", {"malt": 5}),
        Execution("cleaning", {"tables": 3}, "monday"),
    ]
    arn = "arn:aws:states:us-east-1:123456789012:execution:app-test"
    assert answers[0]["executionArn"].startswith(f"{arn}:")
    assert answers[1]["executionArn"] == f"{arn}-cleaning:monday"
    assert app.step_functions is None


def test_the_context_has_what_lambda_s_has() -> None:
    def described(event: Any, context: Any) -> Any:
        names = [name for name in dir(context) if not name.startswith("_") and name not in ("log",)]
        return {name: getattr(context, name) for name in names if not callable(getattr(context, name))}

    client = returning(described, name="bar-dev", memory_size=512)
    found = client.send("serve")
    assert len(found.pop("aws_request_id")) == 36
    assert found == {
        "client_context": None,
        "function_name": "bar-dev",
        "function_version": "$LATEST",
        "identity": None,
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:bar-dev",
        "log_group_name": "/aws/lambda/bar-dev",
        "log_stream_name": "test",
        "memory_limit_in_mb": "512",
    }


def test_the_time_that_is_left_can_be_told() -> None:
    def left(event: Any, context: Any) -> Any:
        return [context.get_remaining_time_in_millis() for _ in range(2)]

    assert returning(left, remaining_time=7).send("serve") == [7, 7]
    assert returning(left, remaining_time=iter([5, 3]).__next__).send("serve") == [5, 3]
    first, second = returning(left, timeout=900).send("serve")
    assert 900_000 >= first >= second > 0
    assert returning(left, timeout=0).send("serve") == [0, 0]


def test_events_and_results_pass_through_json() -> None:
    client = returning((1, Decimal("1.5"), {"a": None}))
    event = client.event("serve")
    assert client.invoke(event) == [1, 1.5, {"a": None}]

    def spoil(given: Any, context: Any) -> None:
        given.clear()

    spoiling = returning(spoil)
    spoiling.invoke(event)
    assert event["version"] == "2.0"


def test_the_environment_is_the_function_s_meanwhile_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("DOMOVOI_TF_NAME", "mine")
    before = dict(os.environ)
    client = returning(lambda event, context: dict(os.environ), environment={"AWS_REGION": "eu-west-1"})
    found = client.send("serve")
    assert dict(os.environ) == before
    assert "AWS_PROFILE" not in found
    assert {"mine"} & set(found.values()) == set()
    assert (found["DOMOVOI_TF_NAME"], found["DOMOVOI_TF_FUNCTION"]) == ("app-test", "default")
    assert (found["AWS_REGION"], found["AWS_ACCESS_KEY_ID"]) == ("eu-west-1", "testing")
    assert ".eu-west-1." in client.event("serve")["requestContext"]["domainName"]


def test_clients_of_one_app_do_not_mix() -> None:
    app = bar()
    one, other = Client(app, name="one"), Client(app, name="other")
    for client in (one, other, one):
        assert client.send("tend", via="orders")[1] == client.name


def test_what_a_process_knew_before_and_after_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    app = bar()
    monkeypatch.setenv("DOMOVOI_TF_NAME", "mine")
    monkeypatch.setenv("DOMOVOI_TF_FUNCTION", "default")
    mine = Client(app, name="mine").event("tend", via="orders")
    for _ in range(2):
        assert app(mine, Client(app)._context({}))[0] == ["arn:aws:sns:us-east-1:123456789012:mine-orders"]
        assert Client(app).send("tend", via="orders")[0] == [
            "arn:aws:sns:us-east-1:123456789012:app-test-orders"
        ]


def test_no_socket_is_opened_and_boto3_stays_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    real = builtins.__import__

    def no_boto3(name: str, *args: Any, **kwargs: Any) -> Any:
        assert name.partition(".")[0] not in ("boto3", "botocore")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_boto3)
    client.app.sns_topic_subscriber("x")(starting(client.app))
    client.send("handle")
    assert len(client.executions) == 1


def starting(app: Domovoi) -> Callable[[Any, Any], Any]:
    def handle(event: Any, context: Any) -> None:
        app.state_machine.start_execution()

    return handle


def test_importing_it_is_quick_for_what_it_needs() -> None:
    """A user's tests need no Jinja, no click, no boto3."""
    script = "import sys, json, domovoi_tf.testing; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"jinja2", "click", "boto3", "msgspec", "domovoi_tf.rendering"} & set(json.loads(done.stdout))
