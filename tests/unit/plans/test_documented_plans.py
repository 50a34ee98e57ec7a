"""The plans on pages of the documentation are those of the program.

Lines are compared as words, because a page breaks them at another width than a terminal.
"""

from __future__ import annotations

import json
import re
from typing import Any

import click
from documentation.pages import quote_block

from domovoi_tf.cli.terraform.plan import format_drift
from domovoi_tf.plans.access.report import list_changed_exposures, report_access
from domovoi_tf.plans.access.sentences import format_text
from domovoi_tf.plans.callers.instances import PlanOwners
from domovoi_tf.plans.changes import list_changes
from domovoi_tf.plans.comment.markdown import render_markdown
from domovoi_tf.plans.drift import list_drift
from domovoi_tf.plans.kept_resources import list_kept
from domovoi_tf.plans.resource_owners import Owners
from domovoi_tf.plans.summary import Line, align_lines, format_totals, summarize

from .test_summary import PERMISSION, make_resource

RUNNING = "docs/guides/running.md"
OWNERS = Owners(
    {
        "bar": "bar",
        "door": "door",
        "serve": "serve",
        "tend": "tend",
        "deliver": "deliver",
        "lambda": "",
        "iam": "",
    }
)
MAPPING, SUBSCRIPTION = "aws_lambda_event_source_mapping", "aws_sns_topic_subscription"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/beers/stream/2026"
TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:deliveries"
REMOVED = "delete_because_no_module"
LAMBDA, IAM = "module.app.module.lambda", "module.app.module.iam"
SCHEDULE = make_resource(
    "module.app.module.bar",
    "aws_cloudwatch_event_rule",
    ["update"],
    {"schedule_expression": "rate(1 minute)"},
    {"schedule_expression": "rate(5 minutes)"},
)
INVOKED_BY_TOPIC = {
    "function_name": "bar-dev",
    "principal": "sns.amazonaws.com",
    "action": "lambda:InvokeFunction",
    "source_arn": TOPIC,
}
POUR = [
    make_resource(
        "module.app.module.pour", PERMISSION, ["delete"], INVOKED_BY_TOPIC, None, action_reason=REMOVED
    ),
    make_resource(
        "module.app.module.pour", SUBSCRIPTION, ["delete"], {"topic_arn": TOPIC}, None, action_reason=REMOVED
    ),
]


def make_permissions_plan() -> dict[str, Any]:
    """Returns the plan of which the page shows the permissions, the public and the comment."""
    actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    queue = "module.app.aws_sqs_queue.orders"
    statement = {"Effect": "Allow", "Action": actions, "Resource": queue}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = {"function_name": "bar-dev", "authorization_type": "NONE"}
    call = {"expressions": {"function": {"references": ["module.lambda.function", "module.lambda"]}}}
    app = {"source": "../../app", "module": {"module_calls": dict.fromkeys(("bar", "door", "tend"), call)}}
    return {
        "configuration": {"root_module": {"module_calls": {"app": app}}},
        "resource_changes": [
            SCHEDULE,
            *POUR,
            make_resource("module.app.module.tend", MAPPING, ["create"], None, {}),
            make_resource("module.app.module.door", "aws_lambda_function_url", ["no-op"], url, url),
            make_resource(
                IAM, "aws_iam_role", ["no-op"], {"name": "bar-dev"}, {"name": "bar-dev"}, index="this"
            ),
            make_resource(
                IAM,
                "aws_iam_role_policy",
                ["create"],
                None,
                {"name": "sqs", "role": "bar-dev", "policy": policy},
                "needed",
                index="sqs",
            ),
            make_resource(
                LAMBDA,
                "aws_lambda_function",
                ["update"],
                {"source_code_hash": "a"},
                {"source_code_hash": "b"},
            ),
            make_resource("module.app", "aws_sqs_queue", ["create"], None, {"name": "orders"}, "orders"),
            make_resource(
                "module.app",
                "aws_sns_topic",
                ["delete"],
                {"name": "orders"},
                None,
                "orders",
                action_reason="delete_because_no_resource_config",
            ),
        ],
    }


def make_moves(old: str) -> list[dict[str, Any]]:
    """Returns what moves if a handler is called `serve` now."""
    return [
        make_resource(
            "module.app.module.serve",
            each,
            ["no-op"],
            {},
            {},
            previous_address=f"module.app.module.{old}.{each}.this",
        )
        for each in (PERMISSION, SUBSCRIPTION)
    ]


def test_plan_of_the_page_has_every_kind_of_change() -> None:
    source = {"event_source_arn": TABLE, "starting_position": "TRIM_HORIZON"}
    before, after = {"name": "orders", "fifo_queue": False}, {"name": "orders", "fifo_queue": True}
    plan = {
        "resource_changes": [
            SCHEDULE,
            make_resource(
                "module.app.module.follow", MAPPING, ["delete"], source, None, action_reason=REMOVED
            ),
            *POUR,
            *make_moves("take_order"),
            make_resource("module.app.module.tend", PERMISSION, ["create"], None, {}),
            make_resource("module.app.module.tend", SUBSCRIPTION, ["create"], None, {}),
            make_resource(
                LAMBDA,
                "aws_lambda_function",
                ["update"],
                {"source_code_hash": "a", "timeout": 60},
                {"source_code_hash": "b", "timeout": 90},
            ),
            make_resource(
                "module.app",
                "aws_sqs_queue",
                ["delete", "create"],
                before,
                after,
                "orders",
                replace_paths=[["fifo_queue"]],
            ),
        ]
    }
    changes = list_changes(plan, OWNERS)
    words = [*align_lines(summarize(changes)), f"{format_totals(changes)}."]
    assert " ".join(words).split() == quote_block(RUNNING, "  bar ").split()


