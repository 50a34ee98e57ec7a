"""Functions that share a name are told apart by their sources, in names and in dispatch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import DomovoiError
from domovoi_tf.hcl.labels import assign_labels
from domovoi_tf.settings import Settings
from domovoi_tf.testing import Client
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
#: Sources: the decorator with its arguments, and what follows the name of a function that shares it.
SOURCES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "schedule": ("scheduled_function", ("rate(5 minutes)",), {}, "schedule-rate-5-minutes-28fe9f52"),
    "input": (
        "scheduled_function",
        ("rate(1 day)",),
        {"input": {"a": 1}},
        "schedule-rate-1-day-a-1-e218150b",
    ),
    "rule": ("scheduled_function", ("rate(1 day)",), {"rule_name": "noon"}, "schedule-noon"),
    "zone": (
        "scheduled_function",
        ("at(2030-12-31T18:00:00)",),
        {},
        "schedule-at-2030-12-31T18-00-00-41aef993",
    ),
    "event": (
        "cloudwatch_event_handler",
        (),
        {"source": ["aws.ecs"]},
        "event-events-of-aws-ecs-source-0d56ea09",
    ),
    "sns": ("sns_topic_subscriber", ("bartender",), {}, "sns-bartender"),
    "scoped": ("sns_topic_subscriber", (scoped("beers"),), {}, "sns-scoped-beers-14a6edd4"),
    "variable": ("sns_topic_subscriber", (variable("topic"),), {}, "sns-variable-topic-2d1eb076"),
    "sqs": ("sqs_queue_subscriber", ("bartender",), {}, "sqs-bartender"),
    "fifo": ("sqs_queue_subscriber", ("orders.fifo",), {}, "sqs-orders-fifo-fcc23f50"),
    "s3": (
        "s3_event_handler",
        ("cellar", ["s3:ObjectCreated:*"], "a/"),
        {},
        "s3-cellar-a-s3-ObjectCreate-14f10e7a",
    ),
    "dynamodb": ("dynamodb_stream_handler", ("Beers",), {}, "dynamodb-Beers"),
    "kinesis": ("kinesis_stream_handler", ("taps",), {}, "kinesis-taps"),
    "logs": ("cloudwatch_logs_sub_filter_handler", ("/aws/lambda/a", ""), {}, "logs-aws-lambda-a-9747ae50"),
    "ses": ("email_receipt_handler", (["a@b.com"],), {"rule_set_name": "mail"}, "ses-a-b-com-mail-a718a91b"),
    "alb": ("alb_target", ("/api",), {"host": "a.com"}, "alb-requests-to-api-of-a-com-0a8b69ee"),
    "url": ("function_url", (), {}, "url-default"),
    "long": ("sns_topic_subscriber", ("b" * 33,), {}, "sns-bbbbbbbbbbbbbbbbbbbbbbbb-f047047d"),
}


def make_handler(answer: object) -> Callable[[Any, Any], Any]:
    def tend(event: Any, context: Any) -> Any:
        return answer

    return tend


def get_line() -> int:
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


def list_handlers(app: Domovoi) -> list[str]:
    return [route.handler for route in app.freeze().routes]


def list_problems(app: Domovoi) -> list[str]:
    return [str(problem) for problem in validate(app.freeze(), SETTINGS)]


@pytest.mark.parametrize("case", SOURCES)
def test_source_is_part_of_a_shared_name(case: str) -> None:
    decorator, arguments, options, suffix = SOURCES[case]
    app = Domovoi()
    app.sns_topic_subscriber("other")(make_handler("other"))
    getattr(app, decorator)(*arguments, **options)(make_handler("served"))
    assert list_handlers(app) == ["tend-sns-other", f"tend-{suffix}"]


@pytest.mark.parametrize(
    ("decorator", "sources"),
    [
        ("scheduled_function", [{"schedule": "rate(1 day)", "input": number} for number in (1, 2)]),
        (
            "scheduled_function",
            [{"schedule": "cron(0 8 * * ? *)", "timezone": f"Europe/{at}"} for at in ("Rome", "Bonn")],
        ),
        ("cloudwatch_event_handler", [{"source": ["a"], "detail": {"state": [state]}} for state in "xy"]),
        ("cloudwatch_event_handler", [{"source": ["a"], "event_bus_name": bus} for bus in "xy"]),
        (
            "s3_event_handler",
            [{"bucket": "cellar", "events": ["s3:ObjectCreated:*"], "suffix": end} for end in "xy"],
        ),
        (
            "s3_event_handler",
            [{"bucket": "cellar", "events": [f"s3:Object{end}:*"]} for end in ("Created", "Removed")],
        ),
        (
            "email_receipt_handler",
            [{"rule_set_name": "mail", "recipients": [f"{name}@b.com"]} for name in "xy"],
        ),
        ("email_receipt_handler", [{"rule_set_name": name, "recipients": ["a@b.com"]} for name in "xy"]),
        ("alb_target", [{"prefix": f"/{name}"} for name in "xy"]),
        ("alb_target", [{"host": f"{name}.com"} for name in "xy"]),
        ("sns_topic_subscriber", [{"topic_name": name("x")} for name in (str, scoped, variable)]),
        ("function_url", [{}, {"function": "web"}]),
        ("sns_topic_subscriber", [{"topic_name": "x"}, {"topic_name": "x", "function": "web"}]),
    ],
)
def test_every_difference_of_sources_tells_functions_apart(
    decorator: str, sources: list[dict[str, Any]]
) -> None:
    app = Domovoi()
    app.function("web")
    for source in sources:
        getattr(app, decorator)(**source)(make_handler(source))
    names = list_handlers(app)
    assert len(set(names)) == len(sources)
    assert all(name.startswith("tend-") for name in names)
    assert app.freeze().notices == ()


def test_decorator_in_a_loop_keeps_every_source() -> None:
    app = Domovoi()
    for name in ("feeds", "tiles", "scrapes"):

        @app.cloudwatch_logs_sub_filter_handler(log_group_name=f"/aws/lambda/{name}", filter_pattern="Error")
        def report(event: Any, context: Any, name: str = name) -> str:
            return f"{name}: {event['logGroup']}"

    application = app.freeze()
    assert [route.handler for route in application.routes] == [
        "report-logs-aws-lambda-feeds-d0a5233e",
        "report-logs-aws-lambda-tiles-969952aa",
        "report-logs-aws-lambda-scrapes-771a42bc",
    ]
    labels = [route.handler.replace("-", "_") for route in application.routes]
    assert list(assign_labels(application).calls) == labels
    assert (application.notices, list_problems(app)) == ((), [])
    client = Client(app)
    assert [client.send(route.handler) for route in application.routes] == [
        "feeds: /aws/lambda/feeds",
        "tiles: /aws/lambda/tiles",
        "scrapes: /aws/lambda/scrapes",
    ]


def test_schedules_in_a_loop_have_rules_and_tasks_of_their_own() -> None:
    app = Domovoi()
    for minutes in (5, 10):
        app.scheduled_function(f"rate({minutes} minutes)")(make_handler(minutes))
    rules = [route.trigger.arguments(route.handler) for route in app.freeze().routes]
    names = ["tend-schedule-rate-5-minutes-28fe9f52", "tend-schedule-rate-10-minutes-08911ee6"]
    assert [(rule["name"], rule["task_name"]) for rule in rules] == [(scoped(name), name) for name in names]
    assert [app({"task_name": name, "event": {}}, None) for name in names] == [5, 10]


@pytest.mark.parametrize(
    "route",
    [
        {},
        {"use_sns": False},
        {"use_sqs": True},
        {"use_sns": False, "use_sqs": True},
        {"use_eventbridge": True},
    ],
    ids=repr,
)
def test_prefixes_of_a_bucket_in_a_loop_have_their_own_functions(route: dict[str, Any]) -> None:
    app = Domovoi()
    for prefix in ("raw/", "done/"):
        app.s3_event_handler("cellar", ["s3:ObjectCreated:*"], prefix, **route)(make_handler(prefix))
    assert list_problems(app) == []
    names = ["tend-s3-cellar-raw-s3-ObjectCrea-5fb9a79a", "tend-s3-cellar-done-s3-ObjectCre-e3a99e32"]
    assert list_handlers(app) == names
    assert [Client(app).send(name) for name in names] == ["raw/", "done/"]


def test_function_with_several_sources_is_named_after_one_that_no_other_function_has() -> None:
    app = Domovoi()
    for topic in ("cellar", "bartender"):
        minute = app.scheduled_function("rate(1 minute)")
        app.sns_topic_subscriber(topic)(minute(make_handler(topic)))
    names = ["tend-sns-cellar", "tend-sns-bartender"]
    assert list_handlers(app) == [names[0], names[0], names[1], names[1]]
    assert assign_labels(app.freeze()).calls == (
        "tend_sns_cellar_rule",
        "tend_sns_cellar_cellar",
        "tend_sns_bartender_rule",
        "tend_sns_bartender_bartender",
    )
    assert [app({"task_name": name, "event": {}}, None) for name in names] == ["cellar", "bartender"]


def test_function_alone_keeps_its_name() -> None:
    app = Domovoi()
    tend = make_handler("served")
    app.sns_topic_subscriber("a")(app.sns_topic_subscriber("b")(tend))
    assert list_handlers(app) == ["tend", "tend"]
    assert not app.freeze().shares_names


def test_name_of_a_decorator_is_kept_when_a_loop_declares_others_of_that_name() -> None:
    """As the changelog advises: name= for the handler that earlier versions deployed, the last of a loop."""
    app = Domovoi()
    for queue in "ab":
        app.sqs_queue_subscriber(queue, name="tend" if queue == "b" else None)(make_handler(queue))
    assert list_handlers(app) == ["tend-sqs-a", "tend"]
    assert (list_problems(app), app.freeze().notices) == ([], ())
    assert [Client(app).send(name) for name in list_handlers(app)] == ["a", "b"]


def test_name_that_two_decorators_set_is_completed_by_the_sources() -> None:
    app = Domovoi()
    for topic in "ab":
        app.sns_topic_subscriber(topic, name="pour")(make_handler(topic))
    assert list_handlers(app) == ["pour-sns-a", "pour-sns-b"]


def test_function_with_the_name_that_a_decorator_sets_gets_a_notice() -> None:
    app = Domovoi()
    first = get_line() + 1
    app.scheduled_function("rate(1 minute)")(make_handler("minute"))
    app.sns_topic_subscriber("a", name="tend")(lambda event, context: "a")
    assert list_handlers(app) == ["tend-schedule-rate-1-minute-251f55d1", "tend"]
    (notice,) = app.freeze().notices
    assert (notice.location.line, notice.message) == (
        first + 1,
        f"tend is also the name of the handler at {__file__}:{first}, so they are deployed as "
        "tend and tend-schedule-rate-1-minute-251f55d1: rename one of the functions, or set name=",
    )


@pytest.mark.parametrize("is_wrapped", [False, True], ids=["plain", "wrapped"])
def test_same_name_in_two_modules_gets_a_notice(is_wrapped: bool) -> None:
    def tend(event: Any, context: Any) -> None: ...

    def wrap(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        return functools.wraps(function)(lambda *args: function(*args)) if is_wrapped else function

    app = Domovoi()
    tend.__module__ = "domovoilib.cellar"
    first = get_line() + 1
    app.sns_topic_subscriber("bartender")(wrap(make_handler("one")))
    app.sns_topic_subscriber("cellar")(wrap(tend))
    assert list_handlers(app) == ["tend-sns-bartender", "tend-sns-cellar"]
    (notice,) = app.freeze().notices
    assert (notice.location.line, notice.message) == (
        first + 1,
        f"tend is also the name of the handler at {__file__}:{first}, so they are deployed as "
        "tend-sns-cellar and tend-sns-bartender: rename one of the functions, or set name=",
    )


def test_functions_that_a_module_defines_twice_get_a_notice() -> None:
    app = Domovoi()

    @app.sns_topic_subscriber("a")
    def tend(event: Any, context: Any) -> str:
        return "a"

    first = get_line() - 4

    @app.scheduled_function("rate(1 minute)")  # type: ignore[no-redef]
    def tend(event: Any, context: Any) -> str:  # noqa: F811
        return "minute"

    (notice,) = find_warnings(app.freeze(), SETTINGS)
    assert (notice.location.line, notice.message) == (
        get_line() - 6,
        f"tend is also the name of the handler at {__file__}:{first}, so they are deployed as "
        "tend-schedule-rate-1-minute-251f55d1 and tend-sns-a: rename one of the functions, or set name=",
    )


def test_later_function_with_the_same_source_replaces_the_earlier_one() -> None:
    """As in the README of Domovoi, whose second monitor_s3 has another route from the same bucket."""
    app = Domovoi()
    events = ["s3:ObjectCreated:*"]
    first = get_line() + 1
    app.s3_event_handler("cellar", events, "foo", ".bar")(make_handler("through SNS"))
    app.s3_event_handler("cellar", events, "foo", ".bar", use_sns=False)(make_handler("directly"))
    (route,) = app.freeze().routes
    assert (route.handler, route.trigger.describe()) == ("tend", "S3 bucket cellar")
    (notice,) = app.freeze().notices
    assert notice.location.line == first + 1
    assert notice.message == f"tend replaces the handler with the same name at {__file__}:{first}"
    assert Client(app).send("tend") == "directly"


def test_replaced_function_keeps_its_other_sources() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("b")(app.sns_topic_subscriber("a")(make_handler("old")))
    app.sns_topic_subscriber("a")(make_handler("new"))
    assert list_handlers(app) == ["tend-sns-b", "tend-sns-a"]
    assert [Client(app).send(f"tend-sns-{topic}") for topic in "ab"] == ["new", "old"]


def test_state_machine_of_a_replaced_task_is_not_declared() -> None:
    app = Domovoi()
    for _ in range(2):
        definition = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "End": True}}}
    app.step_function_task("Work", {**definition, "Comment": "old"})(make_handler("old"))
    app.step_function_task("Work", definition)(make_handler("new"))
    (machine,) = app.freeze().state_machines
    assert machine.definition == definition
    assert Client(app).send("tend") == "new"


def test_functions_that_their_sources_do_not_tell_apart_are_a_problem() -> None:
    app = Domovoi()
    for number in range(2):
        app.scheduled_function("rate(1 minute)")(make_handler(number))
    where = f"{__file__}:{get_line() - 1}"
    report = (
        f"{where}: tend is also the name of the handler at {where}, "
        "and both have the same source\n"
        "    Give each handler its own name with name=."
    )
    assert list_problems(app) == [report]
    with pytest.raises(DomovoiError) as raised:
        Client(app).send("tend-schedule-rate-1-minute-251f55d1")
    assert str(raised.value) == report.replace("    ", "")
    with pytest.raises(DomovoiError, match="is also the name of the handler at"):
        app({"task_name": "tend", "event": {}}, None)


def test_name_tells_functions_with_one_source_apart() -> None:
    app = Domovoi()
    for number in range(2):
        app.scheduled_function("rate(1 minute)", name=f"tend_{number}")(make_handler(number))
    assert (list_handlers(app), list_problems(app)) == (["tend_0", "tend_1"], [])
    assert [Client(app).send(name) for name in list_handlers(app)] == [0, 1]


def test_name_that_another_function_has_is_a_problem() -> None:
    app = Domovoi()
    first = get_line() + 1
    app.sns_topic_subscriber("a", name="tend-sns-b")(make_handler("one"))
    for topic in "bc":
        app.sns_topic_subscriber(topic)(make_handler(topic))
    report = (
        f"{__file__}:{first}: the handler at {__file__}:{first + 2}, whose name its source completes, "
        "has the name tend-sns-b too\n"
        "    Choose another name with name=."
    )
    assert list_problems(app) == [report]
    later = Domovoi()
    for topic in "bc":
        later.sns_topic_subscriber(topic)(make_handler(topic))
    last = get_line() + 1
    later.sns_topic_subscriber("a", name="tend-sns-b")(make_handler("one"))
    assert list_problems(later) == [
        f"{__file__}:{last}: the handler at {__file__}:{last - 2}, whose name its source completes, "
        "has the name tend-sns-b too\n"
        "    Choose another name with name=."
    ]


def test_one_function_may_have_several_names() -> None:
    app = Domovoi()
    tend = make_handler("served")
    for topic in "ab":
        app.sns_topic_subscriber(topic, name=f"tend_{topic}")(tend)
    assert (list_handlers(app), list_problems(app)) == (["tend_a", "tend_b"], [])
    client = Client(app, environment={"AWS_LAMBDA_LOG_STREAM_NAME": "stream"})
    assert [client.send(name) for name in ("tend_b", "tend_a")] == ["served", "served"]
    assert [line.rpartition(" ")[0] for line in client.logs] == [
        "domovoi_tf handler: tend_b",
        "domovoi_tf handler: tend_a",
    ]


@pytest.mark.parametrize(
    "handler",
    [lambda event, context: "served", functools.partial(make_handler("served"))],
    ids=["lambda", "partial"],
)
def test_handler_without_a_name_gets_it_from_the_decorator(handler: Callable[[Any, Any], Any]) -> None:
    app = Domovoi()
    assert app.scheduled_function("rate(1 minute)", name="tend")(handler) is handler
    assert (list_handlers(app), list_problems(app)) == (["tend"], [])
    assert Client(app).send("tend") == "served"


def build_thread_pool(make_worker: Callable[[int], Any], size: int) -> dict[str, Any]:
    workers = {f"Worker{number}": make_worker(number) for number in range(size)}
    branches = [
        {"StartAt": name, "States": {name: {"Type": "Task", "Resource": worker, "End": True}}}
        for name, worker in workers.items()
    ]
    return {"StartAt": "Pool", "States": {"Pool": {"Type": "Parallel", "Branches": branches, "End": True}}}


def copy_worker(event: Any, context: Any, number: int) -> dict[str, Any]:
    return {"worker": number, "state": context.stepfunctions_task_name, "input": event}


def make_def(number: int) -> Callable[[Any, Any], Any]:
    def worker(event: Any, context: Any) -> Any:
        return copy_worker(event, context, number)

    return worker


@pytest.mark.parametrize(
    ("make_worker", "prefix"),
    [
        (lambda number: lambda event, context: copy_worker(event, context, number), ""),
        (lambda number: functools.partial(copy_worker, number=number), ""),
        (make_def, "worker-"),
    ],
    ids=["lambda", "partial", "def"],
)
def test_tasks_of_a_thread_pool_are_told_apart_by_their_states(
    make_worker: Callable[[int], Any], prefix: str
) -> None:
    app = Domovoi()
    app.register_state_machine(build_thread_pool(make_worker, 32))
    names = [f"{prefix}Worker{number}" for number in range(32)]
    assert (list_handlers(app), list_problems(app), app.freeze().notices) == (names, [], ())
    client = Client(app)
    assert [client.send(name, {"n": 1}) for name in names] == [
        {"worker": number, "state": f"Worker{number}", "input": {"n": 1}} for number in range(32)
    ]


def test_tasks_of_two_state_machines_are_told_apart_by_the_machine() -> None:
    app = Domovoi()
    for name in (None, "night"):
        app.register_state_machine(build_thread_pool(lambda _: make_handler("served"), 1), name)
    for name in ("one", "two"):
        app.register_state_machine(build_thread_pool(lambda n: lambda *_: n, 1), name)
    assert list_handlers(app) == ["tend-Worker0", "tend-night-Worker0", "one-Worker0", "two-Worker0"]
    assert list_problems(app) == []


def test_state_with_spaces_becomes_words_and_a_digest() -> None:
    app = Domovoi()
    definition = {"StartAt": "Copy it", "States": {"Copy it": {"Type": "Task", "End": True}}}
    app.step_function_task("Copy it", definition)(lambda event, context: "copied")
    assert list_handlers(app) == ["Copy-it-25d221e7"]
    assert Client(app).send("Copy-it-25d221e7") == "copied"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b", "'a b'"),
        ("", "''"),
        ("1st", "'1st'"),
        ("x" * 65, repr("x" * 65)),
        ("größe", "'größe'"),
        ("a.b", "'a.b'"),
    ],
)
@pytest.mark.parametrize(
    ("decorator", "source"), [("sns_topic_subscriber", "a"), ("scheduled_function", "rate(1 day)")]
)
def test_name_is_checked(decorator: str, source: str, name: str, shown: str) -> None:
    app = Domovoi()
    getattr(app, decorator)(source, name=name)(make_handler("served"))
    assert list_problems(app) == [
        f"{__file__}:{get_line() - 2}: name is {shown}\n"
        "    Use a string of 1 to 64 letters, digits, - and _ that begins with a letter or _."
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (5, "name is 5\n    Use a string."),
        (["a"], "name is a list\n    Use a string."),
        (
            scoped("a"),
            "name is scoped('a')\n    Use a string. Only names and ARNs may be scoped() or variable().",
        ),
    ],
)
def test_name_is_a_string(name: Any, problem: str) -> None:
    app = Domovoi()
    app.sns_topic_subscriber("a", name=name)(make_handler("served"))
    assert list_problems(app) == [f"{__file__}:{get_line() - 1}: {problem}"]


@pytest.mark.parametrize("name", ["a", "_", "a-b_C9", "x" * 64])
def test_name_may_have_letters_digits_hyphens_and_underscores(name: str) -> None:
    app = Domovoi()
    app.sns_topic_subscriber("a", name=name)(make_handler("served"))
    assert (list_handlers(app), list_problems(app)) == ([name], [])


def test_name_obeys_the_rules_of_the_resource_that_has_it() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)", name="x" * 57)(make_handler("served"))
    app.email_receipt_handler(rule_set_name="mail", name="tend-")(make_handler("served"))
    line = get_line() - 2
    assert list_problems(app) == [
        f"{__file__}:{line}: the EventBridge rule name 'bar-dev-{'x' * 57}' has 65 characters\n"
        "    AWS allows at most 64. Shorten the name of the handler, or set name=.",
        f"{__file__}:{line + 1}: 'tend-' is not a valid receipt rule name\n"
        "    Use letters, digits, ., - and _ between letters or digits only.",
    ]


def test_every_decorator_has_a_name() -> None:
    decorators = {
        name: value
        for name, value in inspect.getmembers(Domovoi)
        if hasattr(value, "__code__") and value.__module__.startswith("domovoi_tf.triggers.")
    }
    assert len(decorators) >= 12
    for name, decorator in decorators.items():
        assert inspect.signature(decorator).parameters["name"].default is None, name
