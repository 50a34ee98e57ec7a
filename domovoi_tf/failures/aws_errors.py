"""Parses the errors of AWS's API in the texts of Terraform's provider and S3 backend.

The AWS SDK for Go prints them as ``operation error Lambda: CreateFunction, https response error
StatusCode: 403, RequestID: ..., api error AccessDeniedException: MESSAGE``.
"""

from __future__ import annotations

import re

#: The prefix of IAM's actions for each service, as the SDK names it, if it is not the same in lower case.
_PREFIXES = {
    "cloudwatch logs": "logs",
    "eventbridge": "events",
    "sfn": "states",
    "elastic load balancing v2": "elasticloadbalancing",
    "secrets manager": "secretsmanager",
    "resource groups tagging api": "tag",
    "route 53": "route53",
}
_OPERATION = re.compile(r"operation error ([\w ]+): (\w+),")
_DETAILS = re.compile(
    r"(?:RequestID: [^,]*, )(?:HostID: [^,]*, )?(?:api error )?(?P<code>[A-Za-z]\w+): (?P<message>.*)"
)
_OBJECT = re.compile(r"(\w+ing) ([\w/ -]+?(?: \([^)]*\))?): ")


def parse_operation(sentence: str) -> tuple[str, str]:
    """Returns the service, as IAM names it, and the operation of an error; empty if it names none.

    Args:
        sentence: the error, on one line.
    """
    match = _OPERATION.search(sentence)
    if not match:
        return "", ""
    service = match[1].lower()
    return _PREFIXES.get(service, service), match[2]


def parse_message(sentence: str) -> str:
    """Returns the message of AWS in an error.

    Args:
        sentence: the error, on one line.
    """
    match = _DETAILS.search(sentence)
    return (match["message"] if match else sentence).rstrip(". ")


def parse_object(sentence: str) -> str:
    """Returns what the provider worked on, such as "IAM Role (bar-dev)"; empty if the error does not say it.

    Args:
        sentence: the error, on one line.
    """
    match = _OBJECT.match(sentence)
    return match[2] if match else ""
