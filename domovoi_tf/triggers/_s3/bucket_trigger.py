"""The trigger of a bucket's notification, which its routes derive from."""

from __future__ import annotations

from ...model.names import Scoped, Variable, resolve
from ...model.trigger import Limit, Source, Trigger, spell
from ..sns import TOPIC
from .event_names import event_problems, sorted_types, type_within
from .filters import encoded
from .records import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ...model.event_request import EventRequest
    from ...model.names import Name
    from ...model.resource_type import ResourceType


#: Buckets made in us-east-1 before March 2018 may have longer names, with capital letters and underscores.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = Limit(
    noun="S3 bucket name",
    pattern=r"[A-Za-z0-9._-]{3,}",
    max_length=255,
    allowed="3 or more letters, digits, ., - and _",
)


NEW_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"


TOPIC_ARN = Limit(
    noun="ARN of an SNS topic",
    pattern="arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+",
    max_length=512,
    allowed="",
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
    names_account = True
    transport: ClassVar[str] = "s3"
    variable_format = ("^[A-Za-z0-9._-]{3,255}$", "name of an S3 bucket")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from .._shared import resources

        return (
            resources.BUCKET,
            resources.NOTIFICATION,
            resources.PERMISSION,
            resources.QUEUE,
            resources.QUEUE_POLICY,
            resources.MAPPING,
            resources.RULE,
            resources.SUBSCRIPTION,
            resources.TARGET,
            resources.TOPIC,
            resources.TOPIC_POLICY,
        )

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

    def event(self, request: EventRequest) -> dict[str, Any]:
        from .samples import record

        bucket = resolve(self.bucket, request.environ)
        own = record(bucket, self._first(), request.payload, request.environ, request.fields)
        return self._carried(request, [own])

    def _carried(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
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