def test_page_shows_permissions_and_what_becomes_public() -> None:
    plan = make_permissions_plan()
    (url,) = [each for each in plan["resource_changes"] if each["type"] == "aws_lambda_function_url"]
    url["change"] |= {"actions": ["create"], "before": None}
    report = report_access(plan, PlanOwners(plan, OWNERS, is_stage=True))
    parts = []
    for title, lines in (("Permissions", report.permissions), ("Public", list_changed_exposures(report))):
        parts += [
            f"{title}:",
            *align_lines([Line(each.owner.title, format_text(each.sentence)) for each in lines]),
            "",
        ]
    assert "\n".join(parts) == quote_block(RUNNING, "Permissions:")


def test_page_shows_the_comment_for_a_plan() -> None:
    plan = make_permissions_plan()
    report = report_access(plan, PlanOwners(plan, OWNERS, is_stage=True))
    text = render_markdown(list_changes(plan, OWNERS), "Plan for dev", report, "...")
    assert re.sub(r"\n````?text\n...\n````?\n", "...", text) == quote_block(RUNNING, "### Plan for dev")


def test_page_shows_drift() -> None:
    rule = ({"schedule_expression": "rate(1 minute)"}, {"schedule_expression": "rate(9 minutes)"})
    plan = {
        "resource_drift": [
            make_resource("module.app.module.bar", "aws_cloudwatch_event_rule", ["update"], *rule),
            make_resource("module.app.module.tend", SUBSCRIPTION, ["delete"], {}, None),
            make_resource(LAMBDA, "aws_lambda_function", ["update"], {"timeout": 60}, {"timeout": 77}),
        ]
    }
    lines = [click.unstyle(line) for line in format_drift(list_drift(plan, OWNERS), "dev")]
    assert lines == quote_block(RUNNING, "Changed outside of Terraform").splitlines()


def test_page_shows_what_is_destroyed_and_what_is_not() -> None:
    bucket = {"bucket": "shop-dev-labels", "force_destroy": False}
    resources = [
        make_resource("module.app.module.deliver", MAPPING, ["delete"], {"event_source_arn": QUEUE}),
        make_resource(IAM, "aws_iam_role", ["delete"], {"name": "shop-dev"}),
        *(
            make_resource(IAM, "aws_iam_role_policy", ["delete"], {"name": name}, None, "needed", index=name)
            for name in ("logs", "sqs")
        ),
        make_resource(LAMBDA, "aws_cloudwatch_log_group", ["delete"], {}),
        make_resource(LAMBDA, "aws_lambda_function", ["delete"], {"function_name": "shop-dev"}),
        make_resource("module.app", "aws_s3_bucket", ["delete"], bucket, None, "labels"),
        make_resource("module.app", "aws_sqs_queue", ["delete"], {"name": "deliveries"}, None, "deliveries"),
    ]
    state = [
        {"mode": "managed", "type": "aws_s3_bucket", "name": "labels", "values": bucket},
        {"mode": "data", "type": "aws_dynamodb_table", "name": "customers", "values": {"name": "customers"}},
    ]
    app = {"address": "module.app", "resources": state}
    plan = {
        "resource_changes": resources,
        "prior_state": {"values": {"root_module": {"child_modules": [app]}}},
    }
    changes = list_changes(plan, OWNERS)
    shown = [
        *align_lines(summarize(changes)),
        f"{format_totals(changes)}.",
        "Not destroyed:",
        *align_lines(list_kept(plan, OWNERS)),
    ]
    *said, question = quote_block(RUNNING, "  deliver ").strip().splitlines()
    assert " ".join(shown).split() == " ".join(said).split()
    assert question == "Destroy all of this in dev? [y/N]:"


def test_page_on_renaming_shows_a_move() -> None:
    moved = [
        make_resource(
            "module.app.module.serve",
            each,
            ["no-op"],
            {},
            {},
            previous_address=f"module.app.module.tend.{each}.this",
        )
        for each in (PERMISSION, SUBSCRIPTION)
    ]
    code = make_resource(
        "module.app.module.lambda",
        "aws_lambda_function",
        ["update"],
        {"source_code_hash": "a"},
        {"source_code_hash": "b"},
    )
    changes = list_changes({"resource_changes": [*moved, code]}, OWNERS)
    lines = ["$ domovoi-tf plan", *align_lines(summarize(changes)), f"{format_totals(changes)}."]
    quoted = quote_block("docs/guides/renaming.md", "$ domovoi-tf render\n$ domovoi-tf package")
    assert quoted.splitlines()[2:] == lines
