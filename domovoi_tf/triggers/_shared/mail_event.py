"""The event that SES sends for a received mail."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _invoked(function_arn: str) -> dict[str, Any]:
    """Returns what SES says of the function that it invokes."""
    action = {"type": "Lambda", "functionArn": function_arn, "invocationType": "Event"}
    return {"receipt": {"action": action}}


def _mail(address: str, data: Any, timestamp: str, message_id: str) -> dict[str, Any]:
    """Returns what SES says of a mail to an address, and of its receipt.

    Args:
        address: the recipient.
        data: a dict of ``commonHeaders``, or what else the subject is to be.
        timestamp: when SES received it, in ISO 8601.
        message_id: SES's own.

    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
    """
    common = {
        "from": ["someone@example.com"],
        "to": [address],
        "returnPath": "someone@example.com",
        "messageId": "<domovoi-tf@example.com>",
        "date": "Thu, 1 Jan 1970 00:00:00 +0000",
        "subject": "",
        **(data if isinstance(data, dict) else {"subject": data}),
    }
    shown = {"from": "From", "to": "To", "subject": "Subject", "date": "Date", "messageId": "Message-ID"}
    headers = [
        {"name": title, "value": ", ".join(common[name]) if isinstance(common[name], list) else common[name]}
        for name, title in shown.items()
    ]
    passed = {f"{check}Verdict": {"status": "PASS"} for check in ("spam", "virus", "spf", "dkim", "dmarc")}
    mail = {
        "timestamp": timestamp,
        "source": common["returnPath"],
        "messageId": message_id,
        "destination": [address],
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": common,
    }
    receipt = {
        "timestamp": timestamp,
        "processingTimeMillis": 0,
        "recipients": [address],
        **passed,
    }
    return {"mail": mail, "receipt": receipt}
