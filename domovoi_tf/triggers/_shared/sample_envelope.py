"""What the envelopes of AWS's services have in common: texts, ARNs, times, and fields that somebody gives."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: AWS's own account for examples, and the Region where nothing says another.
ACCOUNT, REGION = "123456789012", "us-east-1"
TIME, MILLISECONDS = "2026-01-31T10:20:30", 1769854830000


def text(payload: object) -> str:
    """Returns a payload as a message: a text as it is, all else as JSON."""
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)


def region(deployed: Mapping[str, str]) -> str:
    """Returns the function's Region."""
    return deployed.get("AWS_REGION", REGION)


def arn(deployed: Mapping[str, str], service: str, resource: str) -> str:
    """Returns the ARN of something in the function's Region and in an account for examples.

    Args:
        deployed: the environment of the function.
        service: the service, as its ARNs name it.
        resource: the last part of the ARN; where it is an ARN already, it is returned as it is.
    """
    return (
        resource
        if resource.startswith("arn:")
        else f"arn:aws:{service}:{region(deployed)}:{ACCOUNT}:{resource}"
    )


def function_arn(deployed: Mapping[str, str]) -> str:
    """Returns the function's ARN."""
    return arn(deployed, "lambda", f"function:{deployed.get('AWS_LAMBDA_FUNCTION_NAME', 'function')}")


def identifier(number: int) -> str:
    """Returns an identifier in the form of a UUID, the same for the same number."""
    return f"00000000-0000-4000-8000-{number:012}"


def merged(envelope: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an envelope with further fields: objects are merged, all else replaces what was there."""
    found = dict(envelope)
    for name, value in fields.items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = merged(found[name], value) if both else value
    return found


def message_attributes(queue: str, number: int) -> dict[str, str]:
    """Returns the attributes that SQS gives a message; those of FIFO queues name its group as well.

    Args:
        queue: the queue's ARN.
        number: the message's number in its batch.
    """
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(MILLISECONDS),
        "SenderId": "AIDAEXAMPLE",
        "ApproximateFirstReceiveTimestamp": str(MILLISECONDS),
    }
    if queue.endswith(".fifo"):
        attributes |= {"SequenceNumber": f"{number:020}", "MessageGroupId": "sample"}
        attributes["MessageDeduplicationId"] = identifier(number)
    return attributes
