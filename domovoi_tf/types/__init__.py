"""Types for handlers: Lambda's context, and the event of each source as the handler receives it.

Only type checkers and editors need them. Import them under ``if TYPE_CHECKING:``, with
``from __future__ import annotations`` at the top of the file; otherwise the deployment package contains them.
Keys that an event may lack are declared in classes of their own, with ``total=False``: ``NotRequired`` is
newer than the oldest Python that apps may have.
"""

from __future__ import annotations

from .context import Context
from .events import CloudWatchLogsData, EventBridgeEvent, ScheduledEvent
from .mail import SESEvent, SESRecord
from .messages import SNSEvent, SNSRecord, SQSEvent, SQSRecord
from .objects import S3Event, S3Record
from .reports import BatchResponse
from .requests import ALBEvent, ALBMultiValueEvent, FunctionUrlEvent, HTTPResponse
from .streams import (
    DynamoDBRecord,
    DynamoDBStreamEvent,
    DynamoDBWindowEvent,
    KinesisRecord,
    KinesisStreamEvent,
    KinesisWindowEvent,
)

__all__ = [
    "ALBEvent",
    "ALBMultiValueEvent",
    "BatchResponse",
    "CloudWatchLogsData",
    "Context",
    "DynamoDBRecord",
    "DynamoDBStreamEvent",
    "DynamoDBWindowEvent",
    "EventBridgeEvent",
    "FunctionUrlEvent",
    "HTTPResponse",
    "KinesisRecord",
    "KinesisStreamEvent",
    "KinesisWindowEvent",
    "S3Event",
    "S3Record",
    "SESEvent",
    "SESRecord",
    "SNSEvent",
    "SNSRecord",
    "SQSEvent",
    "SQSRecord",
    "ScheduledEvent",
]
