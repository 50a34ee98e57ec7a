"""Each module call and each source of the app's module is listed with what it stands for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.synthesis.addresses import Block, list_addresses

from .test_app_module import make_handler, render_valid, synthesize_valid


def list_blocks(app: Domovoi) -> dict[str, Block]:
    return list_addresses(synthesize_valid(app))


def list_trigger_blocks(app: Domovoi) -> list[Block]:
    """Returns the blocks of the triggers' module calls."""
    return [block for block in list_blocks(app).values() if block.handlers]


def test_sources_functions_and_machines_are_listed_with_their_names() -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber(scoped("orders"), function="reports")(make_handler("tend"))
    app.sqs_queue_subscriber("theirs", create=False)(make_handler("fetch"))
    machine = {"StartAt": "Pour", "States": {"Pour": {"Type": "Task", "End": True}}}
    app.step_function_task("Pour", machine)(make_handler("pour"))
    assert list_blocks(app) == {
        "aws_sns_topic.orders": Block("aws_sns_topic", "scoped('orders')", "", (), ()),
        "aws_sns_topic_policy.orders": Block("aws_sns_topic_policy", "scoped('orders')", "", (), ()),
        "module.fetch": Block("sqs", "theirs", "", ("fetch",), ()),
        "module.iam": Block("role", "", "", (), ()),
        "module.iam_reports": Block("role", "", "reports", (), ()),
        "module.lambda": Block("function", "", "", (), ()),
        "module.lambda_reports": Block("function", "", "reports", (), ()),
        "module.state_machine": Block("machine", "default", "", (), ()),
        "module.tend": Block("sns", "scoped('orders')", "reports", ("tend",), ()),
    }


def test_handlers_of_one_bucket_share_a_block() -> None:
    app = Domovoi()
    for name, prefix in (("thumb", "b/"), ("index", "a/")):
        handle = app.s3_event_handler("photos", ["s3:ObjectCreated:*"], prefix, use_sns=False)
        handle(make_handler(name))
    blocks = list_blocks(app)
    assert blocks["module.s3_photos_direct"] == Block("s3", "s3-photos-direct", "", ("index", "thumb"), ())
    notification = Block("aws_s3_bucket_notification", "photos", "", (), ())
    assert blocks["aws_s3_bucket_notification.photos"] == notification


def test_given_names_change_no_block() -> None:
    blocks = []
    given: dict[str, Any] = {"topic_name": "events", "queue_name": scoped("events")}
    for names in ({}, given):
        app = Domovoi()
        app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sqs=True, **names)(make_handler("tend"))
        blocks.append(list_blocks(app))
    assert "aws_sns_topic.s3_photos_sns_sqs" in blocks[0]
    assert blocks[0] == blocks[1]


@pytest.mark.parametrize(
    ("kind", "arguments", "names"),
    [
        ("scheduled_function", {"schedule": "rate(5 minutes)"}, ("<app>-<stage>-tend",)),
        ("scheduled_function", {"schedule": "rate(5 minutes)", "rule_name": "tick"}, ()),
        (
            "scheduled_function",
            {"schedule": "at(2030-12-31T18:00:00)"},
            ("<app>-<stage>-tend", "<app>-<stage>-tend.schedule"),
        ),
        ("cloudwatch_event_handler", {"source": ["bar"]}, ("<app>-<stage>-tend",)),
        (
            "cloudwatch_logs_sub_filter_handler",
            {"log_group_name": "/bar", "filter_pattern": "x"},
            ("<app>-<stage>-tend",),
        ),
        (
            "cloudwatch_logs_sub_filter_handler",
            {"log_group_name": "/bar", "filter_pattern": "x", "filter_name": "errors"},
            (),
        ),
        ("email_receipt_handler", {"rule_set_name": "bar"}, ("<app>-<stage>-tend",)),
        ("alb_target", {"prefix": "/bar", "host": "bar.example.com"}, ("<app>-<stage>-tend",)),
        ("sns_topic_subscriber", {"topic_name": scoped("tend")}, ()),
        ("sqs_queue_subscriber", {"queue_name": variable("queue_arn")}, ()),
        ("function_url", {}, ()),
        (
            "s3_event_handler",
            {"bucket": "photos", "events": ["s3:ObjectCreated:*"], "use_eventbridge": True},
            ("<app>-<stage>-tend",),
        ),
    ],
)
def test_names_are_those_that_derive_from_the_handlers(
    kind: str, arguments: dict[str, Any], names: tuple[str, ...]
) -> None:
    app = Domovoi()
    getattr(app, kind)(**arguments)(make_handler("tend"))
    (block,) = list_trigger_blocks(app)
    assert (block.handlers, block.names) == (("tend",), names)


def test_long_source_ends_with_its_digest() -> None:
    sources = []
    for last in "ab":
        app = Domovoi()
        app.cloudwatch_event_handler(source=["x" * 200, last])(make_handler("tend"))
        sources += [block.source for block in list_trigger_blocks(app)]
    assert len(set(sources)) == 2
    assert [len(each) for each in sources] == [120, 120]


def test_every_address_of_the_tree_is_listed() -> None:
    """Compares the list with the blocks in the rendered files; those with a fixed label never move."""
    app = Domovoi()
    app.sqs_queue_subscriber("orders", max_receive_count=3)(make_handler("fetch"))
    app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sqs=True, create=True)(make_handler("thumb"))
    app.kinesis_stream_handler("tills", create=True)(make_handler("add"))
    app.cloudwatch_logs_sub_filter_handler("/bar", "ERROR", create=True)(make_handler("apologise"))
    app.scheduled_function("at(2030-12-31T18:00:00)")(make_handler("wake"))
    text = "\n".join(
        file.content.decode()
        for file in render_valid(app)
        if file.path.startswith("app/") and file.path.count("/") == 1 and file.path.endswith(".tf")
    )
    rendered = {f"{kind}.{label}" for kind, label in re.findall(r'^resource "(\w+)" "(\S+)"', text, re.M)}
    rendered |= {f"module.{label}" for label in re.findall(r'^module "(\S+)"', text, re.M)}
    assert (
        rendered - {"aws_s3_object.package", "aws_scheduler_schedule_group.this"} == list_blocks(app).keys()
    )
