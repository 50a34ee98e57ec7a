"""The trigger for a bucket's notification, from which the triggers for other routes derive."""

from __future__ import annotations

from ...model.names import Scoped, Variable, resolve
from ...model.trigger import Limit, Source, Trigger, spell
from .._shared.event_source_mapping import describe_range
from ..sns import TOPIC
from .channels import make_channel_name
from .event_names import find_event_problems, get_first_type, sort_types
from .filters import encode_filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ...model.event_request import EventRequest, SentPayload
    from ...model.names import Name
    from ...model.resource_type import ResourceType


#: Buckets created in us-east-1 before March 2018 may have longer names, with capitals and underscores.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = Limit(
    noun="S3 bucket name",
    pattern=r"[A-Za-z0-9._-]+",
    min_length=3,
    max_length=255,
    allowed="letters, digits, ., - and _",
)
_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
#: Buckets that the app creates.
NEW_BUCKET = Limit(
    noun="S3 bucket name",
    pattern=rf"{_LABEL}([.]{_LABEL})*",
    min_length=3,
    max_length=63,
    allowed="lower-case letters, digits, and . and - between letters or digits",
    reserved=(
        *("amzn-s3-demo-*", "sthree-*", "xn--*"),
        *("*--ol-s3", "*--table-s3", "*--x-s3", "*-s3alias", "*.mrap"),
    ),
    is_lower_case=True,
)

TOPIC_ARN = Limit(
    noun="ARN of an SNS topic",
    pattern="arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+",
    max_length=512,
    allowed="",
)

MAX_KEY_LENGTH, BATCH_SIZES = 1024, range(1, 11)


