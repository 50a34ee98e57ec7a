"""The words in plans about what is lost, or read again, with a destroyed or replaced resource."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.plans.changes import list_changes
from domovoi_tf.plans.comment.markdown import render_markdown
from domovoi_tf.plans.losses import explain_losses
from domovoi_tf.plans.resource_owners import Owners
from domovoi_tf.plans.summary import align_lines, build_document, summarize
from domovoi_tf.triggers import list_kinds, list_resource_types

from .test_summary import PERMISSION, make_resource

MAPPING, RULE, SUBSCRIPTION = (
    "aws_lambda_event_source_mapping",
    "aws_cloudwatch_event_rule",
    "aws_sns_topic_subscription",
)
FUNCTION = "aws_lambda_function"
ACCOUNT = "eu-west-1:123456789012"
TOPIC, QUEUE = f"arn:aws:sns:{ACCOUNT}:orders", f"arn:aws:sqs:{ACCOUNT}:jobs"
TABLE = f"arn:aws:dynamodb:{ACCOUNT}:table/beers/stream/2026"
STREAM = f"arn:aws:kinesis:{ACCOUNT}:stream/tills"
READ_AGAIN = (
    "the new mapping starts at TRIM_HORIZON: the records that the stream keeps (24 hours by default) are "
    "read again"
)
NOT_READ = "the new mapping starts at LATEST: records that arrive before it works are not read"
FORGOTTEN = "further records are not read, and the position in the stream is forgotten"
FIRST = "nothing is lost: the new one is created first"
FEW_SECONDS, MINUTES = "nobody listens for a few seconds", "nobody reads for up to several minutes"
#: By kind: the type of a resource with its attributes, and what is said if it is destroyed for good, if it is
#: replaced, and if it is replaced by one that is created first.
KINDS: dict[str, tuple[str, dict[str, Any], str, str, str]] = {
    "schedule": (
        RULE,
        {"schedule_expression": "rate(1 day)"},
        "the handler runs no more on this schedule",
        f"a run that is due in between is skipped ({FEW_SECONDS})",
        FIRST,
    ),
    "schedule of Scheduler": (
        "aws_scheduler_schedule",
        {"schedule_expression": "cron(0 9 * * ? *)", "schedule_expression_timezone": "Europe/Berlin"},
        "the handler runs no more on this schedule",
        f"a run that is due in between is skipped ({FEW_SECONDS})",
        FIRST,
    ),
    "event": (
        RULE,
        {"event_pattern": '{"source":["bar"]}'},
        "further events do not reach the handler",
        f"events in between are lost ({FEW_SECONDS})",
        FIRST,
    ),
    "sns": (
        SUBSCRIPTION,
        {"topic_arn": TOPIC},
        "further messages do not reach the handler",
        f"messages that are published in between are lost ({FEW_SECONDS})",
        FIRST,
    ),
    "sqs": (
        MAPPING,
        {"event_source_arn": QUEUE},
        "messages stay in the queue and expire there",
        f"nothing is lost: messages wait in the queue ({MINUTES})",
        FIRST,
    ),
    "dynamodb": (
        MAPPING,
        {"event_source_arn": TABLE, "starting_position": "TRIM_HORIZON"},
        FORGOTTEN,
        f"{READ_AGAIN} ({MINUTES})",
        READ_AGAIN,
    ),
    "kinesis": (
        MAPPING,
        {"event_source_arn": STREAM, "starting_position": "LATEST"},
        FORGOTTEN,
        f"{NOT_READ} ({MINUTES})",
        NOT_READ,
    ),
    "s3": (
        "aws_s3_bucket_notification",
        {"bucket": "photos"},
        "further events of the bucket are lost",
        f"events of the bucket in between are lost ({FEW_SECONDS})",
        FIRST,
    ),
    "logs": (
        "aws_cloudwatch_log_subscription_filter",
        {"log_group_name": "/bar"},
        "further log lines do not reach the handler",
        f"log lines in between do not reach the handler ({FEW_SECONDS})",
        FIRST,
    ),
    "ses": (
        "aws_ses_receipt_rule",
        {"rule_set_name": "mail", "recipients": ["ann@bar.example"]},
        "further mail does not reach the handler",
        f"mail in between does not reach the handler ({FEW_SECONDS})",
        FIRST,
    ),
    "alb": (
        "aws_lb_listener_rule",
        {"listener_arn": "arn:l", "condition": [{"path_pattern": [{"values": ["/beers/*"]}]}]},
        "further requests do not reach it",
        f"requests in between fail or reach another rule ({FEW_SECONDS})",
        FIRST,
    ),
    "url": (
        "aws_lambda_function_url",
        {"function_name": "bar-dev"},
        "callers of the URL fail, and it never comes back",
        "the function gets another URL, and callers of the old one fail (nobody answers for a few seconds)",
        FIRST,
    ),
}
#: Kinds without resources of their own. A state machine's says itself what is lost.
WITHOUT_RESOURCES = {"direct", "state_machine"}


def explain(*resources: dict[str, Any]) -> list[str]:
    """Returns the texts about resources, in their order."""
    losses = explain_losses(resources)
    return [losses.get(each["address"], "") for each in resources]


def make_function(name: str, *actions: str) -> dict[str, Any]:
    values = {"function_name": name}
    before, after = None if actions == ("create",) else values, None if actions == ("delete",) else values
    return make_resource(f"module.app.module.lambda_{name}", FUNCTION, [*actions], before, after)


@pytest.mark.parametrize("kind", KINDS)
def test_destroyed_resource_of_each_kind_says_what_is_lost(kind: str) -> None:
    resource_type, values, gone, replaced, first = KINDS[kind]
    old, new = "module.app.module.old", "module.app.module.new"
    destroyed = make_resource(old, resource_type, ["delete"], values, None)
    assert explain(destroyed) == [gone]
    again = make_resource(new, resource_type, ["create"], None, values)
    assert explain(destroyed, again) == [replaced, ""]
    for actions, expected in ((["delete", "create"], replaced), (["create", "delete"], first)):
        assert explain(make_resource(old, resource_type, actions, values, values)) == [expected]
    assert explain(make_resource(old, resource_type, ["update"], values, values)) == [""]


@pytest.mark.parametrize("kind", KINDS)
def test_resource_of_another_source_does_not_take_its_place(kind: str) -> None:
    resource_type, values, gone, _, _ = KINDS[kind]
    destroyed = make_resource("module.app.module.old", resource_type, ["delete"], values, None)
    for name in list_resource_types()[resource_type].source:
        other = {**values, name: "another one"}
        created = make_resource("module.app.module.new", resource_type, ["create"], None, other)
        assert explain(destroyed, created) == [gone, ""]


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        ([["internal"]], "internal cannot be changed in place: "),
        ([["name"], ["subnet_mapping", 0]], "name and subnet_mapping cannot be changed in place: "),
        (None, ""),
    ],
)
def test_replaced_load_balancer_says_why_and_what_fails(paths: list[list[Any]] | None, reason: str) -> None:
    more: dict[str, Any] = {} if paths is None else {"replace_paths": paths}
    module, values = "module.load_balancer", {"name": "bar-dev"}
    replaced = make_resource(module, "aws_lb", ["delete", "create"], values, values, **more)
    assert explain(replaced) == [f"{reason}requests fail for some minutes, until the new load balancer works"]
    assert explain(make_resource(module, "aws_lb", ["delete"], values, None)) == [""]


def test_no_kind_is_forgotten() -> None:
    assert {kind.partition(" ")[0] for kind in KINDS} | WITHOUT_RESOURCES == {*list_kinds()}


@pytest.mark.parametrize(
    ("principal", "gone"),
    [
        ("sns.amazonaws.com", "further messages do not reach the handler"),
        ("s3.amazonaws.com", "further events of the bucket are lost"),
        ("events.amazonaws.com", "further events do not reach the handler"),
        ("*", ""),
        ("another.amazonaws.com", ""),
    ],
)
def test_permission_alone_counts_as_what_it_permits(principal: str, gone: str) -> None:
    values = {"principal": principal, "source_arn": "arn:aws:x"}
    module = "module.app.module.tend"
    assert explain(make_resource(module, PERMISSION, ["delete"], values, None)) == [gone]
    first = make_resource(module, PERMISSION, ["create", "delete"], values, values)
    assert explain(first) == [FIRST if gone else ""]


def test_permission_beside_the_resource_that_delivers_says_nothing() -> None:
    module = "module.app.module.tick"
    permission = {"principal": "events.amazonaws.com", "source_arn": "arn:aws:events"}
    assert explain(
        make_resource(module, PERMISSION, ["delete"], permission, None),
        make_resource(module, RULE, ["delete"], {"schedule_expression": "rate(1 day)"}, None),
    ) == ["", "the handler runs no more on this schedule"]


def test_resource_of_the_user_says_nothing() -> None:
    kafka = {"event_source_arn": None, "topics": ["beers"]}
    assert explain(
        make_resource("", MAPPING, ["delete"], kafka, None),
        make_resource("", MAPPING, ["delete"], {}, None, "other"),
        make_resource("", "aws_vpc", ["delete"], {}, None),
    ) == ["", "", ""]


# Functions


def test_destroyed_function_fails_its_callers() -> None:
    assert explain(make_function("reports", "delete")) == ["callers of reports fail"]
    assert explain(make_function("reports", "delete", "create")) == ["invocations of reports in between fail"]
    assert explain(make_function("reports", "delete"), make_function("other", "create")) == [
        "callers of reports fail",
        "",
    ]


def test_function_with_the_same_handlers_is_another_function() -> None:
    permission = make_resource(
        "module.app.module.tend",
        PERMISSION,
        ["delete", "create"],
        {"function_name": "reports", "principal": "sns.amazonaws.com", "source_arn": TOPIC},
        {"function_name": "summaries", "principal": "sns.amazonaws.com", "source_arn": TOPIC},
    )
    assert explain(make_function("reports", "delete"), make_function("summaries", "create"), permission)[
        0
    ] == (
        "summaries is another function, with a URL, a log group, a role and metrics of its own; "
        "callers of reports fail"
    )


@pytest.mark.parametrize(("others", "is_said"), [((), True), (("more",), False)])
def test_unknown_name_of_a_function_is_that_of_the_only_new_one(
    others: tuple[str, ...], is_said: bool
) -> None:
    """The ARN of a new function is not known when the plan is made."""
    mapping = make_resource(
        "module.app.module.tend",
        MAPPING,
        ["update"],
        {"function_name": f"arn:aws:lambda:{ACCOUNT}:function:reports", "event_source_arn": QUEUE},
        {"event_source_arn": QUEUE},
        after_unknown={"function_name": True},
    )
    new = [make_function(name, "create") for name in ("summaries", *others)]
    text = explain(make_function("reports", "delete"), mapping, *new)[0]
    assert text.startswith("summaries is another function") == is_said
    assert text.endswith("callers of reports fail")


def test_handlers_of_one_function_can_go_to_several() -> None:
    def make_permission(handler: str, function: str) -> dict[str, Any]:
        before, after = {"function_name": "reports"}, {"function_name": function}
        shared = {"principal": "sns.amazonaws.com", "source_arn": TOPIC}
        module = f"module.app.module.{handler}"
        return make_resource(
            module, PERMISSION, ["delete", "create"], {**before, **shared}, {**after, **shared}
        )

    resources = (
        make_function("reports", "delete"),
        *(make_function(name, "create") for name in ("daily", "weekly")),
        make_permission("tend", "daily"),
        make_permission("pour", "weekly"),
    )
    assert explain(*resources)[0] == (
        "daily and weekly are other functions, with a URL, a log group, a role and metrics of their own; "
        "callers of reports fail"
    )


# Plans


OWNERS = Owners({"tend": "tend", "bar": "bar"})


def make_plan() -> dict[str, Any]:
    """Returns a plan that renames a handler of a stream, moves another and destroys a queue."""
    values = {"event_source_arn": STREAM, "starting_position": "TRIM_HORIZON"}
    resources = [
        make_resource(
            "module.app.module.pour",
            MAPPING,
            ["delete"],
            values,
            None,
            action_reason="delete_because_no_module",
        ),
        make_resource("module.app.module.tend", MAPPING, ["create"], None, values),
        make_resource(
            "module.app.module.bar",
            SUBSCRIPTION,
            ["no-op"],
            {},
            {},
            previous_address="module.app.module.old.aws_sns_topic_subscription.this",
        ),
        make_resource(
            "module.app.module.bar",
            PERMISSION,
            ["no-op"],
            {},
            {},
            previous_address="module.app.module.old.aws_lambda_permission.this",
        ),
        make_resource("module.app", "aws_sqs_queue", ["delete"], {}, None, "jobs"),
    ]
    return {"resource_changes": resources}


def test_plan_says_it_beside_the_handler_and_names_the_origin_of_a_move() -> None:
    changes = list_changes(make_plan(), OWNERS)
    again = f"{READ_AGAIN} ({MINUTES})"
    gone = "the handler is no longer in the app"
    assert align_lines(summarize(changes)) == [
        "  bar      > moved from old: permission, SNS subscription",
        f"  pour     - destroys event source mapping: {gone}; {again}",
        "  tend     + event source mapping",
        "  sources  - destroys SQS queue jobs; messages that wait in a destroyed queue are lost",
    ]
    document = {each["address"]: each for each in build_document(changes)["changes"]}
    assert document["module.app.module.pour.aws_lambda_event_source_mapping.this"]["loss"] == again
    assert document["module.app.aws_sqs_queue.jobs"]["loss"] == (
        "messages that wait in a destroyed queue are lost"
    )
    moved = document["module.app.module.bar.aws_sns_topic_subscription.this"]
    assert (moved["action"], moved["moved_from"], "loss" in moved) == ("move", "old", False)
    markdown = render_markdown(changes, "Plan for dev")
    assert "| bar | \\> moved from old: permission, SNS subscription |\n" in markdown
    escaped = again.replace("_", "\\_")
    assert f"| pour | **- destroys event source mapping: {gone}; {escaped}** |\n" in markdown


def test_change_of_what_is_moved_names_its_origin_too() -> None:
    resource = make_resource(
        "module.app.module.tend",
        RULE,
        ["update"],
        {"schedule_expression": "rate(1 day)"},
        {"schedule_expression": "rate(2 days)"},
        previous_address="module.app.module.pour.aws_cloudwatch_event_rule.this",
    )
    (line,) = summarize(list_changes({"resource_changes": [resource]}, OWNERS))
    assert line.text == "~ schedule (moved from pour) rate(1 day) → rate(2 days)"


def test_move_of_which_the_tree_knows_names_the_former_label() -> None:
    owners = Owners({"bar": "bar"}, {"old": "bar"})
    line = summarize(list_changes(make_plan(), owners))[0]
    assert line == ("bar", "> moved from old: permission, SNS subscription", False)


def test_move_within_a_module_names_the_address() -> None:
    resource = make_resource(
        "module.app",
        "aws_sns_topic",
        ["no-op"],
        {},
        {},
        "orders_west",
        previous_address="module.app.aws_sns_topic.orders-west",
    )
    (line,) = summarize(list_changes({"resource_changes": [resource]}, OWNERS))
    assert line == (
        "sources",
        "> moved from module.app.aws_sns_topic.orders-west: SNS topic orders_west",
        False,
    )
