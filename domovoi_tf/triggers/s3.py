"""S3 events, by any of five ways: to the function itself, or through SNS, SQS, both, or EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from __future__ import annotations

import json

from ..errors import DispatchError
from ..names import Scoped, Variable, resolve
from ..runtime.dispatch import acknowledge
from . import Grant, Limit, Source, Trigger, spell
from .schedule import RULE
from .schedule import identify as tasks
from .sns import TOPIC
from .sqs import ACTIONS, QUEUE, Sqs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model import Route
    from ..names import Name

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
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
EVENTS: Mapping[str, tuple[str, ...]] = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "ReducedRedundancyLostObject": (),
    "Replication": (
        "OperationFailedReplication",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
        "OperationNotTracked",
    ),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "LifecycleTransition": (),
    "IntelligentTiering": (),
    "ObjectTagging": ("Put", "Delete"),
    "ObjectAcl": ("Put",),
    "ObjectAnnotation": ("Put", "Delete"),
    "ObjectRetention": ("Put",),
}
#: Families that S3 does not take as a whole, with :*.
UNGROUPED = ("ObjectAcl", "ObjectRetention")
LONGEST_KEY, LARGEST_BATCH = 1024, 10
#: What is said of an event on EventBridge: its detail-type, and values of fields of its detail.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
BRIDGED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ObjectCreated:Put": ("Object Created", {"reason": "PutObject"}),
    "ObjectCreated:Post": ("Object Created", {"reason": "POST Object"}),
    "ObjectCreated:Copy": ("Object Created", {"reason": "CopyObject"}),
    "ObjectCreated:CompleteMultipartUpload": ("Object Created", {"reason": "CompleteMultipartUpload"}),
    "ObjectCreated:*": ("Object Created", {}),
    "ObjectRemoved:Delete": (
        "Object Deleted",
        {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
    ),
    "ObjectRemoved:DeleteMarkerCreated": (
        "Object Deleted",
        {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
    ),
    "ObjectRemoved:*": ("Object Deleted", {"reason": "DeleteObject"}),
    "LifecycleExpiration:Delete": (
        "Object Deleted",
        {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
    ),
    "LifecycleExpiration:DeleteMarkerCreated": (
        "Object Deleted",
        {"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"},
    ),
    "LifecycleExpiration:*": ("Object Deleted", {"reason": "Lifecycle Expiration"}),
    "ObjectRestore:Post": ("Object Restore Initiated", {}),
    "ObjectRestore:Completed": ("Object Restore Completed", {}),
    "ObjectRestore:Delete": ("Object Restore Expired", {}),
    "LifecycleTransition": ("Object Storage Class Changed", {}),
    "IntelligentTiering": ("Object Access Tier Changed", {}),
    "ObjectAcl:Put": ("Object ACL Updated", {}),
    "ObjectTagging:Put": ("Object Tags Added", {}),
    "ObjectTagging:Delete": ("Object Tags Deleted", {}),
}


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
            "events": _sorted(self.events),
            "prefix": _encoded(self.prefix),
            "suffix": _encoded(self.suffix),
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
        name, key = record["eventName"], _key(record)
        return (
            any(event in (f"s3:{name}", f"s3:{name.partition(':')[0]}:*") for event in self.events)
            and key.startswith(self.prefix or "")
            and key.endswith(self.suffix or "")
        )

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from _event_problems(self.events, self.use_eventbridge)
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
        return f"{', '.join(_sorted(self.events))}{prefix}{suffix}"


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
        rule = {"name": Scoped(name=handler), "task_name": handler, "event_pattern": self._pattern()}
        return {**super().arguments(handler), **rule}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield RULE, Scoped(name=handler)

    def _pattern(self) -> dict[str, Any]:
        detail: dict[str, Any] = {"bucket": {"name": [self.source("").name]}}
        if key := _key_pattern(self.prefix or "", self.suffix or ""):
            detail["object"] = {"key": [key]}
        wanted = [BRIDGED[name] for name in _bridged(self.events)]
        plain = sorted({kind for kind, fields in wanted if not fields})
        alternatives: list[dict[str, Any]] = [{"detail-type": plain}] if plain else []
        for kind, fields in wanted:
            if fields and kind not in plain:
                alternatives.append(
                    {"detail-type": [kind], "detail": {name: [value] for name, value in fields.items()}}
                )
        if len(alternatives) == 1:
            (only,) = alternatives
            return {"source": ["aws.s3"], **only, "detail": {**detail, **only.get("detail", {})}}
        return {"source": ["aws.s3"], "detail": detail, "$or": alternatives}


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
    bucket = _inner(item, "s3", "bucket", "name")
    return (bucket,) if isinstance(bucket, str) else tasks(item)


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the S3 event that an event of EventBridge stands for.

    Raises:
        DispatchError: it is none of S3's.
    """
    event = item["event"]
    names = _inner(event, "detail", "bucket", "name"), _inner(event, "detail", "object", "key")
    if not all(isinstance(name, str) for name in names):
        raise _no_event()
    return {"Records": [_from_eventbridge(event)]}


