"""Links to the console of each partition."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped
from domovoi_tf.operations import console_links
from domovoi_tf.operations.console_links import Link, Location
from domovoi_tf.settings import Settings

IRELAND = Location("aws", "eu-west-1", "123456789012")


def test_log_group_name_is_escaped_twice() -> None:
    assert console_links.link_log_group(IRELAND, "/aws/lambda/bar-dev").url == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fbar-dev"
    )


@pytest.mark.parametrize(
    ("location", "host", "queue"),
    [
        (IRELAND, "eu-west-1.console.aws.amazon.com", "sqs.eu-west-1.amazonaws.com"),
        (
            Location("aws-cn", "cn-north-1", "1"),
            "cn-north-1.console.amazonaws.cn",
            "sqs.cn-north-1.amazonaws.com.cn",
        ),
        (
            Location("aws-us-gov", "us-gov-west-1", "1"),
            "us-gov-west-1.console.amazonaws-us-gov.com",
            "sqs.us-gov-west-1.amazonaws.com",
        ),
        (
            Location("aws-eusc", "eusc-de-east-1", "1"),
            "eusc-de-east-1.console.amazonaws-eusc.eu",
            "sqs.eusc-de-east-1.amazonaws.eu",
        ),
    ],
)
def test_each_partition_has_its_own_console(location: Location, host: str, queue: str) -> None:
    assert console_links.link_function(location, "bar").url == (
        f"https://{host}/lambda/home?region={location.region}#/functions/bar"
    )
    assert console_links.link_queue(location, "orders").url == (
        f"https://{host}/sqs/v3/home?region={location.region}#/queues/https%3A%2F%2F{queue}%2F{location.account}%2Forders"
    )


def test_link_of_arn_leads_to_its_region() -> None:
    assert console_links.link_topic(IRELAND, "arn:aws:sns:us-east-1:210987654321:orders") == Link(
        "topic",
        "orders",
        "https://us-east-1.console.aws.amazon.com/sns/v3/home?region=us-east-1"
        "#/topic/arn:aws:sns:us-east-1:210987654321:orders",
    )


def test_rule_link_has_event_bus() -> None:
    base = "https://eu-west-1.console.aws.amazon.com/events/home?region=eu-west-1#/eventbus"
    assert console_links.link_rule(IRELAND, "r").url == f"{base}/default/rules/r"
    arn = "arn:aws:events:eu-west-1:1:event-bus/orders"
    assert (
        console_links.link_rule(IRELAND, "r", arn).url
        == console_links.link_rule(IRELAND, "r", "orders").url
        == f"{base}/orders/rules/r"
    )


def test_all_resources_of_an_app_are_linked_once() -> None:
    app = Domovoi()
    reports = app.function("reports")

    def handle(event: Any, context: Any) -> None: ...

    def count(event: Any, context: Any) -> None: ...

    app.sns_topic_subscriber("orders")(handle)
    app.sns_topic_subscriber("orders", function=reports)(count)
    app.sqs_queue_subscriber(scoped("jobs"))(handle)
    app.s3_event_handler("files", ["s3:ObjectCreated:*"], use_sqs=True)(handle)
    app.cloudwatch_event_handler(source=["beer"], event_bus_name="taps", target_id="t")(handle)
    app.scheduled_function("rate(1 day)", target_id="u")(handle)
    app.scheduled_function("cron(0 9 * * ? *)", timezone="Europe/Vienna")(count)
    app.register_state_machine({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, "brew")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:"
    functions: dict[str, tuple[str, dict[str, str]]] = {
        "": (f"{arn}bar-dev", {}),
        "reports": (f"{arn}bar-dev-reports", {}),
    }
    links = console_links.list_links(app.freeze(), Settings(app_name="bar", stage="dev"), functions)
    assert [(link.what, link.name) for link in links] == [
        ("function", "bar-dev"),
        ("logs", "/aws/lambda/bar-dev"),
        ("function", "bar-dev-reports"),
        ("logs", "/aws/lambda/bar-dev-reports"),
        ("state machine", "bar-dev-brew"),
        ("topic", "orders"),
        ("queue", "bar-dev-jobs"),
        ("topic", "bar-dev-s3-files-sns_sqs"),
        ("queue", "bar-dev-s3-files-sns_sqs"),
        ("rule", "bar-dev-handle"),
        ("rule", "bar-dev-handle"),
        ("schedule", "bar-dev-count"),
    ]
    assert [link.url.rpartition("#")[2] for link in links if link.what in ("rule", "state machine")] == [
        "/statemachines/view/arn:aws:states:eu-west-1:123456789012:stateMachine:bar-dev-brew",
        "/eventbus/taps/rules/bar-dev-handle",
        "/eventbus/default/rules/bar-dev-handle",
    ]
