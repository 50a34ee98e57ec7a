"""The routes from a bucket to a function: through SNS, SQS, both, or EventBridge."""

from __future__ import annotations

from ...model.names import Scoped, resolve
from ...model.trigger import Grant, Limit, Source, spell
from .._queues.queue_attributes import QUEUE_NAME, is_managed_key, make_queue
from ..schedule import RULE, Rule
from ..sns import TOPIC, Sns
from ..sqs import ACTIONS, Sqs
from .bucket_trigger import S3
from .channels import make_channel_name
from .event_names import make_event_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ...model.event_request import EventRequest
    from ...model.names import Name
    from ...model.quota import QuotaUse


#: Names of the topics and queues that the app creates: S3 sends to standard ones only.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
NEW_TOPIC, NEW_QUEUE = (
    Limit(noun=limit.noun, pattern="[A-Za-z0-9_-]+", max_length=limit.max_length, allowed=limit.allowed)
    for limit in (TOPIC, QUEUE_NAME)
)


class ThroughSns(S3):
    """Events through an SNS topic: the app's own, or one that already receives the bucket's events."""

    namespace = delivery_kind = transport = "sns"
    principal = "sns.amazonaws.com"
    names_account = False
    output = "topic_arn"

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self._make_topic().name, environ)

    def list_needs(self, handler: str) -> Iterator[Source]:
        yield self._make_topic()

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return name_on_aws(self._make_topic().name)

    def make_channel(self) -> Scoped:
        # A topic of another owner is subscribed to once, for all of its buckets.
        origins = (self.bucket,) if self.sns_topic is None else ("topic", self.sns_topic)
        return make_channel_name(self.function, "sns", *origins)

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return self._publish(request, records)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(NEW_TOPIC, self._make_topic().name)] if self.sns_topic is None else []

    def _make_topic(self) -> Source:
        if self.sns_topic is not None:
            return Source(type="aws_sns_topic", name=self.sns_topic, owned=False, service="sns")
        channel = self.make_channel()
        name = channel if self.topic_name is None else self.topic_name
        return Source(type="aws_sns_topic", name=name, owned=True, label_name=channel)

    def _publish(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        """Returns the event in which the topic delivers records."""
        topic, message = Sns(topic_name=self._make_topic().name), {"Records": records}
        return topic.event(request.replace_payload(message, {"Subject": "Amazon S3 Notification"}))


class ThroughSqs(S3):
    """Events through an SQS queue that the app owns."""

    namespace = delivery_kind = transport = "sqs"
    cost = "events of the bucket in between are lost, and messages that wait in the queue"
    principal = ""
    output = "queue_arn"
    trigger_outputs: ClassVar = Sqs.trigger_outputs

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self._get_queue_name(), environ)

    def list_needs(self, handler: str) -> Iterator[Source]:
        queue = self._make_queue().source(handler)
        yield make_queue(queue.name, True, queue.arguments, label_name=self.make_channel())

    def make_channel(self) -> Scoped:
        return make_channel_name(self.function, "sqs", self.bucket)

    def grants(self, handler: str) -> Iterator[Grant]:
        (queue,) = ThroughSqs.list_needs(self, handler)
        yield Grant(concern="sqs", actions=ACTIONS, resource=queue)

    def arguments(self, handler: str) -> dict[str, Any]:
        mapping = {"batch_size": self.sqs_batch_size, "report_failures": bool(self.report_failures)}
        return {**super().arguments(handler), **mapping}

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        from ...runtime.batch import WholeBatches

        return handler if self.report_failures else WholeBatches(handler=handler)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield NEW_QUEUE, self._get_queue_name()

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        queue = self._make_queue()
        for message, remedy in queue.problems():
            yield f"sqs_{message}", remedy.replace("queue_attributes", "sqs_queue_attributes")
        if "Policy" in (self.sqs_queue_attributes or {}):
            yield "sqs_queue_attributes has a Policy, which the app sets itself", "Leave it out."

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        yield from self._make_queue().source_problems(arguments, timeout)
        key = arguments.get("kms_master_key_id")
        if isinstance(key, str) and is_managed_key(key):
            sender, service = ("SNS", "sns") if "sns" in self.transport else ("S3", "s3")
            yield (
                f"KmsMasterKeyId is {key!r}, the AWS managed key, whose policy does not let {sender} send to "
                "the queue",
                "Leave KmsMasterKeyId out: SQS then encrypts the queue with a key of its own. Or use your "
                f"own key, whose policy allows {service}.amazonaws.com kms:GenerateDataKey and kms:Decrypt.",
            )

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return self._make_queue().event(request.replace_payload({"Records": records}))

    def _get_queue_name(self) -> str | Scoped:
        return self.make_channel() if self.queue_name is None else self.queue_name

    def _make_queue(self) -> Sqs:
        name, attributes = self._get_queue_name(), self.sqs_queue_attributes
        return Sqs(queue_name=name, queue_attributes=attributes, function=self.function)


class ThroughSnsAndSqs(ThroughSqs, ThroughSns):
    """Events through a topic, and then through a queue that the app owns."""

    transport = "sns_sqs"
    output = "topic_arn"

    def list_needs(self, handler: str) -> Iterator[Source]:
        yield self._make_topic()
        yield from ThroughSqs.list_needs(self, handler)

    def make_channel(self) -> Scoped:
        origins = (self.bucket,) if self.sns_topic is None else (self.bucket, self.sns_topic)
        return make_channel_name(self.function, "sns_sqs", *origins)

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        from .samples import make_notification

        published = self._publish(request, records)
        return self._make_queue().event(request.replace_payload(make_notification(published)))


class ThroughEventBridge(S3):
    """Events through an EventBridge rule; EventBridge must be enabled for the bucket."""

    namespace = transport = "rule"
    exclusive = True
    trigger_outputs: ClassVar = Rule.trigger_outputs
    principal = "events.amazonaws.com"
    names_account = False

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return handler

    def subject(self, handler: str) -> object:
        return spell(Scoped(name=handler))

    def call_name(self) -> str:
        return ""

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return f"rule/{name_on_aws(Scoped(name=handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        pattern = make_event_pattern(self.bucket, self.events, self.prefix or "", self.suffix or "")
        rule = {"name": Scoped(name=handler), "task_name": handler, "event_pattern": pattern}
        return {**super().arguments(handler), **rule}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield RULE, Scoped(name=handler)

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from .._quotas.event_buses import count_rule

        # A variable for the bucket has no value here.
        pattern = make_event_pattern("", self.events, self.prefix or "", self.suffix or "")
        return count_rule(handler, pattern)

    def event(self, request: EventRequest) -> dict[str, Any]:
        from .samples import make_bridged

        bucket = resolve(self.bucket, request.environ)
        event = make_bridged(bucket, self._get_first_type(), request.payload, request.environ, request.fields)
        return {"task_name": self.key(request.handler), "event": event}
