"""Kinesis data streams.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

from contextlib import suppress

from ..model.names import Variable
from ..model.trigger import Limit
from ._shared.stream import Stream, keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.names import Name
    from ..model.trigger import EventRequest, ResourceType


class Kinesis(Stream):
    """A mapping from a data stream."""

    kind = "kinesis"
    what = "Kinesis stream"
    limit: ClassVar = Limit(
        noun="Kinesis stream name",
        pattern="[A-Za-z0-9_.-]+",
        max_length=128,
        allowed="letters, digits, ., - and _",
    )
    resource = ("aws_kinesis_stream", "arn")
    arn_resource = "stream/{}"
    variable_format = (
        r"^arn:[^:]+:kinesis:[^:]+:[0-9]+:stream/[A-Za-z0-9_.-]+$",
        "ARN of a Kinesis stream",
    )
    # Not SubscribeToShard, which is for a consumer of its own (enhanced fan-out).
    # https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
    actions = (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    )
    sequence_number = ("kinesis", "sequenceNumber")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.MAPPING, resources.DATA_STREAM)

    def sample(self) -> Any:
        from ._patterns.samples import of_filters

        return of_filters(self.filters, "data") or super().sample()

    def event(self, request: EventRequest) -> dict[str, Any]:
        from base64 import b64encode

        from ._patterns.samples import of_filters
        from ._shared.sample_envelope import (
            ACCOUNT,
            MILLISECONDS,
            format_message,
            get_region,
            make_arn,
            merge_fields,
        )

        sequence = f"{request.number:056}"
        inside = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": sequence,
            "data": b64encode(format_message(request.payload).encode()).decode(),
            "approximateArrivalTimestamp": MILLISECONDS / 1000,
        }
        wanted = {name: value for name, value in of_filters(self.filters).items() if name != "data"}
        key = self.key(request.handler, request.environ)
        record = {
            "kinesis": merge_fields(merge_fields(inside, wanted), request.fields),
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"shardId-000000000000:{sequence}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/role",
            "awsRegion": get_region(request.environ),
            "eventSourceARN": key
            if key.startswith("arn:")
            else make_arn(request.environ, "kinesis", f"stream/{key}"),
        }
        return {"Records": [record]}

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        name = self.key(handler, deployed).rpartition("/")[2]
        client("kinesis").put_record(StreamName=name, Data=data.encode(), PartitionKey="domovoi-tf")
        return f"put a record into {name}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.name, Variable):
            kinesis = client("kinesis")
            with suppress(kinesis.exceptions.ResourceInUseException):
                mode = {"StreamMode": "ON_DEMAND"}
                kinesis.create_stream(StreamName=self.key("", deployed), StreamModeDetails=mode)


def kinesis_stream_handler(
    stream_name: Name,
    batch_size: int | None = None,
    *,
    create: bool = False,
    starting_position: str = "TRIM_HORIZON",
    filters: Sequence[Mapping[str, Any]] | None = None,
    maximum_batching_window: int | None = None,
    parallelization_factor: int | None = None,
    maximum_retry_attempts: int | None = None,
    maximum_record_age: int | None = None,
    bisect_batch_on_error: bool = False,
    on_failure: str | Variable | None = None,
    tumbling_window: int | None = None,
    per_record: bool = False,
    function: str = "",
) -> Kinesis:
    """Calls the handler with the records of a Kinesis data stream, whose data is base64.

    Args:
        stream_name: the stream's name, ``scoped("name")``, or ``variable("name")`` that holds its ARN.
        batch_size: the most records in an event; AWS's default is 100.
        create: whether the app owns the stream, with capacity on demand; if not, it is looked up by name.
        starting_position: ``TRIM_HORIZON`` (from the oldest record) or ``LATEST``.
        filters: only records that match one of these patterns are handled.
        maximum_batching_window: for how many seconds records are gathered.
        parallelization_factor: how many batches of a shard are handled at a time.
        maximum_retry_attempts: after so many attempts a batch is discarded; -1 for no limit, AWS's default.
        maximum_record_age: records older than so many seconds are discarded; -1 for no limit, AWS's default.
        bisect_batch_on_error: whether a batch that failed is split in two.
        on_failure: the ARN of an SQS queue or SNS topic that is told of what is discarded, or a variable.
        tumbling_window: for how many seconds the handler's state is handed on from event to event.
        per_record: whether the handler gets one record at a time; those from the first failure come again.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
    """
    return Kinesis(
        name=stream_name,
        batch_size=batch_size,
        create=create,
        starting_position=starting_position,
        filters=filters,
        maximum_batching_window=maximum_batching_window,
        parallelization_factor=parallelization_factor,
        maximum_retry_attempts=maximum_retry_attempts,
        maximum_record_age=maximum_record_age,
        bisect_batch_on_error=bisect_batch_on_error,
        on_failure=on_failure,
        tumbling_window=tumbling_window,
        per_record=per_record,
        function=function,
    )


declare = kinesis_stream_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the stream's ARN and name, or nothing where the record is not from Kinesis."""
    return keys(record, "kinesis", "stream")
