"""The client for tests of apps simulates the process of a function, without AWS."""

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


def build_bar() -> Domovoi:
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
    return Client(build_bar(), variables={"queue_arn": queue}, environment={"GLASS": "pint"})


def make_client(value: Any, **options: Any) -> Client:
    """Returns a client of an app with one handler, which returns a value or the result of a function."""
    app = Domovoi()

    @app.function_url()
    def serve(event: Any, context: Any) -> Any:
        return value(event, context) if callable(value) else value

    return Client(app, **options)


def test_handler_receives_its_event_in_its_function(client: Client) -> None:
    assert client.send("tend", {"beer": 1}) == [["arn:aws:sns:us-east-1:123456789012:bartender"], "app-test"]
    assert client.send("tend", via="orders")[0] == ["arn:aws:sns:us-east-1:123456789012:app-test-orders"]
    assert client.send("brew", {"malt": 5}) == {"malt": 5, "state": "Brew"}
    assert client.send("deliver", "good") == {"batchItemFailures": []}
    assert client.logs == ["pint fifo app-test-reports"]


def test_batch_has_a_record_with_a_unique_identifier_for_each_payload(client: Client) -> None:
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


def test_event_can_be_built_changed_and_sent(client: Client) -> None:
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
    ("variables", "result"),
    [
        ({}, ["https://pay.example.com", "", "tips"]),
        ({"endpoint": "", "note": "paid", "bus": "others"}, ["", "paid", "others"]),
    ],
)
def test_variables_have_their_defaults_unless_the_test_passes_values(
    variables: dict[str, str], result: list[str]
) -> None:
    app = Domovoi()
    endpoint = app.variable("endpoint", default="https://pay.example.com")
    note = app.variable("note", default="")
    bus = app.variable("bus", default="tips")

    @app.cloudwatch_event_handler(event_bus_name=bus, source=["till"])
    def charge(event: Any, context: Any) -> Any:
        return [str(endpoint), str(note), str(variable("bus"))]

    assert Client(app, variables=variables).send("charge") == result


@pytest.mark.parametrize(
    ("call", "message"),
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
            "rate(1 day), the source of close, does not send batches.\nCall send() for each payload.",
        ),
        (
            lambda client: Client(client.app).send("deliver"),
            "variable('queue_arn') has no value: DOMOVOI_TF_VAR_queue_arn is not in the environment.\n"
            "Terraform sets it in deployed functions. "
            "In a test, pass it to domovoi_tf.testing.Client(app, variables={'queue_arn': ...}).",
        ),
        (
            lambda client: make_client({1}).send("serve"),
            "Lambda cannot serialise the function's result as JSON: it has a set.\n"
            "Return None, booleans, numbers, strings, lists and dicts with string keys.",
        ),
    ],
)
def test_error_says_what_is_wrong_and_what_to_do(
    client: Client, call: Callable[[Client], Any], message: str
) -> None:
    with pytest.raises(DomovoiError) as raised:
        call(client)
    assert str(raised.value) == message


def test_wrong_arguments_of_a_decorator_are_reported_first(client: Client) -> None:
    client.app.scheduled_function(when="now")(  # type: ignore[call-arg]
        lambda event, context: None
    )
    with pytest.raises(DomovoiError) as raised:
        client.send("tend")
    assert raised.value.message.endswith("app.scheduled_function has no argument when")


def test_error_says_that_an_app_has_no_handlers() -> None:
    with pytest.raises(DomovoiError) as raised:
        Client(Domovoi()).send("tend")
    assert str(raised.value) == "There is no handler 'tend'.\nThe app has: none."


def test_log_lines_of_handlers_are_recorded_and_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def write(event: Any, context: Any) -> None:
        context.log({"beer": 1})
        print("printed")  # noqa: T201 - as handlers do
        logging.getLogger("bar").warning("low on %s", "beer")
        logging.getLogger("bar").info("not at this level")
        raise RuntimeError

    client = make_client(write)
    with pytest.raises(RuntimeError):
        client.send("serve")
    assert client.logs == ["{'beer': 1}", "printed", "[WARNING] low on beer"]
    assert capsys.readouterr().out == "{'beer': 1}\nprinted\n[WARNING] low on beer\n"


def test_messages_of_the_app_s_logger_are_recorded() -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 day)")
    def open_up(event: Any, context: Any) -> None:
        app.log.info("ready")

    client = Client(app)
    client.send("open_up")
    assert client.logs == ["[INFO] ready"]


def test_executions_are_recorded_but_not_started(client: Client) -> None:
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


def test_context_has_the_attributes_of_lambda_s_context() -> None:
    def describe(event: Any, context: Any) -> Any:
        names = [name for name in dir(context) if not name.startswith("_") and name not in ("log",)]
        return {name: getattr(context, name) for name in names if not callable(getattr(context, name))}

    client = make_client(describe, name="bar-dev", memory_size=512)
    attributes = client.send("serve")
    assert len(attributes.pop("aws_request_id")) == 36
    assert attributes == {
        "client_context": None,
        "function_name": "bar-dev",
        "function_version": "$LATEST",
        "identity": None,
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:bar-dev",
        "log_group_name": "/aws/lambda/bar-dev",
        "log_stream_name": "test",
        "memory_limit_in_mb": "512",
        "tenant_id": None,
    }


def test_remaining_time_can_be_set() -> None:
    def get_remaining(event: Any, context: Any) -> Any:
        return [context.get_remaining_time_in_millis() for _ in range(2)]

    assert make_client(get_remaining, remaining_time=7).send("serve") == [7, 7]
    assert make_client(get_remaining, remaining_time=iter([5, 3]).__next__).send("serve") == [5, 3]
    first, second = make_client(get_remaining, timeout=900).send("serve")
    assert 900_000 >= first >= second > 0
    assert make_client(get_remaining, timeout=0).send("serve") == [0, 0]