def records(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the S3 records in a record of S3, SNS or SQS, each with its envelopes.

    Raises:
        DispatchError: there is no S3 event in it.
    """
    if "s3" in item:
        return _valid([item], {})
    envelopes, text = _opened(item)
    found = _json(text)
    return [] if found.get("Event") == "s3:TestEvent" else _valid(found.get("Records"), envelopes)


def choose(routes: Sequence[tuple[S3, Handler]], item: Mapping[str, Any]) -> Handler | None:
    """Returns the handler that asks for a record; of a topic that others share, all else is acknowledged."""
    shared = all(trigger.sns_topic is not None for trigger, _ in routes)
    if not shared and len({handler for _, handler in routes}) == 1:
        return routes[0][1]  # S3 or the rule has filtered
    handlers = [handler for trigger, handler in routes if trigger.takes(item)]
    return handlers[0] if handlers else acknowledge if shared else None


def _opened(item: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
    """Returns the envelopes of what SQS or SNS brought, and the text inside."""
    if "Sns" in item:
        return {"Sns": item["Sns"]}, _inner(item, "Sns", "Message")
    text = item.get("body")
    notification = _json(text)
    if isinstance(notification.get("TopicArn"), str) and "Message" in notification:
        return {"Sqs": item, "Sns": notification}, notification["Message"]
    return {"Sqs": item}, text


def _valid(found: object, envelopes: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not (isinstance(found, list) and found and all(_is_record(each) for each in found)):
        raise _no_event()
    return [{**record, **envelopes} for record in found]


def _no_event() -> DispatchError:
    return DispatchError(
        "What came by the way of S3's events is no S3 event.",
        "Let nobody but S3 send to that function, topic or queue, or let another handler have it.",
    )


def _from_eventbridge(event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an event of EventBridge in the form of a record, which has the event under ``EventBridge``.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
    """
    detail = event["detail"]
    found, resources = detail["object"], event.get("resources")
    names = {"etag": "eTag", "version-id": "versionId", "size": "size", "sequencer": "sequencer"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": event.get("region"),
        "eventTime": event.get("time"),
        "eventName": _name(event.get("detail-type"), detail),
        "userIdentity": {"principalId": detail.get("requester")},
        "requestParameters": {"sourceIPAddress": detail.get("source-ip-address")},
        "responseElements": {"x-amz-request-id": detail.get("request-id")},
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {
                "name": detail["bucket"]["name"],
                "arn": resources[0] if isinstance(resources, list) and resources else None,
            },
            "object": {
                "key": _quoted(found["key"]),
                **{names[name]: value for name, value in found.items() if name in names},
            },
        },
        "EventBridge": event,
    }


def _name(kind: object, detail: Mapping[str, Any]) -> str:
    """Returns the type of a record: the most exact whose fields are the event's."""
    for name, (of, fields) in BRIDGED.items():
        if of == kind and all(detail.get(field) == value for field, value in fields.items()):
            return name
    return str(kind)


def _own(handler: str) -> Scoped:
    """Returns the name of the topic and the queue that the app makes for a handler."""
    return Scoped(name=f"{handler}-s3")


def _topic(trigger: S3, handler: str) -> Source:
    if trigger.sns_topic is None:
        return Source(type="aws_sns_topic", name=_own(handler), owned=True)
    return Source(type="aws_sns_topic", name=trigger.sns_topic, owned=False)


def _is_record(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("eventName"), str)
        and isinstance(_inner(value, "s3", "object", "key"), str)
    )


