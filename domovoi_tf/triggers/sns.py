"""Subscriptions to SNS topics.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from __future__ import annotations

from ..model.names import Variable, resolve
from ..model.trigger import Limit, Source, Trigger, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.resource_type import ResourceType

TOPIC = Limit(
    noun="SNS topic name",
    pattern=r"[A-Za-z0-9_-]+(\.fifo)?",
    max_length=256,
    allowed="letters, digits, - and _",
)
SCOPES = ("MessageAttributes", "MessageBody")
#: The remedies for values of wrong types, by argument.
REMEDIES = {
    "filter_policy": 'Write filter_policy={"kind": ["beer"]}.',
    "filter_policy_scope": f"Use {' or '.join(SCOPES)}.",
}


class Sns(Trigger):
    """A subscription to an SNS topic."""

    topic_name: Name
    create: bool = True
    filter_policy: Mapping[str, Any] | None = None
    filter_policy_scope: str | None = None

    kind = "sns"
    cost = "messages that are published in between are lost"
    ending = "further messages do not reach the handler"
    principal = "sns.amazonaws.com"
    source_outputs: ClassVar = {
        "topic_arns": (
            "aws_sns_topic",
            "arn",
            "ARN of each SNS topic that the app owns or refers to, by name.",
        )
    }
    variable_format = (r"^arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+$", "ARN of an SNS topic")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._owners.resource_types import TOPIC_POLICY
        from ._shared import resources

        return (resources.TOPIC, TOPIC_POLICY, resources.SUBSCRIPTION, resources.PERMISSION)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.topic_name, environ)

    def subject(self, handler: str) -> object:
        return spell(self.topic_name)

    def describe(self) -> str:
        return f"SNS topic {spell(self.topic_name)}"

    def source(self, handler: str) -> Source:
        return Source(
            type="aws_sns_topic",
            name=self.topic_name,
            owned=self.create,
            service="sns",
            companions=("aws_sns_topic_policy",) if self.create else (),
        )

    def arguments(self, handler: str) -> dict[str, Any]:
        return {"filter_policy": self.filter_policy, "filter_policy_scope": self.filter_policy_scope}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [(TOPIC, self.topic_name)]

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._patterns.grammar import find_filter_policy_problems
        from ._queues.queue_attributes import is_fifo

        # https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html
        if is_fifo(self.topic_name) and not spell(self.topic_name).startswith("arn:"):
            topic = repr(self.topic_name) if isinstance(self.topic_name, str) else spell(self.topic_name)
            yield (
                f"the FIFO topic {topic} cannot invoke a Lambda function",
                "Subscribe an SQS queue to it and handle the queue, or use a standard topic.",
            )
        if self.filter_policy_scope not in (None, *SCOPES):
            yield f"filter_policy_scope is {self.filter_policy_scope!r}", REMEDIES["filter_policy_scope"]
        if self.filter_policy_scope and self.filter_policy is None:
            yield (
                "filter_policy_scope has no effect without filter_policy",
                "Add filter_policy, or leave filter_policy_scope out.",
            )
        if self.filter_policy is not None:
            nested = self.filter_policy_scope == "MessageBody"
            yield from find_filter_policy_problems(self.filter_policy, nested)

    def sample(self) -> Any:
        from ._patterns.samples import make_match

        in_body = self.filter_policy_scope == "MessageBody"
        return make_match(self.filter_policy or {}) if in_body else super().sample()

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import TIME, format_message, get_region, make_arn, make_id, merge_fields

        topic = make_arn(request.environ, "sns", resolve(self.topic_name, request.environ))
        pages = f"https://sns.{get_region(request.environ)}.amazonaws.com/"
        message = {
            "SignatureVersion": "1",
            "Timestamp": f"{TIME}.000Z",
            "Signature": "EXAMPLE",
            "SigningCertUrl": f"{pages}SimpleNotificationService-0.pem",
            "MessageId": make_id(request.number),
            "Message": format_message(request.payload),
            "MessageAttributes": self._make_attributes(),
            "Type": "Notification",
            "UnsubscribeUrl": f"{pages}?Action=Unsubscribe&SubscriptionArn={topic}:{make_id(0)}",
            "TopicArn": topic,
            "Subject": None,
        }
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": f"{topic}:{make_id(0)}",
            "EventSource": "aws:sns",
            "Sns": merge_fields(message, request.fields),
        }
        return {"Records": [record]}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        sns = client("sns")
        topic = resolve(self.topic_name, deployed)
        if not isinstance(self.topic_name, Variable):
            arns = [arn for arn in _list_topics(sns) if arn.endswith(f":{topic}")]
            if not arns:
                raise LookupError(topic)
            topic = arns[0]
        sns.publish(TopicArn=topic, Message=payload.text)
        return f"published to {topic}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.topic_name, Variable):
            client("sns").create_topic(Name=resolve(self.topic_name, deployed))

    def _make_attributes(self) -> dict[str, dict[str, str]]:
        """Returns message attributes that pass the filter policy."""
        from ._patterns.samples import make_match

        values = {} if self.filter_policy_scope == "MessageBody" else make_match(self.filter_policy or {})
        return {
            name: {"Type": "String" if isinstance(value, str) else "Number", "Value": str(value)}
            for name, value in values.items()
        }


def sns_topic_subscriber(
    topic_name: Name,
    *,
    create: bool = True,
    filter_policy: Mapping[str, Any] | None = None,
    filter_policy_scope: str | None = None,
    function: str = "",
    name: str | None = None,
) -> Sns:
    """Calls the handler with the messages of an SNS topic.

    Args:
        topic_name: the name of the topic, ``scoped("name")``, or ``variable("name")`` for its ARN.
        create: whether the app creates the topic; otherwise it refers to an existing one by name.
        filter_policy: a filter policy; SNS delivers only the messages that match it.
        filter_policy_scope: the part of a message to match, ``MessageAttributes`` (the default of SNS) or
            ``MessageBody``.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
    """
    return Sns(
        topic_name=topic_name,
        create=create,
        filter_policy=filter_policy,
        filter_policy_scope=filter_policy_scope,
        function=function,
        handler_name=name,
    )


declare = sns_topic_subscriber


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the ARN and the name of the topic as keys, or none if the record is not from SNS."""
    message = record.get("Sns")
    arn = message.get("TopicArn") if isinstance(message, dict) else None
    return (arn, arn.rpartition(":")[2]) if isinstance(arn, str) else ()


def _list_topics(sns: Any) -> Iterator[str]:
    for page in sns.get_paginator("list_topics").paginate():
        yield from (topic["TopicArn"] for topic in page["Topics"])
