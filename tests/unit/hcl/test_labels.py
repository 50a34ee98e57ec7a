"""Labels follow from what they stand for, are in snake_case, and belong to one thing each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.hcl.labels import MAX_LENGTH, Labels, assign_labels, make_label, make_unique_names
from domovoi_tf.model.trigger import Route

#: The format snake_case of tflint's rule terraform_naming_convention:
#: https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/rules/terraform_naming_convention.go
SNAKE_CASE = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
CREATED = ["s3:ObjectCreated:*"]


def make_handler(name: str) -> Callable[[Any, Any], Any]:
    def handler(event: Any, context: Any) -> None: ...

    handler.__name__ = handler.__qualname__ = name
    return handler


def subscribe(*pairs: tuple[str, str]) -> Domovoi:
    """Returns an app whose handlers get the messages of topics."""
    app = Domovoi()
    handlers = {name: make_handler(name) for name, _ in pairs}
    for name, topic in pairs:
        app.sns_topic_subscriber(topic)(handlers[name])
    return app


def list_calls(app: Domovoi) -> list[str]:
    return list(assign_labels(app.freeze()).calls)


def list_labels(labels: Labels) -> list[tuple[str, str]]:
    """Returns all labels, each with the type of its block."""
    functions = [("module", labels.get_function(name)) for name in labels.functions]
    roles = [("module", labels.get_role(name)) for name in labels.functions]
    machines = [("module", label) for label in labels.machines.values()]
    calls = [("module", label) for label in {*labels.calls} - {""}]
    return [
        *functions,
        *roles,
        *machines,
        *calls,
        *((key[0], label) for key, label in labels.sources.items()),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tend", "tend"),
        ("tend_2", "tend_2"),
        ("fooBar", "foo_bar"),
        ("HTTPServer", "http_server"),
        ("listV2Items", "list_v2_items"),
        ("_a-B9", "a_b9"),
        ("1a", "x1a"),
        ("-a", "a"),
        ("a__b_", "a_b"),
        ("zapfhähne", "zapfhahne"),
        ("größe", "gro_e"),
        ("飲む", "x"),
        ("a.b c${d}", "a_b_c_d"),
        ("/aws/lambda/web", "aws_lambda_web"),
        ("", "x"),
    ],
)
def test_label_is_in_snake_case(name: str, expected: str) -> None:
    assert make_label(name) == expected


def test_handler_with_one_call_gives_its_name_to_it() -> None:
    assert list_calls(subscribe(("tend", "a"), ("pourAle", "a"))) == ["tend", "pour_ale"]


def test_sources_follow_if_a_handler_has_several_calls() -> None:
    app, tend = Domovoi(), make_handler("tend")
    app.function("web")
    app.sns_topic_subscriber("orders-west")(tend)
    app.sqs_queue_subscriber(scoped("jobs.fifo"))(tend)
    app.dynamodb_stream_handler("Beers")(tend)
    app.kinesis_stream_handler(variable("taps_arn"))(tend)
    app.cloudwatch_logs_sub_filter_handler("/aws/lambda/web", "")(tend)
    app.scheduled_function("rate(1 day)")(tend)
    app.scheduled_function("rate(2 days)", rule_name="slow")(tend)
    app.cloudwatch_event_handler(source=["shop"], rule_name=scoped("shop"))(tend)
    app.email_receipt_handler(["a@b.com", variable("domain")], rule_set_name="mail")(tend)
    app.email_receipt_handler(rule_set_name="mail", function="web")(tend)
    app.alb_target("/api", host="a.com")(tend)
    app.alb_target("/v2")(tend)
    app.alb_target()(tend)
    app.function_url()(tend)
    app.s3_event_handler("photos", CREATED, use_eventbridge=True)(tend)
    assert list_calls(app) == [
        "tend_orders_west",
        "tend_jobs_fifo",
        "tend_beers",
        "tend_taps_arn",
        "tend_aws_lambda_web",
        "tend_rule",
        "tend_slow",
        "tend_shop",
        "tend_a_b_com_domain",
        "tend_all_recipients",
        "tend_a_com_api",
        "tend_v2",
        "tend_any_path",
        "tend_url",
        "tend_photos",
    ]


def test_triggers_without_a_call_do_not_count() -> None:
    app, tend = Domovoi(), make_handler("tend")
    definition = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "End": True}}}
    app.lambda_function()(tend)
    app.step_function_task("Work", definition)(tend)
    app.sns_topic_subscriber("orders")(tend)
    assert list_calls(app) == ["", "", "tend"]


def test_call_that_several_handlers_share_counts() -> None:
    app, tend = Domovoi(), make_handler("tend")
    app.s3_event_handler("photos", CREATED)(tend)
    app.sns_topic_subscriber("orders")(tend)
    assert list_calls(app) == ["s3_photos_sns", "tend_orders"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iam", "handler_iam"),
        ("lambda_x", "handler_lambda_x"),
        ("lambda_", "handler_lambda"),
        ("lambdaX", "handler_lambda_x"),
        ("state_machine", "handler_state_machine"),
        ("iamb", "iamb"),
        ("lambdas", "lambdas"),
    ],
)
def test_labels_of_other_calls_are_not_used_for_handlers(name: str, expected: str) -> None:
    assert list_calls(subscribe((name, "a"))) == [expected]
    assert list_calls(subscribe((name, "a"), (name, "b"))) == [f"{expected}_a", f"{expected}_b"]


def test_label_that_several_want_ends_in_a_digest_for_all_of_them() -> None:
    assert list_calls(subscribe(("fooBar", "a"), ("foo_bar", "a"), ("serve", "a"))) == [
        "foo_bar_1cbdf77c",
        "foo_bar_01da6af9",
        "serve",
    ]
    assert list_calls(subscribe(("tend", "sns"), ("tend", "b"), ("tend_sns", "c"))) == [
        "tend_sns_6b5d3b87",
        "tend_b",
        "tend_sns_1359cae5",
    ]


def test_function_is_part_of_the_digest_if_nothing_else_differs() -> None:
    app, tend = Domovoi(), make_handler("tend")
    for function in ("", "web"):
        app.sns_topic_subscriber("a", function=function and app.function(function))(tend)
    one, other = list_calls(app)
    assert one != other
    assert {one[:-8], other[:-8]} == {"tend_a_"}


def test_digest_that_another_handler_has_as_its_name_is_not_used_twice() -> None:
    first = list_calls(subscribe(("fooBar", "a"), ("foo_bar", "a")))
    app = subscribe(("fooBar", "a"), ("foo_bar", "a"), (first[0], "a"))
    labels = list_calls(app)
    assert labels[1] == first[1]
    assert len({*labels}) == 3
    assert first[0] not in labels


def test_sources_functions_and_machines_with_one_label_get_digests() -> None:
    app = subscribe(("one", "a-b"), ("two", "a_b"), ("three", "c"))
    for name in ("report-a", "report_a", "other"):
        app.lambda_function(function=app.function(name))(make_handler(f"run_{name}"))
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
    for machine in ("brew-a", "brew_a", "serve", None):
        app.register_state_machine({**definition, "Comment": str(machine)}, machine)
    labels = assign_labels(app.freeze())
    assert labels.sources == {
        ("aws_sns_topic", "a-b"): "a_b_2348f4b6",
        ("aws_sns_topic", "a_b"): "a_b_cc5b21c6",
        ("aws_sns_topic", "c"): "c",
    }
    assert labels.functions == {
        "": "",
        "report-a": "_report_a_f3c1977a",
        "report_a": "_report_a_5f21bcfc",
        "other": "_other",
    }
    assert labels.machines == {
        "default": "state_machine",
        "brew-a": "state_machine_brew_a_2c5ce278",
        "brew_a": "state_machine_brew_a_888b99de",
        "serve": "state_machine_serve",
    }


def test_long_label_is_cut_and_ends_in_a_digest() -> None:
    long = "a" * MAX_LENGTH
    labels = list_calls(subscribe((long, "a"), (f"{long}b", "a"), (f"{long}c", "a")))
    assert labels[0] == long
    assert {len(label) for label in labels} == {MAX_LENGTH}
    assert len({*labels}) == 3


def test_name_for_resources_on_aws_is_that_of_the_handler_unless_it_has_several() -> None:
    app, serve = Domovoi(), make_handler("serveIt")
    app.alb_target("/a")(serve)
    app.sns_topic_subscriber("a")(serve)
    assert make_unique_names(app.freeze().routes) == ["serveIt", "serveIt"]
    app.alb_target("/b")(serve)
    one, sns, other = make_unique_names(app.freeze().routes)
    assert sns == "serveIt"
    assert one != other
    assert all(re.fullmatch("serveIt_[0-9a-f]{8}", name) for name in (one, other))


NAMES = st.sampled_from(
    [
        *("tend", "Tend", "tend_a", "tendA", "tend_b", "tend_sns", "tend_sqs", "_tend", "iam", "lambda_a"),
        *("handler_iam", "state_machine_a", "s3_a_sns", "tänd", "日本", "日", "a" * 90, "a" * 120),
    ]
)
SOURCES = st.sampled_from(["a", "A", "a-b", "a_b", "sns", "b" * 100])
#: The decorator of each kind and its arguments, with None for the source.
DECORATORS: dict[str, tuple[str, list[Any]]] = {
    "sns": ("sns_topic_subscriber", [None]),
    "sqs": ("sqs_queue_subscriber", [None]),
    "s3": ("s3_event_handler", [None, CREATED]),
    "rule": ("scheduled_function", ["rate(1 day)", None]),
    "direct": ("lambda_function", []),
}
DECLARATIONS = st.lists(
    st.tuples(NAMES, st.sampled_from(sorted(DECORATORS)), SOURCES, st.sampled_from("xX_")),
    min_size=1,
    max_size=8,
    unique=True,
)


def build_app(declarations: Sequence[tuple[str, str, str, str]]) -> Domovoi:
    app = Domovoi()
    for function in sorted({function for *_, function in declarations}):
        app.function(function)
    handlers = {name: make_handler(name) for name, *_ in declarations}
    for name, kind, source, function in declarations:
        method, arguments = DECORATORS[kind]
        names = [source if each is None else each for each in arguments]
        getattr(app, method)(*names, function=function)(handlers[name])
    return app


def identify(route: Route) -> tuple[str, ...]:
    call = route.trigger.call_name()
    source = route.trigger.spell_source()
    return (call,) if call else (route.trigger.kind, source, route.handler, route.trigger.function)


def map_calls(app: Domovoi) -> dict[tuple[str, ...], str]:
    application = app.freeze()
    labels = assign_labels(application).calls
    return {identify(route): label for route, label in zip(application.routes, labels, strict=True) if label}


@given(DECLARATIONS, st.randoms(use_true_random=False))
def test_labels_are_unique_and_valid_in_any_order(declarations: list[Any], random: Any) -> None:
    app = build_app(declarations)
    labels = list_labels(assign_labels(app.freeze()))
    assert len({*labels}) == len(labels)
    assert [label for _, label in labels if not SNAKE_CASE.fullmatch(label) or len(label) > MAX_LENGTH] == []
    shuffled = [*declarations]
    random.shuffle(shuffled)
    assert map_calls(build_app(shuffled)) == map_calls(app)
    assert sorted(list_labels(assign_labels(build_app(shuffled).freeze()))) == sorted(labels)


@given(DECLARATIONS)
def test_another_trigger_changes_labels_only_of_its_handler_and_of_equal_ones(
    declarations: list[Any],
) -> None:
    added = declarations[-1]
    before, after = map_calls(build_app(declarations[:-1])), map_calls(build_app(declarations))
    assert before.keys() <= after.keys()
    for identity, label in before.items():
        is_own = identity[2:3] == (added[0],)
        # A label with a digest has, had or makes room for one that another has or had.
        is_equal = any(re.search("_[0-9a-f]{8}$", each) for each in (label, after[identity]))
        assert is_own or is_equal or after[identity] == label
