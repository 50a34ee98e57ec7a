"""The types of the events of SES."""

from __future__ import annotations

from typing import TypedDict


class SESHeader(TypedDict):
    """A header of an email."""

    name: str
    value: str


# A key that is a keyword, which a class cannot declare.
_From = TypedDict("_From", {"from": list[str]})


class _SESKnownHeaders(_From):
    to: list[str]
    returnPath: str
    messageId: str
    date: str


class SESCommonHeaders(_SESKnownHeaders, total=False):
    """The most common headers of an email, parsed."""

    subject: str
    cc: list[str]
    bcc: list[str]
    replyTo: list[str]
    sender: list[str]


class SESMail(TypedDict):
    """An email without its body."""

    timestamp: str
    source: str
    messageId: str
    destination: list[str]
    headersTruncated: bool
    headers: list[SESHeader]
    commonHeaders: SESCommonHeaders


class SESVerdict(TypedDict):
    """The result of a check: ``PASS``, ``FAIL``, ``GRAY`` or ``PROCESSING_FAILED``."""

    status: str


class SESAction(TypedDict):
    """The action of the receipt rule."""

    type: str
    functionArn: str
    invocationType: str


class _SESOptional(TypedDict, total=False):
    dmarcVerdict: SESVerdict
    dmarcPolicy: str


class SESReceipt(_SESOptional):
    """The results of the checks of SES for an email."""

    timestamp: str
    processingTimeMillis: int
    recipients: list[str]
    spamVerdict: SESVerdict
    virusVerdict: SESVerdict
    spfVerdict: SESVerdict
    dkimVerdict: SESVerdict
    action: SESAction


class SESNotification(TypedDict):
    """An email and its receipt."""

    mail: SESMail
    receipt: SESReceipt


class SESRecord(TypedDict):
    """An email that SES received."""

    eventSource: str
    eventVersion: str
    ses: SESNotification


class SESEvent(TypedDict):
    """The event of ``email_receipt_handler``.

    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
    """

    Records: list[SESRecord]
