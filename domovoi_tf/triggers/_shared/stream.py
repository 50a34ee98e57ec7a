"""Event source mappings from DynamoDB streams and Kinesis data streams, which keep their records in order.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import re

from ...model.names import Variable, resolve
from ...model.trigger import Grant, Limit, Source, Trigger, spell
from .event_source_mapping import (
    MAPPING_OUTPUTS,
    describe_ranges,
    find_discard_problems,
    find_discard_warnings,
    find_range_problems,
    find_report_problems,
    has_retry_limit,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ...model.names import Name
    from ...model.resource_type import Fate

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
AGE_REMEDY = f"Use a whole number of seconds from {AGES[0]} to {AGES[-1]}, or -1 for no limit."
DESTINATION_REMEDY = f'Use the {DESTINATION.noun}, or pass it from Terraform with variable("...").'
#: The remedies for values of wrong types, by argument.
REMEDIES = {
    **describe_ranges(RANGES),
    "maximum_record_age": AGE_REMEDY,
    "on_failure": DESTINATION_REMEDY,
}


def describe_restart(starting_position: str) -> str:
    """Returns what a new mapping reads again, or does not read.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#services-dynamodb-stream-starting-positions
    """
    if starting_position == "LATEST":
        return "the new mapping starts at LATEST: records that arrive before it works are not read"
    kept = "the records that the stream keeps (24 hours by default)"
    return f"the new mapping starts at {starting_position}: {kept} are read again"


class Stream(Trigger):
    """An event source mapping from a stream.

    ``name`` is the name of the table or the data stream, or a variable for the stream's ARN.
    """

    name: Name
    batch_size: int | None = None
    create: bool = False
    starting_position: str = "TRIM_HORIZON"
    filters: Sequence[Mapping[str, Any]] | None = None
    maximum_batching_window: int | None = None
    parallelization_factor: int | None = None
    maximum_retry_attempts: int | None = None
    maximum_record_age: int | None = None
    bisect_batch_on_error: bool | None = None
    on_failure: str | Variable | None = None
    tumbling_window: int | None = None
    per_record: bool = False
    report_failures: bool = False

    gap = "nobody reads for up to several minutes"
    trigger_outputs: ClassVar = MAPPING_OUTPUTS
    #: The kind of source in words, and the constraints of its name.
    noun: ClassVar[str] = ""
    limit: ClassVar[Limit]
    #: The Terraform type of the source, and the attribute that has the stream's ARN.
    resource: ClassVar[tuple[str, str]]
    #: The resource part of the stream's ARN, with {} for the name.
    arn_resource: ClassVar[str]
    #: The service in the stream's ARN, if that follows from the name.
    service: ClassVar[str] = ""
    #: The actions on the stream that the execution role needs.
    actions: ClassVar[tuple[str, ...]]
    #: The object of a record that has the sequence number, and the number's field.
    sequence_number: ClassVar[tuple[str, str]]

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return resolve(self.name, environ)

    def subject(self, handler: str) -> object:
        return spell(self.name)

    def describe(self) -> str:
        return f"{self.noun} {spell(self.name)}"

    def source(self, handler: str) -> Source:
        type_, attribute = self.resource
        return Source(
            type=type_,
            name=self.name,
            owned=self.create,
            attribute=attribute,
            service=self.service,
            arn_resource=self.arn_resource,
        )

    def replacement_cost(self) -> str:
        return describe_restart(self.starting_position)

    @classmethod
    def explain_loss(cls, values: Mapping[str, Any], fate: Fate) -> str:
        if fate == "destroyed":
            return "further records are not read, and the position in the stream is forgotten"
        restart = describe_restart(str(values["starting_position"]))
        return f"{restart} ({cls.gap})" if fate == "replaced" else restart

    def grants(self, handler: str) -> Iterator[Grant]:
        yield Grant(concern=self.kind, actions=self.actions, resource=self.source(handler))
        if self.on_failure is not None:
            # A variable may be the ARN of a topic or a queue; the action that does not fit has no effect.
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
            "bisect_batch_on_error": self._splits_batches(),
            "on_failure": self.on_failure,
            "tumbling_window": self.tumbling_window,
            "filters": self.filters,
            "report_failures": bool(self.per_record or self.report_failures),
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield self.limit, self.name
        if isinstance(self.on_failure, Variable):
            yield DESTINATION, self.on_failure

    def problems(self) -> Iterator[tuple[str, str]]:
        from .._patterns.grammar import RECORDS, find_filter_problems

        yield from find_range_problems(self, RANGES)
        age = self.maximum_record_age
        if age is not None and age != -1 and age not in AGES:
            yield f"maximum_record_age is {age!r}", AGE_REMEDY
        if self.starting_position not in POSITIONS:
            yield f"starting_position is {self.starting_position!r}", f"Use {' or '.join(POSITIONS)}."
        yield from find_filter_problems(self.filters, RECORDS[self.kind])
        yield from self._check_window()
        yield from find_report_problems(self)
        yield from find_discard_problems(self)
        yield from self._check_destination()

    def warnings(self) -> Iterator[str]:
        if self.tumbling_window and self.parallelization_factor not in (None, 1):
            yield (
                "tumbling_window passes state from batch to batch, which parallel batches do not share: "
                "leave parallelization_factor at 1"
            )
        yield from find_discard_warnings(self)

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        from ...runtime.batch import wrap_batches

        field, name = self.sequence_number
        return wrap_batches(
            handler,
            self,
            f"{field}.{name}",
            get_id=lambda record: record[field].get(name) if isinstance(record.get(field), dict) else None,
            get_group=lambda record: self.kind,  # the records of a batch are of one shard
            splits=self._splits_batches(),
        )

    def _splits_batches(self) -> bool:
        if self.bisect_batch_on_error is None:
            return self.per_record and has_retry_limit(self)
        return self.bisect_batch_on_error

    def _check_window(self) -> Iterator[tuple[str, str]]:
        if self.tumbling_window and self.per_record:
            yield (
                "per_record and tumbling_window exclude each other",
                "Leave one of them out: the handler of a window receives a batch and returns its state.",
            )

    def _check_destination(self) -> Iterator[tuple[str, str]]:
        arn = self.on_failure
        if not isinstance(arn, str):
            return
        if not re.fullmatch(DESTINATION.pattern, arn.removesuffix(".fifo")):
            yield f"on_failure is {arn!r}", DESTINATION_REMEDY
        elif arn.endswith(".fifo"):
            noun = "queue" if ":sqs:" in arn else "topic"
            yield (
                f"on_failure is the FIFO {noun} {arn!r}",
                f"Use the ARN of a standard {noun}: Lambda sends no failures to FIFO queues and topics.",
            )


def identify_stream(record: Mapping[str, Any], source: str, separator: str) -> tuple[str, ...]:
    """Returns the ARN of a stream and the name of its source as keys, or none if a record is of another kind.

    Args:
        record: a record of a batch.
        source: the event source of the record.
        separator: the part of the ARN before the name: ``:table/`` or ``:stream/``.
    """
    arn = record.get("eventSourceARN") if record.get("eventSource") == source else None
    if not isinstance(arn, str):
        return ()
    return (arn, arn.partition(separator)[2].partition("/")[0])
