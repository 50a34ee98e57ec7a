"""The types of the events of S3 buckets."""

from __future__ import annotations

from typing import Any, TypedDict

from .events import EventBridgeEvent
from .messages import SNSMessage, SNSQueuedMessage, SQSRecord

# Keys with hyphens, which a class cannot declare.
_RequestIds = TypedDict("_RequestIds", {"x-amz-request-id": str, "x-amz-id-2": str})


class S3Identity(TypedDict):
    """The identity of the caller who changed an object, or of the owner of a bucket."""

    principalId: str


class S3RequestParameters(TypedDict):
    """The origin of a request: an IP address, or ``s3.amazonaws.com``."""

    sourceIPAddress: str


class S3Bucket(TypedDict):
    """A bucket."""

    name: str
    ownerIdentity: S3Identity
    arn: str


class _S3Key(TypedDict):
    key: str


class S3Object(_S3Key, total=False):
    """An object. ``urllib.parse.unquote_plus`` decodes its key. A deleted one has no size."""

    size: int
    eTag: str
    versionId: str
    sequencer: str


class S3Entity(TypedDict):
    """The bucket and the object of a record."""

    s3SchemaVersion: str
    configurationId: str
    bucket: S3Bucket
    object: S3Object


class _S3Optional(TypedDict, total=False):
    glacierEventData: dict[str, Any]
    intelligentTieringEventData: dict[str, Any]
    lifecycleEventData: dict[str, Any]
    replicationEventData: dict[str, Any]
    #: The message that contained the record, with ``use_sns`` or ``sns_topic``.
    Sns: SNSMessage | SNSQueuedMessage
    #: The message that contained the record, with ``use_sqs``.
    Sqs: SQSRecord
    #: The event that was converted to the record, with ``use_eventbridge``.
    EventBridge: EventBridgeEvent


class S3Record(_S3Optional):
    """A change to an object."""

    eventVersion: str
    eventSource: str
    awsRegion: str
    eventTime: str
    eventName: str
    userIdentity: S3Identity
    requestParameters: S3RequestParameters
    responseElements: _RequestIds
    s3: S3Entity


class S3Event(TypedDict):
    """The event of ``s3_event_handler``, whichever way it came.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """

    Records: list[S3Record]
