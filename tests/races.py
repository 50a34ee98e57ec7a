"""Finds objects that a plan destroys under one address and creates under another.

Terraform orders two such operations by nothing: if the removal comes last, the object is gone, and the
apply succeeds all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

#: The attributes that identify an object on AWS, by the type of its resource.
IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "aws_cloudwatch_event_rule": ("event_bus_name", "name"),
    "aws_cloudwatch_event_target": ("event_bus_name", "rule", "target_id"),
    "aws_cloudwatch_log_group": ("name",),
    "aws_cloudwatch_log_subscription_filter": ("log_group_name", "name"),
    "aws_iam_role": ("name",),
    "aws_iam_role_policy": ("role", "name"),
    "aws_kinesis_stream": ("name",),
    "aws_lambda_alias": ("function_name", "name"),
    "aws_lambda_event_source_mapping": ("function_name", "event_source_arn"),
    "aws_lambda_function": ("function_name",),
    "aws_lambda_function_event_invoke_config": ("function_name",),
    "aws_lambda_function_url": ("function_name",),
    "aws_lambda_layer_version": ("arn",),
    "aws_lambda_permission": ("function_name", "statement_id"),
    "aws_lb": ("name",),
    "aws_lb_listener": ("load_balancer_arn", "port"),
    "aws_lb_listener_rule": ("listener_arn", "priority"),
    "aws_lb_target_group": ("name",),
    "aws_lb_target_group_attachment": ("target_group_arn", "target_id"),
    "aws_route53_record": ("zone_id", "name", "type"),
    "aws_s3_bucket": ("bucket",),
    "aws_s3_bucket_notification": ("bucket",),
    "aws_s3_object": ("bucket", "key"),
    "aws_scheduler_schedule": ("group_name", "name"),
    "aws_scheduler_schedule_group": ("name",),
    "aws_security_group": ("vpc_id", "name"),
    "aws_ses_receipt_rule": ("rule_set_name", "name"),
    "aws_sfn_state_machine": ("name",),
    "aws_sns_topic": ("name",),
    "aws_sns_topic_policy": ("arn",),
    "aws_sns_topic_subscription": ("topic_arn", "protocol", "endpoint"),
    "aws_sqs_queue": ("name",),
    "aws_sqs_queue_policy": ("queue_url",),
    "aws_sqs_queue_redrive_allow_policy": ("queue_url",),
    "aws_sqs_queue_redrive_policy": ("queue_url",),
    "aws_vpc_security_group_ingress_rule": ("security_group_id", "from_port", "cidr_ipv4"),
}


class Race(NamedTuple):
    """An object with two addresses: the one that is destroyed, and the one that is created."""

    destroyed: str
    created: str


def find_races(changes: Iterable[Mapping[str, Any]]) -> list[Race]:
    """Returns the objects that a plan destroys under one address and creates under another.

    Args:
        changes: the ``resource_changes`` of the plan.
    """
    changes = [each for each in changes if each["mode"] == "managed"]
    destroyed = dict(_list_objects(changes, "delete", "before"))
    created = _list_objects(changes, "create", "after")
    return sorted(
        Race(destroyed[key], address) for key, address in created if destroyed.get(key, address) != address
    )


def _list_objects(
    changes: Iterable[Mapping[str, Any]], action: str, side: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields what identifies each object with an action, and its address. Unknown ones are new ones."""
    for each in changes:
        values = each["change"][side] or {}
        identity = [values.get(name) for name in IDENTITIES[each["type"]]]
        if action in each["change"]["actions"] and None not in identity:
            yield (each["type"], *map(str, identity)), each["address"]
