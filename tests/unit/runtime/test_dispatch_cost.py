"""An event costs the same however many handlers there are; the first one costs in proportion to them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.triggers import list_kinds

ENVIRONMENT = {"DOMOVOI_TF_NAME": "bar-dev", "AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}
EVENTS = ["s3:ObjectCreated:*"]
MACHINE: dict[str, Any] = {"States": {}}
#: The decorators, by kind and by the ways in which events of the kind come.
DECORATORS: dict[str, Callable[[Domovoi, int], Any]] = {
    "alb": lambda app, number: app.alb_target(f"/p{number}"),
    "alb host": lambda app, number: app.alb_target(host=f"h{number}.example.com"),
    "dynamodb": lambda app, number: app.dynamodb_stream_handler(f"t{number}"),
    "event": lambda app, number: app.cloudwatch_event_handler(source=["a"], rule_name=f"r{number}"),
    "kinesis": lambda app, number: app.kinesis_stream_handler(f"t{number}", per_record=True),
    "logs": lambda app, number: app.cloudwatch_logs_sub_filter_handler(f"/g{number}", ""),
    "s3": lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, use_sns=False),
    "s3 sns": lambda app, number: app.s3_event_handler(f"b{number}", EVENTS),
    "s3 sqs": lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, use_sns=False, use_sqs=True),
    "s3 sns sqs": lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, use_sqs=True),
    "s3 topic": lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, sns_topic="photos"),
    "schedule": lambda app, number: app.scheduled_function("rate(1 hour)"),
    "ses": lambda app, number: app.email_receipt_handler(rule_set_name="r", recipients=[f"m{number}@a.com"]),
    "sns": lambda app, number: app.sns_topic_subscriber(f"t{number}"),
    "sqs": lambda app, number: app.sqs_queue_subscriber(f"q{number}"),
    "state_machine": lambda app, number: app.step_function_task(f"S{number}", MACHINE),
}
#: Kinds of which a function has one handler.
SINGLE = {"direct", "url"}


@pytest.fixture(autouse=True)
def set_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DOMOVOI_TF_FUNCTION", raising=False)


def declare(source: str, handlers: int) -> Domovoi:
    app = Domovoi()
    for number in range(handlers):

        def handle(event: Any, context: Any, number: int = number) -> int:
            return number

        handle.__name__ = handle.__qualname__ = f"handle{number}"
        DECORATORS[source](app, number)(handle)
    return app


def make_event(app: Domovoi, number: int) -> Any:
    route = app._resolve()[0][number].route
    trigger = route.trigger
    request = EventRequest(handler=route.handler, payload=trigger.sample(), environ=ENVIRONMENT)
    return trigger.event(request)


def count_calls(call: Callable[[], object]) -> int:
    """Returns the number of calls of functions, also of those in C, that a call makes."""
    count = 0

    def observe(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(observe)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


def test_every_kind_is_measured() -> None:
    assert {source.partition(" ")[0] for source in DECORATORS} | SINGLE == {*list_kinds()}


@pytest.mark.parametrize("source", DECORATORS)
def test_event_costs_the_same_for_any_number_of_handlers(source: str) -> None:
    counts = []
    for handlers in (1, 10, 300):
        app = declare(source, handlers)
        number = handlers - 1
        event = make_event(app, number)
        expected: Any = {"batchItemFailures": []} if source == "kinesis" else number
        assert app(event, None) == expected
        counts.append(count_calls(lambda app=app, event=event: app(event, None)))  # type: ignore[misc]
    one, ten, many = counts
    assert ten == many
    assert one <= many


@pytest.mark.parametrize("source", DECORATORS)
def test_first_event_costs_in_proportion_to_the_handlers(source: str) -> None:
    def start(handlers: int) -> int:
        app = declare(source, handlers)
        event = make_event(app, 0)
        app._table = None
        return count_calls(lambda: app(event, None))

    assert start(200) < 2.5 * start(100)


def test_table_build_compares_no_handlers_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from domovoi_tf.runtime.batch import WholeBatches

    compared: list[object] = []

    def compare(one: object, other: object) -> bool:
        compared.append(one)
        return one is other

    monkeypatch.setattr(WholeBatches, "__eq__", compare)
    declare("sqs", 50)._build_table()
    assert len(compared) < 10  # only where hashes of different handlers collide in a table
