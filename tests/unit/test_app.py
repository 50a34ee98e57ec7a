"""Decorators record declarations in their own app and return the function unchanged."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, DomovoiError
from domovoi_tf.model.declarations import Location
from domovoi_tf.triggers.schedule import Schedule
from domovoi_tf.triggers.sns import Sns


def get_line() -> int:
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


def make_handler(answer: str) -> Callable[[Any, Any], str]:
    def tend(event: Any, context: Any) -> str:
        return answer

    return tend


def test_decorator_returns_the_function_unchanged() -> None:
    app = Domovoi()
    tend = make_handler("served")
    assert app.sns_topic_subscriber("bartender")(tend) is tend
    assert tend({}, None) == "served"


def test_route_has_trigger_handler_module_and_the_line_of_the_decorator() -> None:
    app = Domovoi()
    first = get_line() + 2

    @app.scheduled_function("rate(1 minute)", rule_name="minute", input={"a": 1}, enabled=False)
    @app.sns_topic_subscriber("bartender", create=False)
    def tend(event: Any, context: Any) -> None: ...

    inner, outer = app.freeze().routes
    assert outer.trigger == Schedule(
        schedule="rate(1 minute)", rule_name="minute", input={"a": 1}, enabled=False
    )
    assert inner.trigger == Sns(topic_name="bartender", create=False)
    assert (inner.handler, inner.module) == ("tend", __name__)
    assert (outer.location, inner.location) == (
        Location(file=__file__, line=first),
        Location(file=__file__, line=first + 1),
    )
    assert str(outer.location) == f"{Path(__file__)}:{first}"


def test_apps_in_one_process_share_nothing() -> None:
    one, other = Domovoi("one"), Domovoi("other")
    one.sns_topic_subscriber("bartender")(make_handler("one"))
    one.function("reports")
    assert other.freeze().routes == ()
    assert [function.name for function in other.freeze().functions] == [""]
    assert [function.name for function in one.freeze().functions] == ["", "reports"]


def test_frozen_application_does_not_change_with_the_app() -> None:
    app = Domovoi()
    before = app.freeze()
    app.sns_topic_subscriber("bartender")(make_handler("served"))
    assert before.routes == ()
    assert len(app.freeze().routes) == 1


def test_stacked_decorators_do_not_replace_one_another() -> None:
    app = Domovoi()
    tend = make_handler("served")
    app.sns_topic_subscriber("cellar")(app.sns_topic_subscriber("bartender")(tend))
    assert len(app.freeze().routes) == 2
    assert app.freeze().notices == ()


def test_handlers_with_the_same_name_in_two_modules_coexist() -> None:
    app = Domovoi()
    other = make_handler("other")
    other.__module__ = "domovoilib.cellar"
    app.sns_topic_subscriber("bartender")(make_handler("one"))
    app.sns_topic_subscriber("cellar")(other)
    assert [route.module for route in app.freeze().routes] == [__name__, "domovoilib.cellar"]
    assert app.freeze().notices == ()


def log_calls(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def wrapper(event: Any, context: Any) -> Any:
        return "logged", handler(event, context)

    return wrapper


def test_wrapper_receives_the_events_of_the_function_that_it_wraps() -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    @log_calls
    def one(event: Any, context: Any) -> str:
        return "one"

    @app.scheduled_function("rate(1 minute)")
    @log_calls
    def two(event: Any, context: Any) -> str:
        return "two"

    assert app.freeze().notices == ()
    for name in ("one", "two"):
        assert app({"task_name": name, "event": {}}, None) == ("logged", name)


@pytest.mark.parametrize(
    ("handler", "noun"),
    [(lambda event, context: None, "<lambda>"), (functools.partial(make_handler("served")), "partial")],
    ids=["lambda", "partial"],
)
def test_handler_without_a_name_is_a_fault(handler: Callable[[Any, Any], Any], noun: str) -> None:
    app = Domovoi()
    app.sns_topic_subscriber("bartender")(handler)
    assert app.freeze().routes == ()
    with pytest.raises(DomovoiError) as raised:
        app({}, None)
    assert str(raised.value) == (
        f"{__file__}:{get_line() - 5}: the handler {noun} has no name\n"
        "Add name= to the decorator, or decorate a function that is defined with def."
    )


def test_function_has_its_settings_and_line() -> None:
    app = Domovoi()
    name = app.function("reports", memory_size=512, timeout=900)
    function = app.freeze().functions[1]
    assert name == "reports"
    assert (function.name, function.memory_size, function.timeout) == ("reports", 512, 900)
    assert function.location == Location(file=__file__, line=get_line() - 4)


def test_decorators_have_the_signature_and_help_of_their_kind() -> None:
    app = Domovoi()
    for decorator in (app.scheduled_function, Domovoi.scheduled_function):
        assert decorator.__name__ == "scheduled_function"
        assert (decorator.__doc__ or "").startswith(
            "Calls the handler on a schedule, in UTC or in a time zone."
        )
        assert list(inspect.signature(decorator).parameters) == [
            "schedule",
            "rule_name",
            "timezone",
            "input",
            "enabled",
            "description",
            "target_id",
            "function",
            "name",
        ]


def test_log_level_is_info_unless_it_is_set() -> None:
    assert Domovoi("unit-log-info").log.level == logging.INFO
    assert Domovoi("unit-log-off", configure_logs=False).log.level == logging.NOTSET
    logging.getLogger("unit-log-set").setLevel(logging.ERROR)
    assert Domovoi("unit-log-set").log.level == logging.ERROR
