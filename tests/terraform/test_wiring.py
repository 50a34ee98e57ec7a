"""Tests that nothing sends before somebody receives: Terraform's graph has each wiring from its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from wiring import CHANNEL, NOTIFICATION, RECEIVERS, Graph, list_orders, read_calls

from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform
from domovoi_tf.triggers import list_kinds

pytestmark = pytest.mark.terraform
TRIGGERS = Path(__file__).parents[1] / "triggers"
#: The types of the resources that send, by the kinds that have any.
SENDERS = {
    "alb": {"aws_lb_listener_rule", "aws_lb_target_group_attachment"},
    "direct": {"aws_sns_topic_subscription"},
    "event": {"aws_cloudwatch_event_target"},
    "logs": {"aws_cloudwatch_log_subscription_filter"},
    "s3": {NOTIFICATION, "aws_cloudwatch_event_target", "aws_sns_topic_subscription"},
    "schedule": {"aws_cloudwatch_event_target", "aws_scheduler_schedule"},
    "ses": {"aws_ses_receipt_rule"},
    "sns": {"aws_sns_topic_subscription"},
    "state_machine": {"aws_sfn_state_machine"},
    "url": {"aws_lambda_function_url"},
}


@pytest.mark.parametrize("kind", list_kinds())
def test_resource_that_sends_waits_for_all_that_receive(
    kind: str,
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    rendered(TRIGGERS / kind, tmp_path, "dev")
    terraform = Terraform(tmp_path / "stages" / "dev", aws_environment, attached_terraform)
    terraform.capture("init")
    graph = Graph(terraform.capture("graph"))
    s3 = tmp_path / "app" / "s3.tf"
    calls = read_calls(s3.read_text()) if s3.exists() else {}
    orders = list(list_orders(graph.list_nodes(".*"), calls))
    assert {sender.split(".")[-2] for sender, _ in orders} == SENDERS.get(kind, set())
    assert [order for order in orders if order[1] not in graph.find_prerequisites(order[0])] == []
    if kind == "s3":
        received = {receiver.split(".")[-2] for sender, receiver in orders if f".{NOTIFICATION}." in sender}
        assert received == set(CHANNEL)
        assert RECEIVERS["aws_sns_topic_subscription"] == tuple(
            sorted({receiver.split(".")[-2] for sender, receiver in orders if "topic_subscription" in sender})
        )


def test_every_sender_is_of_some_kind() -> None:
    assert {*RECEIVERS, NOTIFICATION} == set().union(*SENDERS.values())