def _inner(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _json(text: object) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _key(record: Mapping[str, Any]) -> str:
    """Returns an object's key as it is in the bucket."""
    from urllib.parse import unquote_plus

    return unquote_plus(record["s3"]["object"]["key"])


def _quoted(key: str) -> str:
    """Returns an object's key as S3's records have it."""
    from urllib.parse import quote_plus

    return quote_plus(key, safe="/")


def _sorted(events: object) -> list[str]:
    return sorted(set(map(str, events))) if isinstance(events, (list, tuple)) else []


def _encoded(part: object) -> str | None:
    """Returns a prefix or suffix as S3 compares it: a space is +, and all but safe characters are escaped."""
    from urllib.parse import quote_plus

    return (
        quote_plus(part, safe="/!-_.*'()", errors="surrogatepass") if part and isinstance(part, str) else None
    )


def _types(family: str) -> list[str]:
    whole = [f"{family}:*"] if EVENTS[family] and family not in UNGROUPED else []
    return [*whole, *(f"{family}:{action}" for action in EVENTS[family])] or [family]


def _event_problems(events: object, bridged: bool) -> Iterator[tuple[str, str]]:
    known = [f"s3:{name}" for family in EVENTS for name in _types(family)]
    if not (isinstance(events, (list, tuple)) and events):
        yield f"events is {events!r}", 'Write events=["s3:ObjectCreated:*"].'
        return
    for event in events:
        if event not in known:
            from difflib import get_close_matches

            near = get_close_matches(str(event), known, 1, 0)[0]
            yield f"S3 has no event {event!r}", f"The nearest that it has is {near!r}."
        elif bridged and not list(_bridged([event])):
            yield f"S3 does not send {event!r} to EventBridge", "Take it through SNS, SQS or directly."


def _bridged(events: Iterable[str]) -> Iterator[str]:
    """Yields event types as `BRIDGED` has them."""
    for event in _sorted(events):
        name = event.removeprefix("s3:")
        family, _, action = name.partition(":")
        if name in BRIDGED:
            yield name
        elif action == "*":
            yield from (each for each in BRIDGED if each.startswith(f"{family}:"))


def _key_pattern(prefix: str, suffix: str) -> dict[str, str]:
    if prefix and suffix:
        start, end = (part.replace("\\", "\\\\").replace("*", "\\*") for part in (prefix, suffix))
        return {"wildcard": f"{start}*{end}"}
    return {"prefix": prefix} if prefix else {"suffix": suffix} if suffix else {}


def conflicts(
    keyed: Iterable[tuple[Route, str]], functions: Iterable[str]
) -> Iterator[tuple[Route, str, str]]:
    """Yields the routes that cannot stand beside the others: with message and remedy.

    Args:
        keyed: the routes of this kind, each with its key.
        functions: the names of the app's functions on AWS.
    """
    earlier: list[Route] = []
    for route, _ in keyed:
        for other in earlier:
            yield from ((route, *problem) for problem in _between(route, other))
        earlier.append(route)


def _between(route: Route, other: Route) -> Iterator[tuple[str, str]]:
    one: Any = route.trigger
    two: Any = other.trigger
    same_bucket = spell(one.bucket) == spell(two.bucket)
    who = f"{route.handler} and {other.handler} ({other.location})"
    if same_bucket and one.notified and two.notified:
        if one.manage_notification is not two.manage_notification:
            yield (
                f"{who} differ in manage_notification for the bucket {spell(one.bucket)}",
                "Say the same in both: a bucket has one notification, and one owner of it.",
            )
        if _overlap(one, two):
            yield (
                f"{who} both ask for {_common(one, two)} of the same objects in {spell(one.bucket)}",
                "S3 refuses overlapping filters: give prefixes, suffixes or events that exclude each other.",
            )
    shared = one.sns_topic is not None and one.sns_topic == two.sns_topic and one.function == two.function
    if shared and same_bucket and route.handler != other.handler and _overlap(one, two):
        yield (
            f"{who} both ask for {_common(one, two)} of the same objects on the topic {spell(one.sns_topic)}",
            "Give prefixes, suffixes or events that exclude each other, or a function= to one.",
        )


def _overlap(one: S3, two: S3) -> bool:
    prefixes, suffixes = (
        [(each or "") for each in pair] for pair in ((one.prefix, two.prefix), (one.suffix, two.suffix))
    )
    return bool(
        _common(one, two)
        and (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0]))
        and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0]))
    )


def _common(one: S3, two: S3) -> str:
    """Returns the events for which both ask, in words."""
    both = [a for a in _sorted(one.events) for b in _sorted(two.events) if _within(a, b)]
    both += [b for a in _sorted(one.events) for b in _sorted(two.events) if a != b and _within(b, a)]
    return ", ".join(sorted(set(both)))


def _within(event: str, other: str) -> bool:
    return event == other or (other.endswith(":*") and event.startswith(other[:-1]))


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
