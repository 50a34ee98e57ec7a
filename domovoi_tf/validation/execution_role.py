"""Lists the permissions that a function's settings need, like modules/lambda/statements.tf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domovoi_tf.settings import FunctionSettings

#: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
_SEND_ACTIONS = {
    "events": ("events:PutEvents",),
    "lambda": ("lambda:InvokeFunction",),
    "s3": ("s3:ListBucket", "s3:PutObject"),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage",),
}
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_VPC_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
#: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
_XRAY_ACTIONS = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


class Need(NamedTuple):
    """Actions on ARNs that a setting needs. ``concern`` names the inline policy, ``key`` the setting."""

    concern: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    key: str


def find_needs(settings: FunctionSettings) -> Iterator[Need]:
    """Yields the permissions that the settings of a function need.

    Args:
        settings: the effective settings of the function.
    """
    if settings.dead_letter_queue_target_arn is not None:
        yield _allow_sending(
            "dead_letter", settings.dead_letter_queue_target_arn, "dead_letter_queue_target_arn"
        )
    for key, arn in (("on_failure", settings.on_failure), ("on_success", settings.on_success)):
        if arn is not None:
            yield _allow_sending("destinations", arn, key)
    if settings.kms_key_arn is not None:
        yield Need("kms", ("kms:Decrypt",), (settings.kms_key_arn,), "kms_key_arn")
    if settings.subnet_ids is not None:
        yield Need("vpc", _VPC_ACTIONS, ("*",), "subnet_ids")
    if settings.xray:
        yield Need("xray", _XRAY_ACTIONS, ("*",), "xray")


def _allow_sending(concern: str, arn: str, key: str) -> Need:
    service = f"{arn}::".split(":")[2]
    return Need(
        concern, _SEND_ACTIONS.get(service, ()), (arn, f"{arn}/*") if service == "s3" else (arn,), key
    )
