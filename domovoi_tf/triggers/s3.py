"""S3 events, sent to the function directly or through SNS, SQS, both, or EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from __future__ import annotations

from ..model.names import resolve
from ..runtime.dispatch import acknowledge
from ._s3.bucket_trigger import BATCH_SIZES, S3
from ._s3.event_names import is_known
from ._s3.filters import find_conflicts
from ._s3.records import (
    convert_bridged,
    decode_key,
    get_bucket,
    get_path,
    make_error,
    open_envelopes,
    split_record,
)
from ._s3.routes import ThroughEventBridge, ThroughSns, ThroughSnsAndSqs, ThroughSqs
from ._shared.event_source_mapping import describe_range
from .schedule import identify as tasks

__all__ = [
    "S3",
    "collect_outputs",
    "declare",
    "find_conflicts",
    "find_routes",
    "find_shared_settings",
    "identify",
    "make_chooser",
    "predict_creations",
    "split_record",
    "unwrap",
]

#: The remedies for values of wrong types, by argument.
REMEDIES = {
    "events": 'Write events=["s3:ObjectCreated:*"].',
    "prefix": 'Write prefix="..." as in the keys of the objects.',
    "suffix": 'Write suffix="..." as in the keys of the objects.',
    "sqs_queue_attributes": 'Write sqs_queue_attributes={"VisibilityTimeout": 320}.',
    "sqs_batch_size": describe_range(BATCH_SIZES),
}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..model.names import Name, Scoped
    from ..model.trigger import Route

    Handler = Callable[[Any, Any], Any]


def s3_event_handler(
    bucket: Name,
    events: Sequence[str],
    prefix: str | None = None,
    suffix: str | None = None,
    use_sns: bool = True,
    use_sqs: bool = False,
    sqs_batch_size: int = 1,
    sqs_queue_attributes: Mapping[str, Name | Any] | None = None,
    *,
    create: bool = False,
    manage_notification: bool = True,
    sns_topic: Name | None = None,
    use_eventbridge: bool = False,
    report_failures: bool = False,
    topic_name: str | Scoped | None = None,
    queue_name: str | Scoped | None = None,
    function: str = "",
    name: str | None = None,
) -> S3:
    """Calls the handler with the S3 event, in the same form for every route.

    Args:
        bucket: the name of the bucket, ``scoped("name")``, or ``variable("name")`` for its name.
        events: event types, such as ``["s3:ObjectCreated:*"]``.
        prefix: the prefix of the keys of the objects, as plain text (default: any key).
        suffix: the suffix of the keys of the objects, as plain text (default: any key).
        use_sns: whether events come through an SNS topic.
        use_sqs: whether events come through an SQS queue, which subscribes to the topic if there is one.
        sqs_batch_size: the maximum number of messages in an event, 1 to 10.
        sqs_queue_attributes: the attributes of the queue by their names on AWS.
        create: whether the app creates the bucket; otherwise the bucket exists.
        manage_notification: whether the app sets the notification configuration of the bucket, which has only
            one.
        sns_topic: a topic that already receives the bucket's events: its name, ``scoped("name")``, or
            ``variable("name")`` for its ARN. The app then leaves the bucket's notification alone.
        use_eventbridge: whether events come through EventBridge, which must be enabled for the bucket.
        report_failures: whether the handler returns the messages of the queue that failed, as
            ``batchItemFailures``; only these are retried.
        topic_name: the name of the topic that the app creates, or ``scoped("name")`` (default: a name made of
            those of the app, the stage, the function and the bucket).
        queue_name: the name of the queue that the app creates, or ``scoped("name")`` (default: a name
            of the same form).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    routes = {(True, False): ThroughSns, (False, True): ThroughSqs, (True, True): ThroughSnsAndSqs}
    route = routes.get((use_sns or sns_topic is not None, use_sqs), S3)
    return (ThroughEventBridge if use_eventbridge else route)(
        bucket=bucket,
        events=events,
        prefix=prefix,
        suffix=suffix,
        use_sqs=use_sqs,
        sqs_batch_size=sqs_batch_size,
        sqs_queue_attributes=sqs_queue_attributes,
        report_failures=report_failures,
        create=create,
        manage_notification=manage_notification,
        sns_topic=sns_topic,
        use_eventbridge=use_eventbridge,
        topic_name=topic_name,
        queue_name=queue_name,
        function=function,
        handler_name=name,
    )


declare = s3_event_handler


def identify(item: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Returns the bucket of a record or the task of an event as a key, or None for a test event of S3."""
    if item.get("Event") == "s3:TestEvent":
        return (None,)
    bucket = get_bucket(item) if "s3" in item else None
    return (bucket,) if isinstance(bucket, str) else tasks(item)


def find_routes(
    routes: Mapping[Any, Sequence[tuple[Any, Handler]]], item: object
) -> Sequence[tuple[S3, Handler]]:
    """Returns the routes for the bucket of a record that comes through a topic or queue of another name.

    An upgrade that gives them other names lets the old ones deliver until the new ones work.
    """
    message = open_envelopes(item)[1] if isinstance(item, dict) else {}
    records = message.get("Records")
    first = records[0] if records and isinstance(records, list) else None
    bucket = get_bucket(first) or message.get("Bucket")  # of a test event
    return [
        (trigger, handler)
        for each in routes.values()
        for trigger, handler in each
        if trigger.kind == "s3" and trigger.transport != "rule" and resolve(trigger.bucket) == bucket
    ]


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the S3 event for an event from EventBridge.

    Raises:
        DispatchError: the event is not from S3.
    """
    event = item["event"]
    names = get_path(event, "detail", "bucket", "name"), get_path(event, "detail", "object", "key")
    if not all(isinstance(name, str) for name in names):
        raise make_error()
    return {"Records": [convert_bridged(event)]}


def make_chooser(routes: Sequence[tuple[S3, Handler]]) -> Callable[[Mapping[str, Any]], Handler | None]:
    """Returns a function that finds the handler whose filter matches a record.

    Other records of a shared topic are ignored, but never a record of an unknown type.
    """
    shared = all(trigger.sns_topic is not None for trigger, _ in routes)
    handler = routes[0][1]
    if not shared and all(each == handler for _, each in routes):
        return lambda item: handler  # S3 or the rule has filtered already
    by_bucket: dict[str, list[tuple[S3, Handler]]] = {}

    def choose(item: Mapping[str, Any]) -> Handler | None:
        if not by_bucket:
            for route in routes:
                by_bucket.setdefault(resolve(route[0].bucket), []).append(route)
        name, key = item["eventName"], decode_key(item)
        for trigger, each in by_bucket.get(str(get_bucket(item)), ()):
            if trigger.matches(name, key):
                return each
        return acknowledge if shared and is_known(name) else None

    return choose


def find_shared_settings(routes: Sequence[Route], stages: Sequence[str]) -> Iterator[tuple[Route, str]]:
    """Yields a message, with its route, for each bucket whose notification has several owners."""
    from ._owners.notifications import find_shared_notifications

    return find_shared_notifications(routes, stages)


def predict_creations(
    routes: Iterable[Route], deployed: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the types and attributes of the notifications that a first plan would create."""
    from ._owners.notifications import predict_notifications

    return predict_notifications(routes, deployed)


def collect_outputs(triggers: Iterable[Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yields further outputs of the app's module: name, description, and the address of each value by key."""
    addresses = {
        each.source.key: f"local.notification_{each.source.label}"
        for each in triggers
        if each.arguments["notified"] and not each.arguments["managed"]
    }
    if addresses:
        yield (
            "s3_notifications",
            "Notification blocks that the owner of each bucket must add to its aws_s3_bucket_notification, "
            "by bucket.",
            addresses,
        )
