"""The routes from a bucket to a function: through SNS, SQS, both, or EventBridge."""

from __future__ import annotations

from ...model.names import Scoped, resolve
from ...model.trigger import Grant, Limit, Source, spell
from .._shared.queue_attributes import QUEUE_NAME
from ..schedule import RULE
from ..sns import TOPIC, Sns
from ..sqs import ACTIONS, Sqs
from .bucket_trigger import MAX_BATCH_SIZE, S3
from .event_names import make_event_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ...model.event_request import EventRequest
    from ...model.names import Name


class ThroughSns(S3):
    """Events through an SNS topic: the app's own, or one that already receives the bucket's events."""

    namespace = delivery_kind = transport = "sns"
    principal = "sns.amazonaws.com"
    names_account = False

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(_make_name(handler) if self.sns_topic is None else self.sns_topic, environ)

    def list_needs(self, handler: str) -> Iterator[Source]:
        yield _make_topic(self, handler)

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return name_on_aws(_make_topic(self, handler).name)

    def get_channel(self, handler: str) -> str:
        own = _make_name(handler) if self.sns_topic is None else self.sns_topic
        return f"{self.transport} {self.function} {spell(own)}"

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return _publish(self, request, records)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(TOPIC, _make_name(handler))] if self.sns_topic is None else []


class ThroughSqs(S3):
    """Events through an SQS queue that the app owns."""

    namespace = delivery_kind = transport = "sqs"
    principal = ""

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(_make_name(handler), environ)

    def list_needs(self, handler: str) -> Iterator[Source]:
        yield self._make_queue(handler).source(handler)

    def get_channel(self, handler: str) -> str:
        return f"{self.transport} {self.function} {spell(_make_name(handler))}"

    def grants(self, handler: str) -> Iterator[Grant]:
        yield Grant(concern="sqs", actions=ACTIONS, resource=self._make_queue(handler).source(handler))

    def arguments(self, handler: str) -> dict[str, Any]:
        mapping = {"batch_size": self.sqs_batch_size, "report_failures": bool(self.report_failures)}
        return {**super().arguments(handler), **mapping}

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        from ...runtime.batch import WholeBatches

        return handler if self.report_failures else WholeBatches(handler=handler)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield QUEUE_NAME, _make_name(handler)

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not (type(self.sqs_batch_size) is int and 1 <= self.sqs_batch_size <= MAX_BATCH_SIZE):
            yield (
                f"sqs_batch_size is {self.sqs_batch_size!r}",
                f"Use a whole number from 1 to {MAX_BATCH_SIZE}.",
            )
        for message, remedy in self._make_queue("").problems():
            yield f"sqs_{message}", remedy.replace("queue_attributes", "sqs_queue_attributes")
        if "policy" in self._make_queue("").source("").arguments:
            yield "sqs_queue_attributes has a Policy, which the app sets itself", "Leave it out."

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        yield from self._make_queue("").source_problems(arguments, timeout)

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return self._make_queue(request.handler).event(request.replace_payload({"Records": records}))

    def _make_queue(self, handler: str) -> Sqs:
        return Sqs(
            queue_name=_make_name(handler), queue_attributes=self.sqs_queue_attributes, function=self.function
        )


class ThroughSnsAndSqs(ThroughSqs):
    """Events through a topic, and then through a queue that the app owns."""

    transport = "sns_sqs"

    def list_needs(self, handler: str) -> Iterator[Source]:
        yield _make_topic(self, handler)
        yield from super().list_needs(handler)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(TOPIC, _make_name(handler))] if self.sns_topic is None else []

    def _deliver(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        from .samples import make_notification

        published = _publish(self, request, records)
        return self._make_queue(request.handler).event(request.replace_payload(make_notification(published)))


class ThroughEventBridge(S3):
    """Events through an EventBridge rule; EventBridge must be enabled for the bucket."""

    namespace = transport = "rule"
    exclusive = True
    principal = "events.amazonaws.com"
    names_account = False

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return handler

    def subject(self, handler: str) -> object:
        return spell(Scoped(name=handler))

    def get_channel(self, handler: str) -> str:
        return f"{self.transport} {handler}"

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return f"rule/{name_on_aws(Scoped(name=handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        pattern = make_event_pattern(self.bucket, self.events, self.prefix or "", self.suffix or "")
        rule = {"name": Scoped(name=handler), "task_name": handler, "event_pattern": pattern}
        return {**super().arguments(handler), **rule}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield RULE, Scoped(name=handler)

    def event(self, request: EventRequest) -> dict[str, Any]:
        from .samples import make_bridged

        bucket = resolve(self.bucket, request.environ)
        event = make_bridged(bucket, self._get_first_type(), request.payload, request.environ, request.fields)
        return {"task_name": self.key(request.handler), "event": event}


def _make_name(handler: str) -> Scoped:
    """Returns the name of the topic and of the queue that the app creates for a handler."""
    return Scoped(name=f"{handler}-s3")


def _publish(trigger: S3, request: EventRequest, records: list[Any]) -> dict[str, Any]:
    """Returns the event in which a topic delivers a trigger's records."""
    topic = Sns(topic_name=_make_name(request.handler) if trigger.sns_topic is None else trigger.sns_topic)
    return topic.event(request.replace_payload({"Records": records}, {"Subject": "Amazon S3 Notification"}))


def _make_topic(trigger: S3, handler: str) -> Source:
    if trigger.sns_topic is None:
        return Source(type="aws_sns_topic", name=_make_name(handler), owned=True)
    return Source(type="aws_sns_topic", name=trigger.sns_topic, owned=False)
