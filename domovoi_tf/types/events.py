"""The types of the events of EventBridge and CloudWatch Logs."""

from __future__ import annotations

from typing import Any, TypedDict

# Keys with hyphens, which a class cannot declare.
_DetailType = TypedDict("_DetailType", {"detail-type": str})
_ReplayName = TypedDict("_ReplayName", {"replay-name": str}, total=False)


class EventBridgeEvent(_DetailType, _ReplayName):
    """The event of ``cloudwatch_event_handler``.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """

    version: str
    id: str
    source: str
    account: str
    time: str
    region: str
    resources: list[str]
    detail: dict[str, Any]


class ScheduledEvent(EventBridgeEvent):
    """The event of ``scheduled_function``, unless it has an ``input``, which is the event then."""


class _ExtractedFields(TypedDict, total=False):
    extractedFields: dict[str, str]


class CloudWatchLogsLine(_ExtractedFields):
    """A log event. ``timestamp`` is in milliseconds since 1970."""

    id: str
    timestamp: int
    message: str


class _PolicyLevel(TypedDict, total=False):
    policyLevel: str


class CloudWatchLogsData(_PolicyLevel):
    """The event of ``cloudwatch_logs_sub_filter_handler``, which is decoded already.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """

    messageType: str
    owner: str
    logGroup: str
    logStream: str
    subscriptionFilters: list[str]
    logEvents: list[CloudWatchLogsLine]
