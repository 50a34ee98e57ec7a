"""Random values for each argument of each call that declares an app: valid, or a problem with file and line.

The types are written down again here, apart from the signatures that the checks read.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

from hypothesis import example
from hypothesis import strategies as st

from domovoi_tf import Domovoi
from domovoi_tf.app import EventSource
from domovoi_tf.loading.definitions.files import resolve_definitions
from domovoi_tf.loading.handler_checks import check_app
from domovoi_tf.loading.serialization import dumps, loads
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate

from .fuzzing import fuzz
from .python_values import documents, values

Accepts = Callable[[Any], bool]
SETTINGS = Settings(app_name="bar", stage="dev", alb_listener_arn="arn:aws:elasticloadbalancing:x:1:a")
HERE = pathlib.Path(__file__).parent
#: Longer text in a problem is no use to anybody.
LONGEST_REPORT = 4000


def is_text(value: Any) -> bool:
    return type(value) is str


def is_flag(value: Any) -> bool:
    return value is True or value is False


def is_name(value: Any) -> bool:
    if type(value) is Variable:
        return is_text(value.name) and is_flag(value.sensitive)
    return is_text(value) or (type(value) is Scoped and is_text(value.name) and is_text(value.form))


def is_own_name(value: Any) -> bool:
    """Whether a value is the name of something that the app creates: no variable."""
    return type(value) is not Variable and is_name(value)


def is_document(value: Any, depth: int = 0) -> bool:
    """Whether a value is a JSON document of Python's own classes."""
    if type(value) is dict:
        return (
            all(is_text(key) and is_document(item, depth + 1) for key, item in value.items()) and depth < 70
        )
    if type(value) in (list, tuple):
        return depth < 70 and all(is_document(item, depth + 1) for item in value)
    return value is None or type(value) in (str, bool, int, float)


def is_table(value: Any) -> bool:
    return type(value) is dict and is_document(value)


def is_list(accepts: Accepts) -> Accepts:
    return lambda value: type(value) in (list, tuple) and all(map(accepts, value))


def is_number(*ranges: range) -> Accepts:
    return lambda value: type(value) is int and any(value in each for each in ranges)


def or_none(accepts: Accepts) -> Accepts:
    return lambda value: value is None or accepts(value)


def are_attributes(value: Any) -> bool:
    return type(value) is dict and all(
        is_text(k) and (is_name(v) or is_document(v)) for k, v in value.items()
    )


def is_definition(value: Any) -> bool:
    """Whether a value is a path or a dict; the test's documents have no functions."""
    return is_text(value) or is_table(value)


