"""Direct invocations: a function's handler of every event that no source claims."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi
from domovoi_tf.errors import DomovoiError
from domovoi_tf.hcl.labels import assign_labels
from domovoi_tf.operations.deployed_functions import find_handlers
from domovoi_tf.settings import Settings
from domovoi_tf.testing import Client
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
TOPIC = "arn:aws:sns:us-east-1:123456789012"
REST_API = {"resource": "/x", "httpMethod": "GET", "requestContext": {"apiId": "a", "resourcePath": "/x"}}
HTTP_API = {"version": "2.0", "rawPath": "/x", "requestContext": {"http": {"method": "GET"}, "apiId": "a"}}
EVENT = {"version": "0", "source": "aws.iot", "detail-type": "x", "detail": {}}
SIGN_UP = {"triggerSource": "PreSignUp_SignUp", "userPoolId": "x"}
#: Events that no source of the app claims.
UNCLAIMED: list[Any] = [
    {"action": "reindex"},
    {},
    [],
    [1, 2],
    "text",
    7,
    None,
    REST_API,
    EVENT,
    SIGN_UP,
    {"task_name": "gone", "event": {}},
    {"Records": []},
    {"Records": None},
    {"Records": [1]},
    {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": f"{TOPIC}:other"}}]},
    {"Records": [{"eventSource": "aws:ses", "ses": {}}]},
]


def build_app() -> Domovoi:
    app = Domovoi()

    @app.lambda_function()
    def run(event: Any, context: Any) -> Any:
        return ["run", event]

    @app.sns_topic_subscriber("bartender")
    @app.scheduled_function("rate(1 day)")
    def tend(event: Any, context: Any) -> Any:
        return ["tend", event]

    @app.function_url()
    def answer(event: Any, context: Any) -> Any:
        return ["answer", event]

    @app.s3_event_handler("cellar", ["s3:ObjectCreated:*"], use_sns=False)
    def store(event: Any, context: Any) -> Any:
        return ["store", event]

    @app.kinesis_stream_handler("taps", tumbling_window=60)
    def count(event: Any, context: Any) -> Any:
        return {"state": ["count", event["Records"]]}

    return app


def get_line() -> int:
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


def list_problems(app: Domovoi) -> list[str]:
    return [str(problem) for problem in validate(app.freeze(), SETTINGS)]


@pytest.mark.parametrize("event", UNCLAIMED, ids=repr)
def test_event_that_no_source_claims_reaches_the_handler_unchanged(event: Any) -> None:
    assert Client(build_app()).invoke(event) == ["run", event]


@pytest.mark.parametrize("event", [*UNCLAIMED, HTTP_API], ids=repr)
def test_handler_alone_in_an_app_gets_every_event(event: Any) -> None:
    app = Domovoi()
    app.lambda_function()(lambda_handler)
    assert list_problems(app) == []
    assert Client(app).invoke(event) == ["handled", event]


def lambda_handler(event: Any, context: Any) -> Any:
    return ["handled", event]


def test_events_of_sources_reach_their_own_handlers() -> None:
    app = build_app()
    client = Client(app)
    for handler, via in (("tend", ""), ("tend", "bartender"), ("answer", ""), ("store", "")):
        assert client.send(handler, via=via)[0] == handler
    assert client.invoke(HTTP_API)[0] == "answer"
    assert client.invoke({"task_name": "tend", "event": {"a": 1}}) == ["tend", {"a": 1}]


def test_connection_test_and_the_end_of_a_window_are_no_direct_invocations() -> None:
    client = Client(build_app())
    assert client.invoke({"Event": "s3:TestEvent", "Bucket": "cellar"}) is None
    assert client.invoke({"Records": [{"Event": "s3:TestEvent", "Bucket": "cellar"}]}) is None
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
    stream = "arn:aws:kinesis:us-east-1:123456789012:stream/taps"
    ended = client.invoke({"Records": [], "window": window, "eventSourceARN": stream, "state": {}})
    assert ended == {"state": ["count", []]}


def test_batch_with_a_record_of_a_source_is_not_a_direct_invocation() -> None:
    event = Client(build_app()).event("tend", via="bartender")
    event["Records"].append({"eventSource": "aws:nobody"})
    with pytest.raises(DispatchError, match="No handler for an event of an unknown kind"):
        Client(build_app()).invoke(event)


def test_function_without_the_handler_still_rejects_other_events() -> None:
    app = build_app()
    jobs = app.function("jobs")
    app.sns_topic_subscriber("jobs", function=jobs, name="work")(lambda_handler)
    with pytest.raises(DispatchError) as raised:
        Client(app).invoke({"action": "reindex"}, function="jobs")
    assert str(raised.value) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: sns jobs."
    )


def test_function_has_one_handler() -> None:
    app = Domovoi()
    jobs = app.function("jobs")
    names = iter(["one", "two", "three", "four"])
    for function in ("", "", jobs, jobs):
        app.lambda_function(next(names), function=function)(lambda *_: None)
    place = f"{__file__}:{get_line() - 1}"
    remedy = (
        "Keep one handler and call the other from it, or give each its own Lambda function with function=."
    )
    shared = "both handle direct invocations of the"
    assert list_problems(app) == [
        f"{place}: two and one ({place}) {shared} default function\n    {remedy}",
        f"{place}: four and three ({place}) {shared} function 'jobs'\n    {remedy}",
    ]


def test_each_function_may_have_a_handler() -> None:
    app = Domovoi()
    for name in ("", "jobs", "reports"):
        function = app.function(name) if name else ""
        app.lambda_function(function=function)(make_run(name))
    assert [route.handler for route in app.freeze().routes] == [
        "run-direct-default",
        "run-direct-jobs",
        "run-direct-reports",
    ]
    client = Client(app)
    assert [client.invoke({}, function=name) for name in ("", "jobs", "reports")] == ["", "jobs", "reports"]
    assert [client.send(f"run-direct-{name}") for name in ("default", "jobs")] == ["", "jobs"]


def make_run(answer: str) -> Any:
    def run(event: Any, context: Any) -> str:
        return answer

    return run


def test_payload_is_the_event_and_fields_are_added_to_an_object() -> None:
    client = Client(build_app())
    assert client.send("run") == ["run", {"id": "1", "message": "hello"}]
    assert client.send("run", {"a": {"b": 1}}, a={"c": 2}) == ["run", {"a": {"b": 1, "c": 2}}]
    assert client.send("run", [1]) == ["run", [1]]
    with pytest.raises(DomovoiError) as raised:
        client.send_batch("run", [1, 2])
    assert str(raised.value) == (
        "direct invocations, the source of run, does not send batches.\nCall send() for each payload."
    )


def test_decorator_does_not_change_the_labels_of_resources() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("bartender")(app.lambda_function()(lambda_handler))
    direct, sns = app.freeze().routes
    assert (direct.trigger.kind, sns.trigger.kind) == ("direct", "sns")
    assert assign_labels(app.freeze()).calls == ("", "handler_lambda_handler")


def test_failed_event_is_retried_by_the_handler_that_gets_it() -> None:
    application = build_app().freeze()
    environ = {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}
    assert find_handlers(application, "", {"action": "reindex"}, environ) == ["run"]
    assert find_handlers(application, "", {"task_name": "tend", "event": {}}, environ) == ["tend"]
