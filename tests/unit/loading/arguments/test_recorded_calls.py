"""Wrong arguments of every call that declares an app are problems with file and line."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.app import EventSource
from domovoi_tf.loading.arguments.calls import list_parameters
from domovoi_tf.loading.arguments.types import find_wrong_value
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
COMPARE = 'Compare the text of an environment variable: os.environ["NAME"] == "true".'
NAMES_ONLY = "Only names and ARNs may be scoped() or variable()."
PLAIN = "Use None, booleans, numbers, strings, lists and dicts with string keys."
QUEUE = (
    "Its arguments are queue_name, batch_size, queue_attributes, create, maximum_batching_window, "
    "maximum_concurrency, filters, per_record, report_failures, max_receive_count, function, name."
)
DECORATORS = [name for name, value in vars(Domovoi).items() if isinstance(value, EventSource)]
METHODS = [
    *(Domovoi.__init__, Domovoi.function, Domovoi.variable, Domovoi.register_state_machine),
    *(Domovoi.middleware, Domovoi.register_middleware),
]


def find_problems(source: str, **names: Any) -> str:
    """Returns the problems of an app with this source."""
    namespace = {"app": Domovoi(), "variable": variable, "scoped": scoped, **names}
    exec(compile(source, "app.py", "exec"), namespace)  # noqa: S102
    return "\n".join(map(str, validate(namespace["app"].freeze(), SETTINGS)))


def declare(*calls: str) -> str:
    """Returns the source of an app with these decorators, whose handlers have names of their own."""
    return "".join(f"@app.{call}\ndef f{number}(event, context): ...\n" for number, call in enumerate(calls))


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            declare("sqs_queue_subscriber('q', create='false')"),
            f"app.py:1: create is 'false'\n    Use True or False. {COMPARE}",
        ),
        (
            declare("sns_topic_subscriber('t', create=variable('own'))"),
            f"app.py:1: create is variable('own')\n    Use True or False. {NAMES_ONLY}",
        ),
        (
            declare("scheduled_function('rate(5 minutes)', enabled=1, description=True)"),
            "app.py:1: enabled is 1\n    Use True or False.\n"
            "app.py:1: description is True\n    Use a string.",
        ),
        (
            declare("s3_event_handler('bucket-a', ['s3:ObjectCreated:*'], sns_topic={})"),
            "app.py:1: sns_topic is a dict\n    Use a string, scoped() or variable().",
        ),
        (
            declare("s3_event_handler('bucket-a', ['s3:ObjectCreated:*'], sqs_batch_size=11)"),
            "app.py:1: sqs_batch_size is 11\n    Use a whole number from 1 to 10.",
        ),
        (
            declare("alb_target('/a', priority=[1])"),
            "app.py:1: priority is a list\n    Use a whole number from 1 to 50000.",
        ),
        (
            declare("sqs_queue_subscriber('q', 10**5000)"),
            "app.py:1: batch_size is a number with too many digits\n    Use a whole number from 1 to 10000.",
        ),
        (
            declare("sqs_queue_subscriber('q', batchsize=5, per_record=1)"),
            f"app.py:1: app.sqs_queue_subscriber has no argument batchsize\n"
            f"    Did you mean batch_size? {QUEUE}\n"
            "app.py:1: per_record is 1\n    Use True or False.",
        ),
        (
            declare("sqs_queue_subscriber('q', queue_name='r')"),
            "app.py:1: app.sqs_queue_subscriber has two values for queue_name\n    Remove one of them.",
        ),
        (
            "app.function('x', memory=5)\n" + declare("lambda_function(function='x')"),
            "app.py:1: app.function has no argument memory\n"
            "    Did you mean memory_size? Its arguments are name, memory_size, timeout, starts.",
        ),
        (
            "app.function('x', memory_size='5')\n"
            + declare("lambda_function(function='x')", "alb_target('a')"),
            "app.py:1: memory_size is '5'\n    Use a whole number of MB.\n"
            "app.py:4: the prefix 'a' does not begin with /\n    Write '/a'.",
        ),
        (
            "app.function()\n" + declare("alb_target('a')"),
            "app.py:1: app.function needs the argument name\n"
            "    Its arguments are name, memory_size, timeout, starts.\n"
            "app.py:2: the prefix 'a' does not begin with /\n    Write '/a'.",
        ),
        (
            "app.variable('key', secret=True)\n" + declare("alb_target('a')"),
            "app.py:1: app.variable has no argument secret\n"
            "    Its arguments are name, sensitive, default, functions.\n"
            "app.py:2: the prefix 'a' does not begin with /\n    Write '/a'.",
        ),
        (
            "app.variable('settings', default=5)\napp.variable('b', default=True)\n"
            "app.variable('c', default=b'x')\napp.variable('api_token', default=12345)\n"
            "app.variable('d', defualt='x')\napp.variable('e', default=variable('f'))\n"
            "app.variable('g', sensitive='no', default=5)\n" + declare("alb_target('a')"),
            "app.py:1: default is 5\n    Use a string.\n"
            "app.py:1: variable('settings') has the name of an input that the app's module already has\n"
            "    Choose another name.\n"
            "app.py:2: default is True\n    Use a string.\n"
            "app.py:3: default is bytes\n    Use a string.\n"
            "app.py:4: default is a value of another type\n    Use a string.\n"
            "app.py:5: app.variable has no argument defualt\n"
            "    Did you mean default? Its arguments are name, sensitive, default, functions.\n"
            f"app.py:6: default is variable('f')\n    Use a string. {NAMES_ONLY}\n"
            f"app.py:7: sensitive is 'no'\n    Use True or False. {COMPARE}\n"
            "app.py:7: default is 5\n    Use a string.\n"
            "app.py:8: the prefix 'a' does not begin with /\n    Write '/a'.",
        ),
        (
            declare("sns_topic_subscriber(variable('arn', sensitive='no'))"),
            "app.py:1: topic_name is variable('arn')\n    Use a string, scoped() or variable(). name and "
            "form of scoped() are strings, and sensitive of variable() is True or False.",
        ),
        (
            "m = app.register_state_machine(5, typ='EXPRESS')\n" + declare("step_function_task('A', m)"),
            "app.py:1: app.register_state_machine has no argument typ\n    Did you mean type? "
            "Its arguments are definition, name, type, log_level, include_execution_data, tracing, policy, "
            "function.\n"
            'app.py:1: definition is 5\n    Use a dict: {"StartAt": "First", "States": {"First": {...}}}, '
            "or the path of a file.",
        ),
        (
            "@app.middleware\ndef add(event, get_response): ...\n" + declare("alb_target('a')"),
            "app.py:1: middleware needs parentheses: write @app.middleware(...)\n"
            "    Its arguments are event_type.\n"
            "app.py:3: the prefix 'a' does not begin with /\n    Write '/a'.",
        ),
        (
            "app.register_middleware('sqs')\napp.register_middleware(print, kind='sqs')\n"
            "app.middleware(['sqs'])(print)\n" + declare("alb_target('/a')"),
            "app.py:1: func is 'sqs'\n    Use a function of the event and get_response.\n"
            "app.py:2: app.register_middleware has no argument kind\n"
            "    Its arguments are func, event_type.\n"
            "app.py:3: event_type is a list\n    Use a string.",
        ),
        (
            declare("cloudwatch_event_handler(source=[scoped('a')])"),
            f"app.py:1: source[0] is scoped('a')\n    {PLAIN} {NAMES_ONLY}",
        ),
        (
            declare("sqs_queue_subscriber('q', queue_attributes={'Policy': {'db_password': b'hunter2'}})"),
            f"app.py:1: queue_attributes['Policy']['db_password'] is a value of another type\n    {PLAIN}",
        ),
        (
            declare(f"sns_topic_subscriber('t', filter_policy_scope={'x' * 200!r}, create={'a' * 200!r})"),
            f"app.py:1: create is '{'a' * 79}...\n    Use True or False. {COMPARE}\n"
            f"app.py:1: filter_policy_scope is {'x' * 200!r}\n    Use MessageAttributes or MessageBody.\n"
            "app.py:1: filter_policy_scope has no effect without filter_policy\n"
            "    Add filter_policy, or leave filter_policy_scope out.",
        ),
        (
            declare("alb_target('/' + 'a' * 3_000_000)"),
            f"app.py:1: the prefix '/{'a' * 587} ... {'a' * 576}' has 3000001 characters\n"
            "    AWS accepts at most 126. Shorten it.",
        ),
        (
            "A = {'StartAt': 'A\\x1b[2J', 'States': {'A\\x1b[2J': {'Type': 'Succeed', 'Next': 'A'}}}\n"
            "app.register_state_machine(A)\n",
            "app.py:2: A\\x1b[2J: Next is 'A', but there is no state of this name at its level\n"
            "    Use one of: A\\x1b[2J.\n"
            'app.py:2: A\\x1b[2J: has forbidden field "Next"\n'
            "    Correct it as the Amazon States Language requires: https://states-language.net/spec.html",
        ),
        (
            declare("sns_topic_subscriber('t', create='\\x1b[2J')"),
            f"app.py:1: create is '\\x1b[2J'\n    Use True or False. {COMPARE}",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == report


class Word(str, enum.Enum):
    """A member is a string, of a class of the app."""

    ORDERS = "orders"


class Rudely(str):
    """A string whose representation raises an exception."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (Word.ORDERS, "an object of the class Word", " Pass the member's value."),
        (Rudely("orders"), "an object of the class Rudely", ""),
        (Path("orders"), "an object of the class PosixPath", " str() converts a path."),
        (b"orders", "bytes", ""),
    ],
)
def test_value_of_another_class_is_no_string(value: Any, message: str, hint: str) -> None:
    source = declare("sns_topic_subscriber('t', filter_policy_scope=value)")
    assert find_problems(source, value=value) == (
        f"app.py:1: filter_policy_scope is {message}\n    Use MessageAttributes or MessageBody."
    )
    source = declare("sns_topic_subscriber(value)")
    assert find_problems(source, value=value) == (
        f"app.py:1: topic_name is {message}\n    Use a string, scoped() or variable().{hint}"
    )