COMMON: dict[str, Accepts] = {"function": is_text, "name": or_none(is_text)}
RULE = {
    "rule_name": or_none(is_name),
    "enabled": is_flag,
    "description": or_none(is_text),
    "target_id": or_none(is_own_name),
    **COMMON,
}
STREAM: dict[str, Accepts] = {
    "batch_size": or_none(is_number(range(1, 10001))),
    "starting_position": is_text,
    "filters": or_none(is_list(is_table)),
    "maximum_batching_window": or_none(is_number(range(301))),
    "parallelization_factor": or_none(is_number(range(1, 11))),
    "maximum_retry_attempts": or_none(is_number(range(-1, 10001))),
    "maximum_record_age": or_none(is_number(range(-1, 0), range(60, 604801))),
    "bisect_batch_on_error": or_none(is_flag),
    "on_failure": or_none(lambda value: is_text(value) or (type(value) is Variable and is_name(value))),
    "tumbling_window": or_none(is_number(range(901))),
    "per_record": is_flag,
    "report_failures": is_flag,
    **COMMON,
}
#: The arguments of each call with the values that they accept, before the texts and documents are looked at.
TYPES: dict[str, dict[str, Accepts]] = {
    "scheduled_function": {
        "schedule": is_text,
        "timezone": or_none(is_text),
        "input": is_document,
        **RULE,
    },
    "cloudwatch_event_handler": {"event_bus_name": or_none(is_name), "source": is_document, **RULE},
    "sns_topic_subscriber": {
        "topic_name": is_name,
        "create": is_flag,
        "filter_policy": or_none(is_table),
        "filter_policy_scope": or_none(is_text),
        **COMMON,
    },
    "sqs_queue_subscriber": {
        "queue_name": is_name,
        "batch_size": or_none(is_number(range(1, 10001))),
        "queue_attributes": or_none(are_attributes),
        "create": is_flag,
        "maximum_batching_window": or_none(is_number(range(301))),
        "maximum_concurrency": or_none(is_number(range(2, 1001))),
        "filters": or_none(is_list(is_table)),
        "per_record": is_flag,
        "report_failures": is_flag,
        "max_receive_count": or_none(is_number(range(1, 1001))),
        **COMMON,
    },
    "s3_event_handler": {
        "bucket": is_name,
        "events": is_list(is_text),
        "prefix": or_none(is_text),
        "suffix": or_none(is_text),
        "use_sns": is_flag,
        "use_sqs": is_flag,
        "sqs_batch_size": is_number(range(1, 11)),
        "sqs_queue_attributes": or_none(are_attributes),
        "create": is_flag,
        "manage_notification": is_flag,
        "sns_topic": or_none(is_name),
        "use_eventbridge": is_flag,
        "report_failures": is_flag,
        "topic_name": or_none(is_own_name),
        "queue_name": or_none(is_own_name),
        **COMMON,
    },
    "dynamodb_stream_handler": {"table_name": is_name, **STREAM},
    "kinesis_stream_handler": {"stream_name": is_name, "create": is_flag, **STREAM},
    "cloudwatch_logs_sub_filter_handler": {
        "log_group_name": is_name,
        "filter_pattern": is_text,
        "create": is_flag,
        "filter_name": or_none(is_own_name),
        **COMMON,
    },
    "email_receipt_handler": {
        "recipients": or_none(is_list(lambda value: type(value) is not Scoped and is_name(value))),
        "rule_set_name": is_name,
        "after": or_none(is_name),
        "scan": is_flag,
        "tls": is_flag,
        **COMMON,
    },
    "function_url": {"auth": is_text, "cors": or_none(is_table), "invoke_mode": is_text, **COMMON},
    "alb_target": {
        "prefix": is_text,
        "host": or_none(is_name),
        "priority": or_none(is_number(range(1, 50001))),
        "multi_value_headers": is_flag,
        **COMMON,
    },
    "lambda_function": COMMON,
    "step_function_task": {
        "state_name": is_text,
        "state_machine_definition": is_definition,
        "state_machine_name": or_none(is_text),
        **COMMON,
    },
    "register_state_machine": {
        "definition": is_definition,
        "name": or_none(is_text),
        "type": is_text,
        "log_level": is_text,
        "include_execution_data": is_flag,
        "tracing": or_none(is_flag),
        "policy": or_none(is_list(is_table)),
        "function": is_text,
    },
    "function": {
        "name": is_text,
        "memory_size": or_none(is_number(range(128, 10241))),
        "timeout": or_none(is_number(range(1, 901))),
        "starts": or_none(is_list(is_text)),
    },
    "variable": {
        "sensitive": is_flag,
        "default": or_none(is_text),
        "functions": or_none(is_list(is_text)),
    },
    "middleware": {"event_type": is_text},
    "register_middleware": {"func": callable, "event_type": is_text},
}
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
TASK = {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}
#: The arguments that a call needs.
NEEDED: dict[str, dict[str, Any]] = {
    "scheduled_function": {"schedule": "rate(5 minutes)"},
    "cloudwatch_event_handler": {"source": ["aws.ecs"]},
    "sns_topic_subscriber": {"topic_name": "orders"},
    "sqs_queue_subscriber": {"queue_name": "orders"},
    "s3_event_handler": {"bucket": "photos", "events": ["s3:ObjectCreated:*"]},
    "dynamodb_stream_handler": {"table_name": "orders"},
    "kinesis_stream_handler": {"stream_name": "orders"},
    "cloudwatch_logs_sub_filter_handler": {"log_group_name": "orders", "filter_pattern": ""},
    "email_receipt_handler": {"rule_set_name": "mail"},
    "step_function_task": {"state_name": "A", "state_machine_definition": TASK},
    "register_state_machine": {"definition": PASS},
    "function": {"name": "slow"},
    "variable": {"name": "key"},
    "register_middleware": {"func": lambda event, get_response: get_response(event)},
}
REQUIRED = {"function", "name", *(argument for each in NEEDED.values() for argument in each)}
MIDDLEWARE = ("middleware", "register_middleware")
DECORATORS = {name for name, value in vars(Domovoi).items() if isinstance(value, EventSource)}


