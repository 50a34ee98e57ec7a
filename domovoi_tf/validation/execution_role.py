"""Lists the permissions that a function's settings need, like modules/lambda/statements.tf.

It also lists the actions that a policy file does not allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from domovoi_tf.settings import FunctionSettings
from domovoi_tf.triggers._queues.keys import READ, SEND

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
#: The actions of the last are denied to the function's own code.
_VPC_STATEMENTS = (
    ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
    ("ec2:CreateNetworkInterface",),
    ("ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"),
    ("ec2:DetachNetworkInterface", *_VPC_ACTIONS[:4], _VPC_ACTIONS[5]),
)
#: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_SERVICES = {
    "source_kms_key_arns": ("dynamodb", "kinesis", "sqs"),
    "destination_kms_key_arns": ("s3", "sns", "sqs"),
}
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
    if settings.source_kms_key_arns:
        yield Need("kms", READ, settings.source_kms_key_arns, "source_kms_key_arns")
    if settings.destination_kms_key_arns:
        yield Need("kms", SEND, settings.destination_kms_key_arns, "destination_kms_key_arns")
    if settings.subnet_ids is not None:
        yield Need("vpc", _VPC_ACTIONS, ("*",), "subnet_ids")
    if settings.xray:
        yield Need("xray", _XRAY_ACTIONS, ("*",), "xray")


def spell_statements(
    need: Need, settings: FunctionSettings, function_arn: str
) -> Iterator[dict[str, object]]:
    """Yields the statements of the module for a permission, without `Sid` and without `Effect` if they allow.

    Args:
        need: the permission.
        settings: the effective settings of the function.
        function_arn: the ARN of the function.
    """
    if need.concern == "vpc":
        prefix = "{}:{}:ec2:{}:*:".format(*function_arn.split(":")[:2], function_arn.split(":")[3])
        interfaces = f"{prefix}network-interface/*"
        subnets = [f"{prefix}subnet/{each}" for each in settings.subnet_ids or ()]
        groups = [f"{prefix}security-group/{each}" for each in settings.security_group_ids or ()]
        resources = (["*"], [interfaces, *subnets, *groups], [interfaces], ["*"])
        condition = {"ArnEquals": {"lambda:SourceFunctionArn": [function_arn]}}
        denied = {"Effect": "Deny", "Condition": condition}
        for actions, arns, more in zip(_VPC_STATEMENTS, resources, ({}, {}, {}, denied), strict=True):
            yield {"Action": actions, "Resource": arns, **more}
    else:
        services = _SERVICES.get(need.key, ())
        regions = dict.fromkeys(arn.split(":")[3] for arn in need.resources if services)
        names = [f"{service}.{region}.amazonaws.com" for service in services for region in regions]
        via = {"Condition": {"StringEquals": {"kms:ViaService": names}}} if names else {}
        yield {"Action": need.actions, "Resource": need.resources, **via}


def _allow_sending(concern: str, arn: str, key: str) -> Need:
    service = f"{arn}::".split(":")[2]
    return Need(
        concern, _SEND_ACTIONS.get(service, ()), (arn, f"{arn}/*") if service == "s3" else (arn,), key
    )


def list_missing_actions(actions: Iterable[str], policy: str | None) -> list[str]:
    """Returns the actions that a policy does not allow on any resource.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html

    Args:
        actions: the actions.
        policy: the text of the policy file; None if there is none.
    """
    statements = json.loads(policy).get("Statement", []) if policy else []
    statements = statements if isinstance(statements, list) else [statements]
    allowing = [each for each in statements if each.get("Effect") == "Allow"]
    return sorted({action for action in actions if not any(_is_allowed(each, action) for each in allowing)})


def _is_allowed(statement: dict[str, object], action: str) -> bool:
    if "NotAction" in statement:
        return not _is_action_matched(statement["NotAction"], action)
    return _is_action_matched(statement.get("Action", []), action)


def _is_action_matched(patterns: object, action: str) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    # Only * and ? are wildcards to IAM, which does not know the brackets of fnmatch.
    return any(fnmatchcase(action.lower(), str(each).lower().replace("[", "[[]")) for each in listed)