def test_default_in_place_of_a_wrong_value_causes_no_further_problem() -> None:
    decorators = (
        "sqs_queue_subscriber('q', create='false')",
        "sqs_queue_subscriber('q', create=False, function='x')",
    )
    report = f"app.py:1: create is 'false'\n    Use True or False. {COMPARE}"
    assert find_problems(declare(*decorators) + "app.function('x')") == report
    report = "app.py:3: create is False here, but True at app.py:1"
    assert report in find_problems(declare("sqs_queue_subscriber('q')", decorators[1]) + "app.function('x')")


def test_wrong_arguments_of_the_app_itself_are_problems() -> None:
    app = Domovoi(app_name=5, configure_logs="yes")  # type: ignore[arg-type]
    app.lambda_function()(find_problems)
    assert [fault.message for fault in app.freeze().faults] == ["app_name is 5", "configure_logs is 'yes'"]


def test_calls_are_checked_once() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("t", create="no")(find_problems)  # type: ignore[arg-type]
    assert app.freeze() == app.freeze()


@pytest.mark.parametrize("name", DECORATORS)
def test_every_argument_of_a_decorator_has_a_known_type(name: str) -> None:
    for parameter in list_parameters(getattr(Domovoi, name)).values():
        assert find_wrong_value(object(), parameter.annotation), parameter.name


@pytest.mark.parametrize("method", METHODS)
def test_every_argument_of_a_method_has_a_known_type(method: Any) -> None:
    for parameter in list_parameters(method).values():
        assert find_wrong_value(object(), parameter.annotation), parameter.name
