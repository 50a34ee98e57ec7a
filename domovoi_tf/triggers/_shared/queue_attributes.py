"""Converts the attributes of SQS queues to Terraform arguments, and checks them. Reads those of messages."""

from __future__ import annotations

import json
import re

from ...model.names import Scoped, Variable
from ...model.trigger import Limit, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ...model.names import Name

QUEUE_NAME = Limit(
    noun="SQS queue name",
    pattern=r"[A-Za-z0-9_-]+(\.fifo)?",
    max_length=80,
    allowed="letters, digits, - and _",
)
KMS_KEY = Limit(
    noun="KMS key", pattern="[A-Za-z0-9:/_-]+", max_length=2048, allowed="letters, digits, :, /, _ and -"
)


#: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
KEY_ID = (
    r"arn:[^:]+:kms:[^:]+:[0-9]+:(key|alias)/.+|alias/.+|(mrk-)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
)


QUEUE_ARN = r"arn:[^:]+:sqs:[^:]+:[0-9]+:[A-Za-z0-9_-]+(\.fifo)?"


#: The Terraform argument of each queue attribute, and the values that it accepts.
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


#: The values of maxReceiveCount in a redrive policy, and the default of SQS.
RECEIVES, DEFAULT_RECEIVES = range(1, 1001), 10


def convert_attribute(name: str, value: Any) -> Any:
    """Returns the Terraform value of a queue attribute, or None if SQS would reject it."""
    accepted = ATTRIBUTES[name][1]
    if accepted is bool:
        return {"true": True, "false": False}.get(str(value).lower())
    if isinstance(accepted, range):
        return _convert_number(value, accepted)
    if accepted is dict and isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if accepted is str:
        is_name = isinstance(value, (Scoped, Variable))
        return value if is_name or (isinstance(value, str) and re.fullmatch(KEY_ID, value)) else None
    is_accepted = isinstance(value, dict) if accepted is dict else value in accepted
    return value if is_accepted else None


def _convert_number(value: object, accepted: range) -> int | None:
    # Python does not parse a number with thousands of digits.
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else value
    return number if type(number) is int and number in accepted else None


def _convert_count(policy: Mapping[str, Any]) -> int | None:
    return _convert_number(policy.get("maxReceiveCount", DEFAULT_RECEIVES), RECEIVES)


def is_fifo(name: Name) -> bool:
    """Whether a queue with a name is a FIFO queue."""
    own: object = "" if isinstance(name, Variable) else name.name if isinstance(name, Scoped) else name
    if isinstance(name, Scoped) and name.form and isinstance(own, str):
        own = name.fill("")
    return isinstance(own, str) and own.endswith(".fifo")


def make_dead_letter_name(name: Name) -> str | Scoped | None:
    """Returns the name of the dead-letter queue of a queue; None for a variable."""
    own: object = "" if isinstance(name, Variable) else name.name if isinstance(name, Scoped) else name
    if not (own and isinstance(own, str)):
        return None
    stem = own.removesuffix(".fifo")
    other = f"{stem}-dead-letters{own.removeprefix(stem)}"
    return Scoped(name=other, form=name.form) if isinstance(name, Scoped) else other


def find_receive_limit(attributes: Mapping[str, Any]) -> int | None:
    """Returns how often a queue with a redrive policy delivers a message, or None without a valid policy.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    policy = convert_attribute("RedrivePolicy", attributes.get("RedrivePolicy"))
    return None if policy is None else _convert_count(policy)


def find_message_group(record: Mapping[str, Any]) -> str | None:
    """Returns the ID of a message's group, or None if the message comes from a standard queue."""
    if not record["eventSourceARN"].endswith(".fifo"):
        return None
    attributes = record.get("attributes")
    group = attributes.get("MessageGroupId") if isinstance(attributes, dict) else None
    return group if isinstance(group, str) else ""


def is_last_receive(record: Mapping[str, Any], limit: int | None) -> bool:
    """Whether SQS moves a message to the dead-letter queue, instead of delivering it again, if it fails now.

    Args:
        record: the message.
        limit: how often the queue delivers a message; None if it has no such limit, or it is not known.
    """
    try:
        return limit is not None and int(record["attributes"]["ApproximateReceiveCount"]) >= limit
    except (KeyError, OverflowError, TypeError, ValueError):
        return False


def convert_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the Terraform arguments of queue attributes; unknown attributes are left out."""
    return {
        ATTRIBUTES[name][0]: convert_attribute(name, value)
        for name, value in attributes.items()
        if name in ATTRIBUTES
    }


def check_attribute(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yields the problems of a queue attribute and its value: message and remedy."""
    if name not in ATTRIBUTES:
        from difflib import get_close_matches

        nearest = get_close_matches(str(name), ATTRIBUTES, 1, 0)[0]
        yield f"queue_attributes has the unknown attribute {name!r}", f"Did you mean {nearest!r}?"
    elif convert_attribute(name, value) is None:
        yield f"queue_attributes: {name} is {value!r}", f"Use {_describe_values(ATTRIBUTES[name][1])}."
    for arn in _find_wrong_arns(name, value):
        yield (
            f"queue_attributes: {name} has {arn!r}, which is not the ARN of an SQS queue",
            "Write arn:aws:sqs:<region>:<account>:<name>.",
        )
    policy = convert_attribute(name, value) if name == "RedrivePolicy" else None
    if policy is not None and _convert_count(policy) is None:
        yield (
            f"queue_attributes: maxReceiveCount of RedrivePolicy is {policy['maxReceiveCount']!r}",
            f"Use {_describe_values(RECEIVES)}.",
        )


def check_fifo(value: object, queue: Name) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy if the attribute FifoQueue contradicts the name of the queue."""
    if convert_attribute("FifoQueue", value) is (not is_fifo(queue)):
        yield (
            f"queue_attributes: FifoQueue is {value!r} for {spell(queue)}",
            "Leave FifoQueue out: a queue is a FIFO queue if its name ends with .fifo.",
        )


def _find_wrong_arns(name: str, value: object) -> Iterator[object]:
    """Yields the values of a redrive policy that should be ARNs of queues and are not."""
    document = convert_attribute(name, value) if name in ("RedrivePolicy", "RedriveAllowPolicy") else None
    if isinstance(document, dict):
        sources = document.get("sourceQueueArns", [])
        targets = [document["deadLetterTargetArn"]] if "deadLetterTargetArn" in document else []
        arns = [*targets, *(sources if isinstance(sources, list) else [sources])]
        yield from (arn for arn in arns if not (isinstance(arn, str) and re.fullmatch(QUEUE_ARN, arn)))


def _describe_values(accepted: Any) -> str:
    if isinstance(accepted, range):
        return f"a whole number from {accepted[0]} to {accepted[-1]}"
    words = {
        bool: "true or false",
        dict: "a JSON object",
        str: "the ID or ARN of a KMS key, or its alias in the form alias/name",
    }
    return " or ".join(accepted) if isinstance(accepted, tuple) else words[accepted]
