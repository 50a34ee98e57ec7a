"""The types of the events of DynamoDB and Kinesis streams."""

from __future__ import annotations

from typing import Any, TypedDict


class StreamWindow(TypedDict):
    """The fields of an event besides its records, with ``tumbling_window``."""

    #: The ``start`` and ``end`` of the window.
    window: dict[str, str]
    #: The ``state`` that the handler returned for the previous event of the window.
    state: dict[str, Any]
    shardId: str
    eventSourceARN: str
    #: Whether the event is the last one of the window.
    isFinalInvokeForWindow: bool
    #: Whether the window ended early, because the state was too large.
    isWindowTerminatedEarly: bool


class _DynamoDBKeys(TypedDict):
    Keys: dict[str, dict[str, Any]]
    SequenceNumber: str
    SizeBytes: int
    StreamViewType: str


class DynamoDBChange(_DynamoDBKeys, total=False):
    """A change to an item, whose values are in DynamoDB's form, such as ``{"N": "5"}``."""

    ApproximateCreationDateTime: float
    NewImage: dict[str, dict[str, Any]]
    OldImage: dict[str, dict[str, Any]]


class _DynamoDBOptional(TypedDict, total=False):
    #: The identity of DynamoDB itself, if the item expired.
    userIdentity: dict[str, str]


class DynamoDBRecord(_DynamoDBOptional):
    """A record of a stream. With ``per_record=True`` it is the event of ``dynamodb_stream_handler``."""

    eventID: str
    eventName: str
    eventVersion: str
    eventSource: str
    awsRegion: str
    dynamodb: DynamoDBChange
    eventSourceARN: str


class DynamoDBStreamEvent(TypedDict):
    """The event of ``dynamodb_stream_handler``.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """

    Records: list[DynamoDBRecord]


class DynamoDBWindowEvent(DynamoDBStreamEvent, StreamWindow):
    """The event of ``dynamodb_stream_handler`` with ``tumbling_window``."""


class KinesisData(TypedDict):
    """The data of a record, encoded in base64."""

    kinesisSchemaVersion: str
    partitionKey: str
    sequenceNumber: str
    data: str
    approximateArrivalTimestamp: float


class KinesisRecord(TypedDict):
    """A record of a stream. With ``per_record=True`` it is the event of ``kinesis_stream_handler``."""

    kinesis: KinesisData
    eventSource: str
    eventVersion: str
    eventID: str
    eventName: str
    invokeIdentityArn: str
    awsRegion: str
    eventSourceARN: str


class KinesisStreamEvent(TypedDict):
    """The event of ``kinesis_stream_handler``.

    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    """

    Records: list[KinesisRecord]


class KinesisWindowEvent(KinesisStreamEvent, StreamWindow):
    """The event of ``kinesis_stream_handler`` with ``tumbling_window``."""