class S3(Trigger):
    """Events of a bucket's objects that S3 sends directly to the function."""

    bucket: Name
    events: Sequence[str]
    prefix: str | None = None
    suffix: str | None = None
    use_sqs: bool = False
    sqs_batch_size: int = 1
    sqs_queue_attributes: Mapping[str, Any] | None = None
    report_failures: bool = False
    create: bool = False
    manage_notification: bool = True
    sns_topic: Name | None = None
    use_eventbridge: bool = False
    topic_name: str | Scoped | None = None
    queue_name: str | Scoped | None = None

    kind = "s3"
    cost, ending = "events of the bucket in between are lost", "further events of the bucket are lost"
    queue_attributes_field = "sqs_queue_attributes"
    principal = "s3.amazonaws.com"
    names_account = True
    names_file = True
    transport: ClassVar[str] = "s3"
    #: The output of the module of the route, which a bucket's notification refers to.
    output: ClassVar[str] = "function_arn"
    variable_format = ("^[A-Za-z0-9._-]{3,255}$", "name of an S3 bucket")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from .._owners.resource_types import BUCKET_POLICY, NOTIFICATION, TOPIC_POLICY
        from .._shared import resources
        from .bucket_resources import BUCKET_RESOURCES

        return (
            *BUCKET_RESOURCES,
            BUCKET_POLICY,
            NOTIFICATION,
            resources.PERMISSION,
            *resources.QUEUE_RESOURCES,
            resources.MAPPING,
            resources.RULE,
            resources.SUBSCRIPTION,
            resources.TARGET,
            resources.TOPIC,
            TOPIC_POLICY,
        )

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.bucket, environ)

    def subject(self, handler: str) -> object:
        return f"{spell(self.bucket)} {self._spell_filter()}"

    def spell_source(self) -> str:
        key = f"{self.prefix or ''} {self.suffix or ''}"
        return f"{spell(self.bucket)} {key} {', '.join(sort_types(self.events))}"

    def describe(self) -> str:
        routes = {"s3": "", "sns": " through SNS", "sqs": " through SQS", "rule": " through EventBridge"}
        return f"S3 bucket {spell(self.bucket)}{routes.get(self.transport, ' through SNS and SQS')}"

    def source(self, handler: str) -> Source:
        from .bucket_resources import BUCKET_RESOURCES

        has_notification = self.manage_notification if self.notified else self.use_eventbridge and self.create
        return Source(
            type="aws_s3_bucket",
            name=self.bucket,
            owned=self.create,
            needs=tuple(self.list_needs(handler)),
            attribute="id",
            lookup=False,
            companions=(
                *(("aws_s3_bucket_notification",) if has_notification else ()),
                *(("aws_s3_bucket_policy",) if self.create else ()),
                *((each.type for each in BUCKET_RESOURCES[1:]) if self.create else ()),
            ),
        )

    def list_needs(self, handler: str) -> Iterator[Source]:
        """Yields the topic and the queue between the bucket and the function."""
        yield from ()

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "transport": self.transport,
            "output": self.output,
            "notification_ids": self._make_ids(),
            "events": sort_types(self.events),
            "prefix": encode_filter(self.prefix),
            "suffix": encode_filter(self.suffix),
            "notified": self.notified,
            "managed": self.manage_notification,
            "bridged": self.use_eventbridge,
        }

    def make_channel(self) -> Scoped:
        """Returns the name that is the same for triggers of one bucket, function and route."""
        return make_channel_name(self.function, "direct", self.bucket)

    def call_name(self) -> str:
        return self.make_channel().name

    def _make_ids(self) -> tuple[Scoped, Scoped]:
        """Returns the ID of the part of a notification, alone and among others of one destination.

        It contains the names of app and stage, since another instance of the app may notify the same bucket.
        """
        from hashlib import sha256

        text = "\0".join((*sort_types(self.events), str(self.prefix or ""), str(self.suffix or "")))
        alone = self.make_channel().name.replace("-", "_").lower()
        digest = sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
        return Scoped(name=alone), Scoped(name=f"{alone}_{digest}")

    @property
    def notified(self) -> bool:
        """Whether the bucket's notification must include this trigger."""
        return self.sns_topic is None and not self.use_eventbridge

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield NEW_BUCKET if self.create else BUCKET, self.bucket
        if self.sns_topic is not None:
            yield (TOPIC_ARN if isinstance(self.sns_topic, Variable) else TOPIC), self.sns_topic

    def matches(self, name: str, key: str) -> bool:
        """Whether an event type and the key of an object match the trigger."""
        name = name.removeprefix("s3:")
        return (
            any(event in (f"s3:{name}", f"s3:{name.partition(':')[0]}:*") for event in self.events)
            and key.startswith(self.prefix or "")
            and key.endswith(self.suffix or "")
        )

    def problems(self) -> Iterator[tuple[str, str]]:
        import re

        from .combinations import find_combination_problems

        yield from find_event_problems(self.events, self.use_eventbridge)
        for name in ("prefix", "suffix"):
            value: str | None = getattr(self, name)
            if value and len(value.encode("utf-8", "surrogatepass")) > MAX_KEY_LENGTH:
                yield (
                    f"the {name} has {len(value)} characters",
                    f"Keys of S3 objects have at most {MAX_KEY_LENGTH} bytes. Shorten it.",
                )
            elif value and "*" in value:
                yield (
                    f"the {name} {value!r} has a *, which S3 does not treat as a wildcard",
                    "Leave the * out.",
                )
        if self.sqs_batch_size not in BATCH_SIZES:
            yield f"sqs_batch_size is {self.sqs_batch_size!r}", describe_range(BATCH_SIZES)
        if self.create and re.fullmatch(r"(\d+\.){3}\d+", spell(self.bucket)):
            yield f"the bucket name {self.bucket!r} has the form of an IP address", "Choose another name."
        yield from find_combination_problems(self)

    def warnings(self) -> Iterator[str]:
        import re

        name = self.bucket.name if isinstance(self.bucket, Scoped) else self.bucket
        if (
            isinstance(name, str)
            and not self.create
            and re.fullmatch(BUCKET.pattern, name)
            and not (re.fullmatch(NEW_BUCKET.pattern, name) and len(name) <= NEW_BUCKET.max_length)
        ):
            yield f"S3 accepts the bucket name {name!r} only for buckets created before March 2018"
        for part in filter(None, (self.prefix, self.suffix)):
            if isinstance(part, str) and re.search("%[0-9A-Fa-f]{2}", part):
                yield f"{part!r} looks URL-encoded: write it as in the key, since it will be encoded again"

    def sample(self) -> Any:
        return f"{self.prefix or ''}sample{self.suffix or ''}"

    def event(self, request: EventRequest) -> dict[str, Any]:
        from .samples import make_record

        bucket = resolve(self.bucket, request.environ)
        event_type = self._get_first_type()
        record = make_record(bucket, event_type, request.payload, request.environ, request.fields)
        return self._deliver(request, [record])

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        """Returns the event that delivers records by the route of the trigger."""
        return {"Records": records}

    def _get_first_type(self) -> str:
        """Returns the first event type of the trigger in the form of records."""
        return get_first_type(self.events[0])

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        from .sending import read_object

        bucket = resolve(self.bucket, deployed)
        key, content = read_object(payload, handler, self.prefix or "", self.suffix or "")
        s3, removal = client("s3"), any("Removed" in event for event in self.events)
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        if removal:
            s3.delete_object(Bucket=bucket, Key=key)
        done = f"put the object {key} into {bucket}"
        if removal or any("Created" in event for event in self.events):
            return f"{done}{' and removed it' if removal else ''}"
        return f"{done}, which is none of the handler's events. Invoke the handler instead."

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.bucket, Variable):
            s3, bucket = client("s3"), resolve(self.bucket, deployed)
            if bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
                s3.create_bucket(Bucket=bucket)
            self._prepare_notification(client, bucket, deployed)

    def _prepare_notification(
        self, client: Callable[[str], Any], bucket: str, deployed: Mapping[str, str]
    ) -> None:
        """Sets the parts of a bucket's notification that the app expects to exist."""
        missing: dict[str, Any] = {}
        if self.sns_topic is not None and not isinstance(self.sns_topic, Variable):
            topic = client("sns").create_topic(Name=resolve(self.sns_topic, deployed))["TopicArn"]
            missing = {"TopicConfigurations": [{"TopicArn": topic, "Events": self.events}]}
        elif self.use_eventbridge:
            missing = {"EventBridgeConfiguration": {}}
        s3 = client("s3")
        existing = s3.get_bucket_notification_configuration(Bucket=bucket)
        del existing["ResponseMetadata"]
        if missing and not missing.keys() <= existing.keys():
            s3.put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration={**existing, **missing}
            )

    def _spell_filter(self) -> str:
        prefix, suffix = (
            f" {n}={v!r}" if v else "" for n, v in (("prefix", self.prefix), ("suffix", self.suffix))
        )
        return f"{', '.join(sort_types(self.events))}{prefix}{suffix}"
