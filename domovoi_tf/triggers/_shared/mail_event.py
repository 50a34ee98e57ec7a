"""Builds the event that SES sends for a received email."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def make_lambda_action(function_arn: str) -> dict[str, Any]:
    """Returns the part of a receipt that names the function which SES invokes."""
    action = {"type": "Lambda", "functionArn": function_arn, "invocationType": "Event"}
    return {"receipt": {"action": action}}


def make_mail(address: str, data: Any, timestamp: str, message_id: str) -> dict[str, Any]:
    """Returns an email to an address, and its receipt, in the form of SES.

    Args:
        address: the recipient.
        data: a dict of ``commonHeaders``, or the subject.
        timestamp: the time when SES received the email, in ISO 8601.
        message_id: the ID that SES assigns.

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
    titles = {"from": "From", "to": "To", "subject": "Subject", "date": "Date", "messageId": "Message-ID"}
    headers = [
        {"name": title, "value": ", ".join(common[name]) if isinstance(common[name], list) else common[name]}
        for name, title in titles.items()
    ]
    verdicts = {f"{check}Verdict": {"status": "PASS"} for check in ("spam", "virus", "spf", "dkim", "dmarc")}
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
        "processingTimeMillis": 574,
        "recipients": [address],
        **verdicts,
    }
    return {"mail": mail, "receipt": receipt}
