"""Streams, which keep their records in order: of changes in a DynamoDB table, and of Kinesis.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import re

from ...model.names import Scoped, Variable, resolve
from ...model.trigger import Grant, Limit, Source, Trigger, spell
from .event_source_mapping import find_range_problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ...model.names import Name

#: https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html
DESTINATION = Limit(
    noun="ARN of a standard SQS queue or SNS topic",
    pattern=r"arn:[^:]+:(sqs|sns):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+",
    max_length=350,
    allowed="an ARN",
)
SEND = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}
POSITIONS = ("TRIM_HORIZON", "LATEST")
RANGES = {
    "batch_size": range(1, 10001),
    "maximum_batching_window": range(301),
    "parallelization_factor": range(1, 11),
    "maximum_retry_attempts": range(-1, 10001),
    "tumbling_window": range(901),
}
AGES = range(60, 604801)


class Stream(Trigger):
    """A mapping from a stream. ``name`` is the table's or the stream's own, or a variable with its ARN."""

    name: Name
    batch_size: int | None = None
    create: bool = False
    starting_position: str = "TRIM_HORIZON"
    filters: Sequence[Mapping[str, Any]] | None = None
    maximum_batching_window: int | None = None
    parallelization_factor: int | None = None
    maximum_retry_attempts: int | None = None
    maximum_record_age: int | None = None
    bisect_batch_on_error: bool = False
    on_failure: str | Variable | None = None
    tumbling_window: int | None = None
    per_record: bool = False

    #: What the source is called, and what AWS accepts as its name.
    what: ClassVar[str] = ""
    limit: ClassVar[Limit]
    #: Terraform's type of the source, and its attribute that is the stream's ARN.
    resource: ClassVar[tuple[str, str]]
    #: The resource part of the stream's ARN, with {} for the name.
    arn_resource: ClassVar[str]
    #: What the role must be allowed on the stream.
    actions: ClassVar[tuple[str, ...]]
    #: Where a record keeps its sequence number.
    sequence_number: ClassVar[tuple[str, str]]

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.name, environ)

    def subject(self, handler: str) -> object:
        return spell(self.name)

    def describe(self) -> str:
        return f"{self.what} {spell(self.name)}"

    def source(self, handler: str) -> Source:
        type_, attribute = self.resource
        return Source(
            type=type_, name=self.name, owned=self.create, attribute=attribute, arn_resource=self.arn_resource
        )

    def grants(self, handler: str) -> Iterator[Grant]:
        yield Grant(concern=self.kind, actions=self.actions, resource=self.source(handler))
        if self.on_failure is not None:
            # A variable may hold the ARN of either, and only one of both actions can apply to it.
            arn = self.on_failure if isinstance(self.on_failure, str) else ""
            actions = tuple(action for name, action in SEND.items() if not arn or f":{name}:" in arn)
            yield Grant(concern="on_failure", actions=actions, resource=self.on_failure)

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "starting_position": self.starting_position,
            "batch_size": self.batch_size,
            "maximum_batching_window": self.maximum_batching_window,
            "parallelization_factor": self.parallelization_factor,
            "maximum_retry_attempts": self.maximum_retry_attempts,
            "maximum_record_age": self.maximum_record_age,
            "bisect_batch_on_error": self.bisect_batch_on_error,
            "on_failure": self.on_failure,
            "tumbling_window": self.tumbling_window,
            "filters": self.filters,
            "per_record": self.per_record,
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield self.limit, self.name
        if isinstance(self.on_failure, Variable):
            yield DESTINATION, self.on_failure

    def problems(self) -> Iterator[tuple[str, str]]:
        from .._patterns.grammar import RECORDS, filter_problems

        yield from find_range_problems(self, RANGES)
        age = self.maximum_record_age
        if age is not None and not (type(age) is int and (age == -1 or age in AGES)):
            yield (
                f"maximum_record_age is {age!r}",
                f"AWS takes {AGES[0]} to {AGES[-1]}, or -1 for no limit.",
            )
        if self.starting_position not in POSITIONS:
            yield f"starting_position is {self.starting_position!r}", f"Use one of {', '.join(POSITIONS)}."
        yield from filter_problems(self.filters, RECORDS[self.kind])
        yield from self._window_problems()
        yield from self._destination_problems()

    def warnings(self) -> Iterator[str]:
        if self.tumbling_window and self.parallelization_factor not in (None, 1):
            yield "a tumbling_window passes its state from batch to batch: leave parallelization_factor at 1"

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        if not self.per_record:
            return handler
        from ...runtime.batch import wrap_per_record

        inside, name = self.sequence_number
        return wrap_per_record(
            handler,
            f"{inside}.{name}",
            lambda record: record[inside].get(name) if isinstance(record.get(inside), dict) else None,
            lambda record: True,
        )

    def _window_problems(self) -> Iterator[tuple[str, str]]:
        if self.tumbling_window and self.per_record:
            yield (
                "per_record has no place for the state of a tumbling_window",
                "Leave one of them out: the handler of a window gets the batch and returns the state.",
            )

    def _destination_problems(self) -> Iterator[tuple[str, str]]:
        given: object = self.on_failure
        if given is None or isinstance(given, Variable):
            return
        if isinstance(given, str) and re.fullmatch(DESTINATION.pattern, given.removesuffix(".fifo")):
            if given.endswith(".fifo"):
                what = "queue" if ":sqs:" in given else "topic"
                yield (
                    f"on_failure is the FIFO {what} {given!r}",
                    f"Lambda sends failures to standard queues and topics only: give another {what}'s ARN.",
                )
            return
        yield (
            f"on_failure is {spell(given) if isinstance(given, Scoped) else repr(given)}",
            f'Give the {DESTINATION.noun}, or pass it from Terraform with variable("...").',
        )


def keys(record: Mapping[str, Any], service: str, resource: str) -> tuple[str, ...]:
    """Returns a stream's ARN and its table's or own name, or nothing where a record is not from such a one.

    Args:
        record: a record of a batch.
        service: the service that the record must come from, as its ARNs name it.
        resource: what comes before the name in its ARNs.
    """
    arn = record.get("eventSourceARN") if record.get("eventSource") == f"aws:{service}" else None
    if not isinstance(arn, str):
        return ()
    return (arn, arn.partition(f":{resource}/")[2].partition("/")[0])
