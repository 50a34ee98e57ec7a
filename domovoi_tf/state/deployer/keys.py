"""The permissions for the KMS keys with which AWS encrypts the configuration of an app's resources.

Services use a key with the permissions of the caller that creates or reads such a resource. Queues, topics,
buckets and log groups need none of the deployer: their services do not use the key for them until later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domovoi_tf.model.application import Application
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import resolve_function_settings

_ENVELOPE = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
#: The actions by service.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
#: https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_id-based-policy-examples.html
#: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "lambda": ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"),
    "scheduler": _ENVELOPE,
    "states": _ENVELOPE,
}
_TYPES = {"scheduler": "aws_scheduler_schedule", "states": "aws_sfn_state_machine"}

Keys = Mapping[str, frozenset[str]]


def find_keys(application: Application, settings: Settings) -> dict[str, frozenset[str]]:
    """Returns the ARNs of the keys of an app, by the service that uses them for its deployer.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    functions = [resolve_function_settings(each, settings) for each in application.deployed_functions]
    return {
        "lambda": _collect(each.kms_key_arn for each in functions),
        "scheduler": _collect([settings.schedules.get("kms_key_arn")]),
        "states": _collect([settings.state_machines.get("kms_key_arn")]),
    }


def build_key_statements(keys: Keys, types: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Returns the statements that permit the use of keys, through their services only.

    Args:
        keys: the ARNs of the keys, by service.
        types: the types of resources and data sources in the rendered tree.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    present = {name for _, name in types}
    return [
        _allow(service, sorted(arns))
        for service, arns in sorted(keys.items())
        if arns and _TYPES.get(service, "aws_lambda_function") in present
    ]


def _allow(service: str, arns: list[str]) -> dict[str, Any]:
    via = sorted({f"{service}.{arn.split(':')[3]}.amazonaws.com" for arn in arns})
    return {
        "Sid": f"AppKeys{service.title()}",
        "Effect": "Allow",
        "Action": list(_ACTIONS[service]),
        "Resource": arns,
        "Condition": {"StringEquals": {"kms:ViaService": via}},
    }


def _collect(arns: Iterable[str | None]) -> frozenset[str]:
    return frozenset(arn for arn in arns if arn)
