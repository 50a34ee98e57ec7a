"""Attributes of SQS queues: the values that AWS takes, and Terraform's names of them."""

from __future__ import annotations

import json
import re

from ...model.names import Scoped, Variable
from ...model.trigger import Limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


KEY = Limit(
    noun="KMS key", pattern="[A-Za-z0-9:/_-]+", max_length=2048, allowed="letters, digits, :, /, _ and -"
)


#: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
KEY_ID = (
    r"arn:[^:]+:kms:[^:]+:[0-9]+:(key|alias)/.+|alias/.+|(mrk-)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
)


QUEUE_ARN = r"arn:[^:]+:sqs:[^:]+:[0-9]+:[A-Za-z0-9_-]+(\.fifo)?"


#: Terraform's name of each attribute of a queue, and what it may be.
ATTRIBUTES: Mapping[str, tuple[str, Any]] = {
    "VisibilityTimeout": ("visibility_timeout_seconds", range(43201)),
    "MessageRetentionPeriod": ("message_retention_seconds", range(60, 1209601)),
    "DelaySeconds": ("delay_seconds", range(901)),
    "MaximumMessageSize": ("max_message_size", range(1024, 1048577)),
    "ReceiveMessageWaitTimeSeconds": ("receive_wait_time_seconds", range(21)),
    "KmsMasterKeyId": ("kms_master_key_id", str),
    "KmsDataKeyReusePeriodSeconds": ("kms_data_key_reuse_period_seconds", range(60, 86401)),
    "SqsManagedSseEnabled": ("sqs_managed_sse_enabled", bool),
    "FifoQueue": ("fifo_queue", bool),
    "ContentBasedDeduplication": ("content_based_deduplication", bool),
    "DeduplicationScope": ("deduplication_scope", ("messageGroup", "queue")),
    "FifoThroughputLimit": ("fifo_throughput_limit", ("perQueue", "perMessageGroupId")),
    "Policy": ("policy", dict),
    "RedrivePolicy": ("redrive_policy", dict),
    "RedriveAllowPolicy": ("redrive_allow_policy", dict),
}


def _value(name: str, value: Any) -> Any:
    """Returns an attribute as Terraform takes it, None where SQS would refuse it."""
    takes = ATTRIBUTES[name][1]
    if takes is bool:
        return {"true": True, "false": False}.get(str(value).lower())
    if isinstance(takes, range):
        value = int(value) if isinstance(value, str) and value.isdecimal() else value
        return value if type(value) is int and value in takes else None
    if takes is dict and isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if takes is str:
        named = isinstance(value, (Scoped, Variable))
        return value if named or (isinstance(value, str) and re.fullmatch(KEY_ID, value)) else None
    accepted = isinstance(value, dict) if takes is dict else value in takes
    return value if accepted else None


def _queues(name: str, value: object) -> Iterator[object]:
    """Yields what a redrive policy names that is not the ARN of a queue."""
    document = _value(name, value) if name in ("RedrivePolicy", "RedriveAllowPolicy") else None
    if isinstance(document, dict):
        allowed = document.get("sourceQueueArns", [])
        dead = [document["deadLetterTargetArn"]] if "deadLetterTargetArn" in document else []
        named = [*dead, *(allowed if isinstance(allowed, list) else [allowed])]
        yield from (arn for arn in named if not (isinstance(arn, str) and re.fullmatch(QUEUE_ARN, arn)))


def _takes(takes: Any) -> str:
    if isinstance(takes, range):
        return f"{takes[0]} to {takes[-1]}"
    words = {
        bool: "true or false",
        dict: "a JSON object",
        str: "the id or ARN of a key, or its alias as alias/name",
    }
    return " or ".join(takes) if isinstance(takes, tuple) else words[takes]