@st.composite
def calls(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, dict[str, Any]]:
    """Draws the name of a call, and random values for some of its arguments."""
    name = draw(st.sampled_from(sorted(TYPES)))
    chosen = draw(st.lists(st.sampled_from(sorted(TYPES[name])), min_size=1, max_size=3, unique=True))
    return name, {argument: draw(values | documents) for argument in chosen}


def find_wrong(name: str, arguments: dict[str, Any]) -> set[str]:
    """Returns the arguments whose values the table here does not accept."""
    return {each for each, value in arguments.items() if not TYPES[name][each](value)}


def declare(name: str, arguments: dict[str, Any]) -> Domovoi:
    """Returns an app with a call at app.py:1, and a handler at app.py:2."""
    app = Domovoi()
    call = f"result = app.{name}(**arguments)"
    source = (
        f"{call}\n@app.lambda_function(function='own')\ndef other(event, context): ...\napp.function('own')\n"
    )
    if name in {*DECORATORS, "middleware"}:
        source += "def serve(event, context): ...\nresult(serve)\n"
    exec(compile(source, "app.py", "exec"), {"app": app, "arguments": {**NEEDED.get(name, {}), **arguments}})  # noqa: S102
    return app


def report_problems(app: Domovoi) -> list[str]:
    """Returns the problems of an app, which is rendered if it has none."""
    application = resolve_definitions(loads(dumps(check_app(app))), HERE)
    problems = validate(application, SETTINGS)
    if not problems:
        list(find_warnings(application, SETTINGS))
        render(synthesize(application, SETTINGS), assets.find_templates(), assets.find_modules())
    return [str(each) for each in problems]


@example(call=("sqs_queue_subscriber", {"create": "false"}))
@example(call=("alb_target", {"priority": [1]}))
@example(call=("s3_event_handler", {"sns_topic": {}}))
@fuzz(300, call=calls())
def test_wrong_value_of_an_argument_is_a_problem(call: tuple[str, dict[str, Any]]) -> None:
    name, arguments = call
    problems = report_problems(declare(name, arguments))
    assert [each for each in problems if not each.startswith("app.py:")] == []
    first = [each for each in problems if each.startswith("app.py:1: ")]
    wrong = find_wrong(name, arguments)
    unreported = {each for each in wrong if not any(each in problem for problem in first)}
    # A declaration without what it needs is left out, and the ranges of its other arguments with it.
    assert not unreported or (unreported < wrong and wrong & REQUIRED), unreported
    assert max(map(len, problems), default=0) < LONGEST_REPORT
    assert all(each.replace("\n", "").isprintable() for each in problems)


def test_table_has_every_argument_of_every_call() -> None:
    from domovoi_tf.loading.arguments.calls import list_parameters

    calls = {*DECORATORS, "register_state_machine", "function", "variable", *MIDDLEWARE}
    known = {name: {*list_parameters(getattr(Domovoi, name))} for name in calls}
    others = {"variable": {"name"}, "cloudwatch_event_handler": {"event_pattern"}}
    own = {"cloudwatch_event_handler": {"source"}}
    assert {name: {*TYPES[name]} - own.get(name, set()) for name in TYPES} == {
        name: arguments - others.get(name, set()) for name, arguments in known.items()
    }
