"""The types of the events of SNS topics and SQS queues."""

from __future__ import annotations

from typing import TypedDict


class SNSAttribute(TypedDict):
    """An attribute of a message. The value of a binary one is encoded in base64."""

    Type: str
    Value: str


class _SNSSignature(TypedDict, total=False):
    SignatureVersion: str
    Signature: str
    SigningCertUrl: str


class _SNSContent(TypedDict):
    Type: str
    MessageId: str
    TopicArn: str
    Message: str
    Timestamp: str


class SNSMessage(_SNSContent, _SNSSignature):
    """A message of a topic, as it reaches a function."""

    Subject: str | None
    UnsubscribeUrl: str
    MessageAttributes: dict[str, SNSAttribute]


class SNSQueuedMessage(_SNSContent, total=False):
    """A message of a topic, as it reaches a queue: with other names, and without what it does not have."""

    Subject: str
    MessageAttributes: dict[str, SNSAttribute]
    SignatureVersion: str
    Signature: str
    SigningCertURL: str
    UnsubscribeURL: str


class SNSRecord(TypedDict):
    """A message with its subscription."""

    EventSource: str
    EventVersion: str
    EventSubscriptionArn: str
    Sns: SNSMessage


class SNSEvent(TypedDict):
    """The event of ``sns_topic_subscriber``.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """

    Records: list[SNSRecord]


class SQSAttributes(TypedDict):
    """The attributes that each message has. All are strings."""

    ApproximateReceiveCount: str
    ApproximateFirstReceiveTimestamp: str
    SentTimestamp: str
    SenderId: str


class SQSSystemAttributes(SQSAttributes, total=False):
    """The attributes that SQS adds to a message, with those that only some have, as in a FIFO queue."""

    SequenceNumber: str
    MessageGroupId: str
    MessageDeduplicationId: str
    AWSTraceHeader: str
    DeadLetterQueueSourceArn: str


class _SQSDataType(TypedDict):
    dataType: str


class SQSMessageAttribute(_SQSDataType, total=False):
    """An attribute of a message, with one of the values. A binary one is encoded in base64."""

    stringValue: str
    binaryValue: str
    stringListValues: list[str]
    binaryListValues: list[str]


class _SQSOptional(TypedDict, total=False):
    md5OfMessageAttributes: str


class SQSRecord(_SQSOptional):
    """A message of a queue. With ``per_record=True`` it is the event of ``sqs_queue_subscriber``."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: SQSSystemAttributes
    messageAttributes: dict[str, SQSMessageAttribute]
    md5OfBody: str
    eventSource: str
    eventSourceARN: str
    awsRegion: str


class SQSEvent(TypedDict):
    """The event of ``sqs_queue_subscriber``.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """

    Records: list[SQSRecord]
