"""The ways from a bucket to a function: through SNS, SQS, both, or EventBridge."""

from __future__ import annotations

from ...model.names import Scoped, resolve
from ...model.trigger import Grant, Limit, Source, spell
from .._shared.queue_attributes import QUEUE_NAME
from ..schedule import RULE
from ..sns import TOPIC, Sns
from ..sqs import ACTIONS, Sqs
from .bucket_trigger import LARGEST_BATCH, S3
from .event_names import event_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ...model.event_request import EventRequest
    from ...model.names import Name


class ThroughSns(S3):
    """Events that come through an SNS topic: one of the app's own, or one that gets the bucket's events."""

    namespace = delivery_kind = transport = "sns"
    principal = "sns.amazonaws.com"
    names_account = False

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(_own(handler) if self.sns_topic is None else self.sns_topic, environ)

    def needs(self, handler: str) -> Iterator[Source]:
        yield _topic(self, handler)

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return name_on_aws(_topic(self, handler).name)

    def channel(self, handler: str) -> str:
        own = _own(handler) if self.sns_topic is None else self.sns_topic
        return f"{self.transport} {self.function} {spell(own)}"

    def _carried(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return _published(self, request, records)

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield from [(TOPIC, _own(handler))] if self.sns_topic is None else []


class ThroughSqs(S3):
    """Events that come through an SQS queue of the app's own."""

    namespace = delivery_kind = transport = "sqs"
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
        yield QUEUE_NAME, _own(handler)

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

    def _carried(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        return self._queue(request.handler).event(request.replace_payload({"Records": records}))

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

    def _carried(self, request: EventRequest, records: list[Any]) -> dict[str, Any]:
        from .samples import notification

        published = _published(self, request, records)
        return self._queue(request.handler).event(request.replace_payload(notification(published)))


class ThroughEventBridge(S3):
    """Events that come by a rule: the bucket's owner has turned EventBridge on."""

    namespace = transport = "rule"
    exclusive = True
    principal = "events.amazonaws.com"
    names_account = False

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return handler

    def subject(self, handler: str) -> object:
        return spell(Scoped(name=handler))

    def channel(self, handler: str) -> str:
        return f"{self.transport} {handler}"

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return f"rule/{name_on_aws(Scoped(name=handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        pattern = event_pattern(self.bucket, self.events, self.prefix or "", self.suffix or "")
        rule = {"name": Scoped(name=handler), "task_name": handler, "event_pattern": pattern}
        return {**super().arguments(handler), **rule}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield from super().names(handler)
        yield RULE, Scoped(name=handler)

    def event(self, request: EventRequest) -> dict[str, Any]:
        from .samples import bridged

        bucket = resolve(self.bucket, request.environ)
        event = bridged(bucket, self._first(), request.payload, request.environ, request.fields)
        return {"task_name": self.key(request.handler), "event": event}


def _own(handler: str) -> Scoped:
    """Returns the name of the topic and the queue that the app makes for a handler."""
    return Scoped(name=f"{handler}-s3")


def _published(trigger: S3, request: EventRequest, records: list[Any]) -> dict[str, Any]:
    """Returns the event of the topic through which a trigger's records come."""
    topic = Sns(topic_name=_own(request.handler) if trigger.sns_topic is None else trigger.sns_topic)
    return topic.event(request.replace_payload({"Records": records}, {"Subject": "Amazon S3 Notification"}))


def _topic(trigger: S3, handler: str) -> Source:
    if trigger.sns_topic is None:
        return Source(type="aws_sns_topic", name=_own(handler), owned=True)
    return Source(type="aws_sns_topic", name=trigger.sns_topic, owned=False)