def test_events_and_results_are_serialised_as_json() -> None:
    client = make_client((1, Decimal("1.5"), {"a": None}))
    event = client.event("serve")
    assert client.invoke(event) == [1, 1.5, {"a": None}]

    def clear(event: Any, context: Any) -> None:
        event.clear()

    make_client(clear).invoke(event)
    assert event["version"] == "2.0"


def test_handler_has_the_environment_of_its_function_which_is_restored_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("DOMOVOI_TF_NAME", "mine")
    before = dict(os.environ)
    client = make_client(lambda event, context: dict(os.environ), environment={"AWS_REGION": "eu-west-1"})
    environ = client.send("serve")
    assert dict(os.environ) == before
    assert "AWS_PROFILE" not in environ
    assert {"mine"} & set(environ.values()) == set()
    assert (environ["DOMOVOI_TF_NAME"], environ["DOMOVOI_TF_FUNCTION"]) == ("app-test", "default")
    assert (environ["AWS_REGION"], environ["AWS_ACCESS_KEY_ID"]) == ("eu-west-1", "testing")
    assert ".eu-west-1." in client.event("serve")["requestContext"]["domainName"]


def test_clients_of_one_app_are_independent() -> None:
    app = build_bar()
    one, other = Client(app, name="one"), Client(app, name="other")
    for client in (one, other, one):
        assert client.send("tend", via="orders")[1] == client.name


def test_client_does_not_change_the_app_outside_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    app = build_bar()
    monkeypatch.setenv("DOMOVOI_TF_NAME", "mine")
    monkeypatch.setenv("DOMOVOI_TF_FUNCTION", "default")
    mine = Client(app, name="mine").event("tend", via="orders")
    for _ in range(2):
        assert app(mine, Client(app)._make_context({}))[0] == [
            "arn:aws:sns:us-east-1:123456789012:mine-orders"
        ]
        assert Client(app).send("tend", via="orders")[0] == [
            "arn:aws:sns:us-east-1:123456789012:app-test-orders"
        ]


def test_client_opens_no_socket_and_imports_no_boto3(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_socket(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", fail_on_socket)
    real = builtins.__import__

    def fail_on_boto3(name: str, *args: Any, **kwargs: Any) -> Any:
        assert name.partition(".")[0] not in ("boto3", "botocore")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fail_on_boto3)
    client.app.sns_topic_subscriber("x")(make_starter(client.app))
    client.send("handle")
    assert len(client.executions) == 1


def make_starter(app: Domovoi) -> Callable[[Any, Any], Any]:
    def handle(event: Any, context: Any) -> None:
        app.state_machine.start_execution()

    return handle


def test_importing_the_client_loads_no_heavy_packages() -> None:
    script = "import sys, json, domovoi_tf.testing; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"jinja2", "click", "boto3", "msgspec", "domovoi_tf.rendering"} & set(json.loads(done.stdout))


def run_in_debugger(code: str, **names: object) -> None:
    """Runs code as a function of the debugger."""
    exec(code, {"__name__": "pdb", **names})  # noqa: S102


def test_output_of_a_debugger_is_printed_but_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    def serve(event: Any, context: Any) -> None:
        print("before")  # noqa: T201
        run_in_debugger("print('(Pdb) '); show()", show=lambda: print("shown to its user"))  # noqa: T201
        print("after")  # noqa: T201

    client = make_client(serve)
    client.send("serve")
    assert client.logs == ["before", "after"]
    assert capsys.readouterr().out == "before\n(Pdb) \nshown to its user\nafter\n"


def test_output_is_recorded_if_a_debugger_runs_the_test() -> None:
    def serve(event: Any, context: Any) -> None:
        sys.stdout.writelines(["one\n", "two\n"])

    client = make_client(serve)
    run_in_debugger("client.send('serve')", client=client)
    assert client.logs == ["one", "two"]


def test_output_of_a_handler_is_printed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    def serve(event: Any, context: Any) -> str:
        print("serving")  # noqa: T201
        return capsys.readouterr().out

    assert make_client(serve).send("serve") == "serving\n"


def test_function_has_no_variable_that_is_for_others() -> None:
    app = Domovoi()
    app.function("billing")
    key = app.variable("payment_key", sensitive=True, functions=["billing"])
    read = lambda event, context: str(key)  # noqa: E731
    app.lambda_function(name="pay", function="billing")(read)
    app.lambda_function(name="peek")(read)
    client = Client(app, variables={"payment_key": "sesame"})
    assert client.send("pay") == "sesame"
    with pytest.raises(DomovoiError, match="DOMOVOI_TF_VAR_payment_key is not in the environment"):
        client.send("peek")


@pytest.mark.parametrize("kind", ["dynamodb_stream_handler", "kinesis_stream_handler"])
def test_event_of_a_tumbling_window_has_its_fields(kind: str) -> None:
    app = Domovoi()

    def count(event: Any) -> Any:
        return event

    getattr(app, kind)("orders", tumbling_window=60)(count)
    client = Client(app)
    window = {"start": "2026-01-31T10:20:00Z", "end": "2026-01-31T10:21:00Z"}
    event = client.send_batch("count", [{"id": "1"}, {"id": "2"}], state={"total": 3})
    records = event.pop("Records")
    assert len(records) == 2
    assert not any("state" in record or "state" in record.get("kinesis", {}) for record in records)
    assert event == {
        "window": window,
        "state": {"total": 3},
        "shardId": "shardId-000000000000",
        "eventSourceARN": records[0]["eventSourceARN"],
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }
