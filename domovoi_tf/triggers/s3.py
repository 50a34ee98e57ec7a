"""S3 events, by any of five ways: to the function itself, or through SNS, SQS, both, or EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from __future__ import annotations

from ..model.names import Scoped, Variable, resolve
from ..runtime.dispatch import acknowledge
from . import Grant, Limit, Source, Trigger, spell
from ._s3.event_names import event_pattern, event_problems, sorted_types, type_within
from ._s3.filters import conflicts, encoded
from ._s3.records import from_eventbridge, inner, key_of, no_event, opened, parsed, valid
from .schedule import RULE
from .schedule import identify as tasks
from .sns import TOPIC, Sns
from .sqs import ACTIONS, QUEUE, Sqs

__all__ = ["S3", "choose", "conflicts", "declare", "identify", "outputs", "records", "unwrap"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.names import Name

    Handler = Callable[[Any, Any], Any]

#: Buckets made in us-east-1 before March 2018 may have longer names, with capital letters and underscores.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = Limit(
    what="S3 bucket name",
    pattern=r"[A-Za-z0-9._-]{3,}",
    longest=255,
    allowed="3 or more letters, digits, ., - and _",
)
NEW_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
TOPIC_ARN = Limit(
    what="ARN of an SNS topic", pattern="arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+", longest=512, allowed=""
)
LONGEST_KEY, LARGEST_BATCH = 1024, 10


class S3(Trigger):
    """Events of a bucket's objects, sent to the function by S3 itself."""

    bucket: Name
    events: Sequence[str]
    prefix: str | None = None
    suffix: str | None = None
    use_sqs: bool = False
    sqs_batch_size: int = 1
    sqs_queue_attributes: Mapping[str, Any] | None = None
    create: bool = False
    manage_notification: bool = True
    sns_topic: Name | None = None
    use_eventbridge: bool = False

    kind = "s3"
    principal = "s3.amazonaws.com"
    transport: ClassVar[str] = "s3"
    variable_holds = ("^[A-Za-z0-9._-]{3,255}$", "name of an S3 bucket")

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.bucket, environ)

    def subject(self, handler: str) -> object:
        return f"{spell(self.bucket)} {self._filter()}"

    def describe(self) -> str:
        ways = {"s3": "", "sns": " through SNS", "sqs": " through SQS", "rule": " through EventBridge"}
        return f"S3 bucket {spell(self.bucket)}{ways.get(self.transport, ' through SNS and SQS')}"

    def source(self, handler: str) -> Source:
        needs = tuple(self.needs(handler))
        return Source(
            type="aws_s3_bucket",
            name=self.bucket,
            owned=self.create,
            needs=needs,
            attribute="id",
            lookup=False,
        )

    def needs(self, handler: str) -> Iterator[Source]:
        """Yields the topic and the queue that the events come through."""
        yield from ()

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "transport": self.transport,
            "channel": self.channel(handler),
            "events": sorted_types(self.events),
            "prefix": encoded(self.prefix),
            "suffix": encoded(self.suffix),
            "notified": self.notified,
            "managed": self.manage_notification,
            "bridged": self.use_eventbridge,
        }

    def channel(self, handler: str) -> str:
        """Returns what triggers have in common that are one call of a module."""
        return f"{self.transport} {self.function} {spell(self.bucket)}"

    @property
    def notified(self) -> bool:
        """Whether the bucket's notification has to name this trigger."""
        return self.sns_topic is None and not self.use_eventbridge

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield BUCKET, self.bucket
        if self.sns_topic is not None:
            yield (TOPIC_ARN if isinstance(self.sns_topic, Variable) else TOPIC), self.sns_topic

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Whether the trigger asks for an S3 record, which it does by type and by key."""
        name, key = record["eventName"], key_of(record)
        return (
            any(event in (f"s3:{name}", f"s3:{name.partition(':')[0]}:*") for event in self.events)
            and key.startswith(self.prefix or "")
            and key.endswith(self.suffix or "")
        )

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from event_problems(self.events, self.use_eventbridge)
        for name in ("prefix", "suffix"):
            value: object = getattr(self, name)
            if not (value is None or isinstance(value, str)):
                yield f"the {name} is {value!r}", f'Write {name}="...", as the objects\' keys have it.'
            elif value and len(value.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
                yield (
                    f"the {name} has {len(value)} characters",
                    f"S3's keys have at most {LONGEST_KEY} bytes.",
                )
            elif value and "*" in value:
                yield f"the {name} {value!r} has a *, which S3 would take for itself", "Leave the * out."
        yield from self._combination_problems()

    def _combination_problems(self) -> Iterator[tuple[str, str]]:
        if self.use_eventbridge and (self.use_sqs or self.sns_topic is not None):
            yield "use_eventbridge leaves no place for a queue or topic", "Leave out use_sqs and sns_topic."
        if not self.manage_notification and self.create:
            yield (
                "manage_notification=False, and the app owns the bucket: nobody would notify it",
                "Leave out manage_notification, or create.",
            )
        if not self.manage_notification and not self.notified:
            yield (
                "manage_notification=False, and this handler needs nothing of the bucket's notification",
                "Leave out manage_notification.",
            )
        if self.sqs_queue_attributes and not self.use_sqs:
            yield "sqs_queue_attributes has no queue to apply to", "Give use_sqs=True too."

    def warnings(self) -> Iterator[str]:
        import re

        name = self.bucket.name if isinstance(self.bucket, Scoped) else self.bucket
        if (
            isinstance(name, str)
            and re.fullmatch(BUCKET.pattern, name)
            and not re.fullmatch(NEW_BUCKET, name)
        ):
            yield f"{name!r} is a name that S3 no longer gives to a bucket; old buckets keep theirs"
        for part in filter(None, (self.prefix, self.suffix)):
            if isinstance(part, str) and re.search("%[0-9A-Fa-f]{2}", part):
                yield f"{part!r} looks URL-encoded; it is encoded once more, since keys are given as they are"

    def sample(self) -> Any:
        return f"{self.prefix or ''}sample{self.suffix or ''}"

    def event(
        self,
        handler: str,
        payload: Any,
        deployed: Mapping[str, str],
        fields: Mapping[str, Any] = {},
        number: int = 1,
    ) -> dict[str, Any]:
        from ._s3.samples import record

        bucket = resolve(self.bucket, deployed)
        return self._carried(
            handler, [record(bucket, self._first(), payload, deployed, fields)], deployed, number
        )

    def _carried(
        self, handler: str, records: list[Any], deployed: Mapping[str, str], number: int
    ) -> dict[str, Any]:
        """Returns the event that brings records by the trigger's way."""
        return {"Records": records}

    def _first(self) -> str:
        """Returns the first type of event that the trigger asks for, as records have it."""
        return type_within(self.events[0])

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        bucket = resolve(self.bucket, deployed)
        key = f"{self.prefix or ''}domovoi-tf{self.suffix or ''}"
        s3, removal = client("s3"), any("Removed" in event for event in self.events)
        s3.put_object(Bucket=bucket, Key=key, Body=data.encode())
        if removal:
            s3.delete_object(Bucket=bucket, Key=key)
        return f"put the object {key} into {bucket}{' and removed it' if removal else ''}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.bucket, Variable):
            s3, bucket = client("s3"), resolve(self.bucket, deployed)
            if bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
                s3.create_bucket(Bucket=bucket)
            self._prepare_notification(client, bucket, deployed)

    def _prepare_notification(
        self, client: Callable[[str], Any], bucket: str, deployed: Mapping[str, str]
    ) -> None:
        """Lets a bucket tell what it would tell in the account, where the app leaves that to others."""
        more: dict[str, Any] = {}
        if self.sns_topic is not None and not isinstance(self.sns_topic, Variable):
            topic = client("sns").create_topic(Name=resolve(self.sns_topic, deployed))["TopicArn"]
            more = {"TopicConfigurations": [{"TopicArn": topic, "Events": self.events}]}
        elif self.use_eventbridge:
            more = {"EventBridgeConfiguration": {}}
        s3 = client("s3")
        known = s3.get_bucket_notification_configuration(Bucket=bucket)
        del known["ResponseMetadata"]
        if more and not more.keys() <= known.keys():
            s3.put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration={**known, **more}
            )

    def _filter(self) -> str:
        prefix, suffix = (
            f" {n}={v!r}" if v else "" for n, v in (("prefix", self.prefix), ("suffix", self.suffix))
        )
        return f"{', '.join(sorted_types(self.events))}{prefix}{suffix}"


class ThroughSns(S3):
    """Events that come through an SNS topic: one of the app's own, or one that gets the bucket's events."""

    namespace = through = transport = "sns"
    principal = "sns.amazonaws.com"

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(_own(handler) if self.sns_topic is None else self.sns_topic, environ)

    def needs(self, handler: str) -> Iterator[Source]:
        yield _topic(self, handler)

    def channel(self, handler: str) -> str:
        own = _own(handler) if self.sns_topic is None else self.sns_topic
        return f"{self.transport} {self.function} {spell(own)}"

    def _carried(
        self, handler: str, records: list[Any], deployed: Mapping[str, str], number: int
    ) -> dict[str, Any]:
        return _published(self, handler, records, deployed, number)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(TOPIC, _own(handler))] if self.sns_topic is None else []


class ThroughSqs(S3):
    """Events that come through an SQS queue of the app's own."""

    namespace = through = transport = "sqs"
    principal = ""

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(_own(handler), environ)

    def needs(self, handler: str) -> Iterator[Source]:
        yield self._queue(handler).source(handler)

    def channel(self, handler: str) -> str:
        return f"{self.transport} {self.function} {spell(_own(handler))}"

    def grants(self, handler: str) -> Iterator[Grant]:
        yield Grant(concern="sqs", actions=ACTIONS, resource=self._queue(handler).source(handler))

    def arguments(self, handler: str) -> dict[str, Any]:
        return {**super().arguments(handler), "batch_size": self.sqs_batch_size}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield QUEUE, _own(handler)

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not (type(self.sqs_batch_size) is int and 1 <= self.sqs_batch_size <= LARGEST_BATCH):
            yield f"sqs_batch_size is {self.sqs_batch_size!r}", f"Give 1 to {LARGEST_BATCH}."
        for what, remedy in self._queue("").problems():
            yield f"sqs_{what}", remedy.replace("queue_attributes", "sqs_queue_attributes")
        if "policy" in self._queue("").source("").arguments:
            yield "sqs_queue_attributes has a Policy, which the app writes itself", "Leave it out."

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        yield from self._queue("").source_problems(arguments, timeout)

    def _carried(
        self, handler: str, records: list[Any], deployed: Mapping[str, str], number: int
    ) -> dict[str, Any]:
        return self._queue(handler).event(handler, {"Records": records}, deployed, number=number)

    def _queue(self, handler: str) -> Sqs:
        return Sqs(
            queue_name=_own(handler), queue_attributes=self.sqs_queue_attributes, function=self.function
        )


class ThroughSnsAndSqs(ThroughSqs):
    """Events that come through a topic and then through a queue of the app's own."""

    transport = "sns_sqs"

    def needs(self, handler: str) -> Iterator[Source]:
        yield _topic(self, handler)
        yield from super().needs(handler)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(TOPIC, _own(handler))] if self.sns_topic is None else []

    def _carried(
        self, handler: str, records: list[Any], deployed: Mapping[str, str], number: int
    ) -> dict[str, Any]:
        from ._s3.samples import notification

        published = _published(self, handler, records, deployed, number)
        return self._queue(handler).event(handler, notification(published), deployed, number=number)


class ThroughEventBridge(S3):
    """Events that come by a rule: the bucket's owner has turned EventBridge on."""

    namespace = transport = "rule"
    exclusive = True
    principal = "events.amazonaws.com"

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return handler

    def subject(self, handler: str) -> object:
        return spell(Scoped(name=handler))

    def channel(self, handler: str) -> str:
        return f"{self.transport} {handler}"

    def arguments(self, handler: str) -> dict[str, Any]:
        pattern = event_pattern(self.bucket, self.events, self.prefix or "", self.suffix or "")
        rule = {"name": Scoped(name=handler), "task_name": handler, "event_pattern": pattern}
        return {**super().arguments(handler), **rule}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield RULE, Scoped(name=handler)

    def event(
        self,
        handler: str,
        payload: Any,
        deployed: Mapping[str, str],
        fields: Mapping[str, Any] = {},
        number: int = 1,
    ) -> dict[str, Any]:
        from ._s3.samples import bridged

        bucket = resolve(self.bucket, deployed)
        event = bridged(bucket, self._first(), payload, deployed, fields)
        return {"task_name": self.key(handler), "event": event}


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


def records(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the S3 records in a record of S3, SNS or SQS, each with its envelopes.

    Raises:
        DispatchError: there is no S3 event in it.
    """
    if "s3" in item:
        return valid([item], {})
    envelopes, text = opened(item)
    found = parsed(text)
    return [] if found.get("Event") == "s3:TestEvent" else valid(found.get("Records"), envelopes)


def choose(routes: Sequence[tuple[S3, Handler]], item: Mapping[str, Any]) -> Handler | None:
    """Returns the handler that asks for a record; of a topic that others share, all else is acknowledged."""
    shared = all(trigger.sns_topic is not None for trigger, _ in routes)
    if not shared and len({handler for _, handler in routes}) == 1:
        return routes[0][1]  # S3 or the rule has filtered
    handlers = [handler for trigger, handler in routes if trigger.takes(item)]
    return handlers[0] if handlers else acknowledge if shared else None


def _own(handler: str) -> Scoped:
    """Returns the name of the topic and the queue that the app makes for a handler."""
    return Scoped(name=f"{handler}-s3")


def _published(
    trigger: S3, handler: str, records: list[Any], deployed: Mapping[str, str], number: int
) -> dict[str, Any]:
    """Returns the event of the topic through which a trigger's records come."""
    topic = Sns(topic_name=_own(handler) if trigger.sns_topic is None else trigger.sns_topic)
    subject = {"Subject": "Amazon S3 Notification"}
    return topic.event(handler, {"Records": records}, deployed, subject, number)


def _topic(trigger: S3, handler: str) -> Source:
    if trigger.sns_topic is None:
        return Source(type="aws_sns_topic", name=_own(handler), owned=True)
    return Source(type="aws_sns_topic", name=trigger.sns_topic, owned=False)


def outputs(triggers: Iterable[Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
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
