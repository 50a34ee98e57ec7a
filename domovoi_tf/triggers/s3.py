"""S3 events, by any of five ways: to the function itself, or through SNS, SQS, both, or EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from __future__ import annotations

from ..runtime.dispatch import acknowledge
from ._s3.bucket_trigger import S3
from ._s3.filters import find_conflicts
from ._s3.records import from_eventbridge, inner, no_event, split_record
from ._s3.routes import ThroughEventBridge, ThroughSns, ThroughSnsAndSqs, ThroughSqs
from .schedule import identify as tasks

__all__ = [
    "S3",
    "choose",
    "collect_outputs",
    "declare",
    "find_conflicts",
    "identify",
    "split_record",
    "unwrap",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..model.names import Name

    Handler = Callable[[Any, Any], Any]


def s3_event_handler(
    bucket: Name,
    events: Sequence[str],
    prefix: str | None = None,
    suffix: str | None = None,
    use_sns: bool = True,
    use_sqs: bool = False,
    sqs_batch_size: int = 1,
    sqs_queue_attributes: Mapping[str, Any] | None = None,
    *,
    create: bool = False,
    manage_notification: bool = True,
    sns_topic: Name | None = None,
    use_eventbridge: bool = False,
    function: str = "",
) -> S3:
    """Calls the handler with the S3 event, whatever way it came.

    Args:
        bucket: the bucket's name, ``scoped("name")``, or ``variable("name")`` that holds the name.
        events: types of events, such as ``["s3:ObjectCreated:*"]``.
        prefix: only of objects whose keys begin so.
        suffix: only of objects whose keys end so.
        use_sns: whether the events come through an SNS topic.
        use_sqs: whether the events come through an SQS queue, behind the topic where there is one.
        sqs_batch_size: the most messages in an invocation, 1 to 10.
        sqs_queue_attributes: the queue's attributes by their names in AWS.
        create: whether the app owns the bucket.
        manage_notification: whether the app writes the bucket's notification, of which there is only one.
        sns_topic: a topic that gets the bucket's events already: its name, ``scoped("name")``, or
            ``variable("name")`` that holds its ARN. The bucket's notification is left alone.
        use_eventbridge: whether the events come by EventBridge, which is turned on for the bucket.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    ways = {(True, False): ThroughSns, (False, True): ThroughSqs, (True, True): ThroughSnsAndSqs}
    way = ways.get((bool(use_sns or sns_topic is not None), bool(use_sqs)), S3)
    return (ThroughEventBridge if use_eventbridge else way)(
        bucket=bucket,
        events=events,
        prefix=prefix,
        suffix=suffix,
        use_sqs=use_sqs,
        sqs_batch_size=sqs_batch_size,
        sqs_queue_attributes=sqs_queue_attributes,
        create=create,
        manage_notification=manage_notification,
        sns_topic=sns_topic,
        use_eventbridge=use_eventbridge,
        function=function,
    )


declare = s3_event_handler


def identify(item: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Returns the bucket's name of a record, the task's name of an event, or None for S3's own check."""
    if item.get("Event") == "s3:TestEvent":
        return (None,)
    bucket = inner(item, "s3", "bucket", "name")
    return (bucket,) if isinstance(bucket, str) else tasks(item)


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the S3 event that an event of EventBridge stands for.

    Raises:
        DispatchError: it is none of S3's.
    """
    event = item["event"]
    names = inner(event, "detail", "bucket", "name"), inner(event, "detail", "object", "key")
    if not all(isinstance(name, str) for name in names):
        raise no_event()
    return {"Records": [from_eventbridge(event)]}


def choose(routes: Sequence[tuple[S3, Handler]], item: Mapping[str, Any]) -> Handler | None:
    """Returns the handler that asks for a record; of a topic that others share, all else is acknowledged."""
    shared = all(trigger.sns_topic is not None for trigger, _ in routes)
    if not shared and len({handler for _, handler in routes}) == 1:
        return routes[0][1]  # S3 or the rule has filtered
    handlers = [handler for trigger, handler in routes if trigger.takes(item)]
    return handlers[0] if handlers else acknowledge if shared else None


def collect_outputs(triggers: Iterable[Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yields outputs of the app's module: name, description and the address of each value, by its key."""
    found = {
        each.source.key: f"local.notification_{each.source.label}"
        for each in triggers
        if each.arguments["notified"] and not each.arguments["managed"]
    }
    if found:
        yield (
            "s3_notifications",
            "What the owner of each bucket has to add to its aws_s3_bucket_notification, by bucket.",
            found,
        )
