"""Reads how often a queue delivers a message, and the order in which it does.

Functions need this to handle messages, and nothing else about queues.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: The values of maxReceiveCount in a redrive policy, and the default of SQS.
RECEIVES, DEFAULT_RECEIVES = range(1, 1001), 10


def parse_document(value: Any) -> dict[str, Any] | None:
    """Returns an attribute that is a JSON object, as a dict or as text; None if it is something else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def convert_number(value: object, accepted: range) -> int | None:
    """Returns a number that may be a string, or None if it is not in a range."""
    # Python does not parse a number with thousands of digits.
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else value
    return number if type(number) is int and number in accepted else None


def convert_count(policy: Mapping[str, Any]) -> int | None:
    """Returns the number of receives that a redrive policy allows, or None if SQS would reject it."""
    return convert_number(policy.get("maxReceiveCount", DEFAULT_RECEIVES), RECEIVES)


def find_receive_limit(attributes: Mapping[str, Any]) -> int | None:
    """Returns how often a queue with a redrive policy delivers a message, or None without a valid policy.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    policy = parse_document(attributes.get("RedrivePolicy"))
    return None if policy is None else convert_count(policy)


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
