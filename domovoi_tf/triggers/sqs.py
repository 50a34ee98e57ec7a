"""Event source mappings from SQS queues.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from ..model.names import Scoped, Variable, resolve
from ..model.trigger import Grant, Source, Trigger, spell
from ._queues.message_receives import find_message_group, find_receive_limit, is_last_receive
from ._queues.queue_attributes import (
    KMS_KEY,
    POLICY,
    QUEUE_ARN,
    QUEUE_NAME,
    check_attribute,
    check_fifo,
    convert_attributes,
    is_fifo,
    make_dead_letter_name,
    make_dead_letter_queue,
    make_queue,
)
from ._shared.event_source_mapping import (
    MAPPING_OUTPUTS,
    QUEUE_RANGES,
    QUEUE_REMEDIES,
    find_batch_problems,
    find_range_problems,
    find_receive_problems,
    find_receive_warnings,
    find_report_problems,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.resource_type import ResourceType
    from ..model.trigger import Limit

ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
#: The remedies for values of wrong types, by argument.
REMEDIES = QUEUE_REMEDIES
EACH_QUEUE = "of each SQS queue that the app owns or refers to, by name."


class Sqs(Trigger):
    """An event source mapping from an SQS queue."""

    queue_name: Name
    batch_size: int | None = None
    queue_attributes: Mapping[str, Any] | None = None
    create: bool = True
    maximum_batching_window: int | None = None
    maximum_concurrency: int | None = None
    filters: Sequence[Mapping[str, Any]] | None = None
    per_record: bool = False
    report_failures: bool = False
    max_receive_count: int | None = None

    kind, cost = "sqs", "nothing is lost: messages wait in the queue"
    ending, gap = "messages stay in the queue and expire there", "nobody reads for up to several minutes"
    queue_attributes_field, trigger_outputs = "queue_attributes", MAPPING_OUTPUTS
    source_outputs: ClassVar = {
        "queue_arns": ("aws_sqs_queue", "arn", f"ARN {EACH_QUEUE}"),
        "queue_urls": ("aws_sqs_queue", "url", f"URL {EACH_QUEUE}"),
    }
    variable_format = (f"^{QUEUE_ARN}$", "ARN of an SQS queue")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (*resources.QUEUE_RESOURCES, resources.MAPPING)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.queue_name, environ)

    def subject(self, handler: str) -> object:
        return spell(self.queue_name)

    def describe(self) -> str:
        return f"SQS queue {spell(self.queue_name)}"

    def source(self, handler: str) -> Source:
        needs = self._list_dead_letter_queues()
        arguments = convert_attributes(self.queue_attributes or {} if self._is_owned() else {})
        if needs:
            policy = {"deadLetterTargetArn": needs[0], "maxReceiveCount": self.max_receive_count}
            arguments["redrive_policy"] = policy
        if is_fifo(self.queue_name):
            arguments["fifo_queue"] = True
        companions = (POLICY,) if self._is_owned() else ()
        return make_queue(self.queue_name, self.create, arguments, needs, companions=companions)

    def grants(self, handler: str) -> Iterator[Grant]:
        yield Grant(concern="sqs", actions=ACTIONS, resource=self.source(handler))

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "maximum_batching_window": self.maximum_batching_window,
            "maximum_concurrency": self.maximum_concurrency,
            "filters": self.filters,
            "report_failures": bool(self.per_record or self.report_failures),
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield QUEUE_NAME, self.queue_name
        for queue in self._list_dead_letter_queues():
            yield QUEUE_NAME, queue.name
        key = (self.queue_attributes or {}).get("KmsMasterKeyId")
        if isinstance(key, (Scoped, Variable)):
            yield KMS_KEY, key

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._patterns.grammar import RECORDS, find_filter_problems

        yield from find_range_problems(self, QUEUE_RANGES)
        yield from find_batch_problems(self, is_fifo(self.queue_name))
        yield from find_report_problems(self)
        yield from find_filter_problems(self.filters, RECORDS[self.kind])
        for name, value in (self.queue_attributes or {}).items():
            yield from self._check_attribute(name, value)
        for name in ("queue_attributes", "max_receive_count"):
            if getattr(self, name) and not self._is_owned():
                yield (
                    f"{name} needs a queue that the app creates, and {spell(self.queue_name)} exists already",
                    f"Leave {name} out, or let the app create the queue: create=True and a name.",
                )

    def warnings(self) -> Iterator[str]:
        if self.makes_wait() and not self._is_owned():
            yield from find_receive_warnings(spell(self.queue_name))

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        visibility = arguments.get("visibility_timeout_seconds")
        if visibility is not None and visibility < timeout:
            yield (
                f"VisibilityTimeout is {visibility}, less than the function's timeout of {timeout} seconds",
                f"Use at least {timeout}, or leave it out: the default is six times the function's timeout.",
            )
        if self.makes_wait() and self._is_owned() and "redrive_policy" not in self.source("").arguments:
            yield from find_receive_problems(spell(self.queue_name), arguments)

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        from ..runtime.batch import wrap_batches

        limit = self._find_receive_limit()
        return wrap_batches(
            handler,
            self,
            "messageId",
            get_id=lambda record: record.get("messageId"),
            get_group=find_message_group,
            is_final=lambda record: is_last_receive(record, limit),
        )

    def makes_wait(self) -> bool:
        """Whether messages of a batch can wait for a failed one."""
        return self.per_record and is_fifo(self.queue_name) and self.batch_size != 1

    def sample(self) -> Any:
        from ._patterns.samples import match_filters

        return match_filters(self.filters, "body") or super().sample()

    def event(self, request: EventRequest) -> dict[str, Any]:
        from hashlib import md5

        from ._patterns.samples import match_filters
        from ._shared.sample_envelope import (
            format_message,
            get_region,
            make_arn,
            make_id,
            make_message_attributes,
            merge_fields,
        )

        body = format_message(request.payload)
        queue = make_arn(request.environ, "sqs", resolve(self.queue_name, request.environ))
        record = {
            "messageId": make_id(request.number),
            "receiptHandle": "EXAMPLE",
            "body": body,
            "attributes": make_message_attributes(queue, request.number),
            "messageAttributes": {},
            "md5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue,
            "awsRegion": get_region(request.environ),
        }
        values = {name: value for name, value in match_filters(self.filters).items() if name != "body"}
        return {"Records": [merge_fields(merge_fields(record, values), request.fields)]}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        sqs = client("sqs")
        name = resolve(self.queue_name, deployed).rpartition(":")[2]
        options = {}
        if name.endswith(".fifo"):
            from uuid import uuid4

            options = {"MessageGroupId": "domovoi-tf", "MessageDeduplicationId": str(uuid4())}
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=payload.text, **options)
        return f"sent to {url}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.queue_name, Variable):
            attributes = {"FifoQueue": "true"} if is_fifo(self.queue_name) else {}
            client("sqs").create_queue(QueueName=resolve(self.queue_name, deployed), Attributes=attributes)

    def _is_owned(self) -> bool:
        return self.create and not isinstance(self.queue_name, Variable)

    def _find_receive_limit(self) -> int | None:
        count = self.max_receive_count or find_receive_limit(self.queue_attributes or {})
        return count if self._is_owned() else None

    def _list_dead_letter_queues(self) -> tuple[Source, ...]:
        name = make_dead_letter_name(self.queue_name)
        return (make_dead_letter_queue(name),) if name and self.create and self.max_receive_count else ()

    def _check_attribute(self, name: str, value: object) -> Iterator[tuple[str, str]]:
        yield from check_attribute(name, value)
        if name == "FifoQueue":
            yield from check_fifo(value, self.queue_name)
        if name == "RedrivePolicy" and self.max_receive_count:
            yield (
                "queue_attributes has a RedrivePolicy, and max_receive_count sets one too",
                "Leave one of them out.",
            )


def sqs_queue_subscriber(
    queue_name: Name,
    batch_size: int | None = None,
    queue_attributes: Mapping[str, Name | Any] | None = None,
    *,
    create: bool = True,
    maximum_batching_window: int | None = None,
    maximum_concurrency: int | None = None,
    filters: Sequence[Mapping[str, Any]] | None = None,
    per_record: bool = False,
    report_failures: bool = False,
    max_receive_count: int | None = None,
    function: str = "",
    name: str | None = None,
) -> Sqs:
    """Calls the handler with the messages of an SQS queue.

    Args:
        queue_name: the name of the queue, ``scoped("name")``, or ``variable("name")`` for its ARN.
        batch_size: the maximum number of messages in an event, 1 to 10,000 (default: AWS's default, 10).
        queue_attributes: the attributes of the queue by their names on AWS, such as ``VisibilityTimeout``.
        create: whether the app creates the queue; otherwise it refers to an existing one by name.
        maximum_batching_window: the maximum time in seconds to collect messages for an event, 0 to 300.
        maximum_concurrency: the maximum number of concurrent invocations, 2 to 1,000.
        filters: at most 5 patterns; Lambda deletes messages that match none of them.
        per_record: whether the handler receives one message at a time; only messages that fail are retried,
            on a FIFO queue together with the messages after them in their group.
        report_failures: whether the handler of a batch returns the messages that failed, as
            ``batchItemFailures``; only these are retried.
        max_receive_count: the number of receives, 1 to 1,000, after which SQS moves a message to
            ``<queue>-dead-letters``; waiting for a failed message of the same group counts too.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
    """
    return Sqs(
        queue_name=queue_name,
        batch_size=batch_size,
        queue_attributes=queue_attributes,
        create=create,
        maximum_batching_window=maximum_batching_window,
        maximum_concurrency=maximum_concurrency,
        filters=filters,
        per_record=per_record,
        report_failures=report_failures,
        max_receive_count=max_receive_count,
        function=function,
        handler_name=name,
    )


declare = sqs_queue_subscriber


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the ARN and the name of the queue as keys, or none if the record is not from SQS."""
    arn = record.get("eventSourceARN") if record.get("eventSource") == "aws:sqs" else None
    return (arn, arn.rpartition(":")[2]) if isinstance(arn, str) else ()
