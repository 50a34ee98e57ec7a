"""Reads the order of operations from Terraform's graph: what sends must wait for all that receives.

https://developer.hashicorp.com/terraform/cli/commands/graph
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: The resources that must exist before a resource sends, by the type of the sender. Both are of one module.
RECEIVERS: Mapping[str, tuple[str, ...]] = {
    "aws_cloudwatch_event_target": ("aws_lambda_permission",),
    "aws_cloudwatch_log_subscription_filter": ("aws_lambda_permission",),
    "aws_lambda_function_url": ("aws_lambda_permission",),
    "aws_lb_listener_rule": ("aws_lambda_permission", "aws_lb_target_group_attachment"),
    "aws_lb_target_group_attachment": ("aws_lambda_permission",),
    "aws_scheduler_schedule": ("aws_iam_role_policy",),
    "aws_ses_receipt_rule": ("aws_lambda_permission",),
    "aws_sfn_state_machine": ("aws_iam_role_policy",),
    "aws_sns_topic_subscription": (
        "aws_lambda_event_source_mapping",
        "aws_lambda_permission",
        "aws_sqs_queue_policy",
    ),
}
#: What a bucket's notification waits for in the modules of its handlers.
CHANNEL = (
    "aws_cloudwatch_event_target",
    "aws_lambda_event_source_mapping",
    "aws_lambda_permission",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue_policy",
)
NOTIFICATION = "aws_s3_bucket_notification"
_ADDRESS = re.compile(r"((?:module\.[\w-]+\.)*)(\w+)\.[\w-]+(\[[^\]]+\])?")


class Graph:
    """The operations of a plan, or the resources of a configuration, in their order.

    Args:
        text: the output of ``terraform graph``, in the DOT language.
    """

    def __init__(self, text: str) -> None:
        self._edges: dict[str, set[str]] = {}
        node = r'"(?:\[root\] )?((?:[^"\\]|\\.)+)"'
        for edge in re.findall(f"{node} -> {node}", text):
            source, target = (name.replace('\\"', '"') for name in edge)
            self._edges.setdefault(source, set()).add(target)
            self._edges.setdefault(target, set())

    def list_nodes(self, pattern: str) -> list[str]:
        """Returns the nodes whose whole names match a regular expression."""
        return sorted(node for node in self._edges if re.fullmatch(pattern, node))

    def find_prerequisites(self, node: str) -> set[str]:
        """Returns all nodes that come before a node."""
        found: set[str] = set()
        waiting = [node]
        while waiting:
            new = self._edges[waiting.pop()] - found
            found |= new
            waiting += new
        return found


def list_orders(addresses: list[str], calls: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yields each resource that sends, with each resource that must exist before.

    Args:
        addresses: the addresses of the app's resources.
        calls: the labels of the module calls that a bucket's notification sends to, by its label.
    """
    parts = {each: (match[1], match[2]) for each in addresses if (match := _ADDRESS.fullmatch(each))}
    for sender, (module, kind) in parts.items():
        modules = {module}
        receivers = RECEIVERS.get(kind, ())
        if kind == NOTIFICATION:
            modules = {f"{module}module.{call}." for call in calls[sender.rpartition(".")[2]]}
            receivers = CHANNEL
        for receiver, (other, received) in parts.items():
            if other in modules and received in receivers:
                yield sender, receiver


def read_calls(text: str) -> dict[str, set[str]]:
    """Returns the labels of the module calls that each bucket's notification sends to, by its label.

    Args:
        text: the content of a rendered ``s3.tf``.
    """
    blocks = re.findall(
        rf'^resource "{NOTIFICATION}" "([^"]+)" \{{\n(.*?)^\}}', text, re.DOTALL | re.MULTILINE
    )
    return {label: set(re.findall(r"\bmodule\.([\w-]+)", body)) for label, body in blocks}
