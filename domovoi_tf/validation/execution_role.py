"""What a function's settings ask of its execution role, as modules/lambda/statements.tf has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domovoi_tf.settings import FunctionSettings

#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
_SENDING = {
    "events": ("events:PutEvents",),
    "lambda": ("lambda:InvokeFunction",),
    "s3": ("s3:ListBucket", "s3:PutObject"),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage",),
}
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
#: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


class Need(NamedTuple):
    """Actions on ARNs, by the concern that names the inline policy, and the key of what needs them."""

    concern: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    key: str


def needs(said: FunctionSettings) -> Iterator[Need]:
    """Yields what the settings of a function ask of its role.

    Args:
        said: all that holds for the function.
    """
    if said.dead_letter_queue_target_arn is not None:
        yield _sending("dead_letter", said.dead_letter_queue_target_arn, "dead_letter_queue_target_arn")
    for key, arn in (("on_failure", said.on_failure), ("on_success", said.on_success)):
        if arn is not None:
            yield _sending("destinations", arn, key)
    if said.kms_key_arn is not None:
        yield Need("kms", ("kms:Decrypt",), (said.kms_key_arn,), "kms_key_arn")
    if said.subnet_ids is not None:
        yield Need("vpc", _INTERFACES, ("*",), "subnet_ids")
    if said.xray:
        yield Need("xray", _TRACES, ("*",), "xray")


def _sending(concern: str, arn: str, key: str) -> Need:
    service = f"{arn}::".split(":")[2]
    return Need(concern, _SENDING.get(service, ()), (arn, f"{arn}/*") if service == "s3" else (arn,), key)
