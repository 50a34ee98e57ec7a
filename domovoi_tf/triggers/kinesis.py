"""Kinesis data streams.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

from contextlib import suppress

from ..model.names import Variable
from ..model.trigger import Limit, spell
from ._shared.stream import REMEDIES as STREAM_REMEDIES
from ._shared.stream import Stream, identify_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.quota import QuotaUse
    from ..model.resource_type import ResourceType

#: The remedies for values of wrong types, by argument.
REMEDIES = {**STREAM_REMEDIES, "filters": 'Write filters=[{"data": {"kind": ["beer"]}}].'}


class Kinesis(Stream):
    """An event source mapping from a Kinesis data stream."""

    kind = "kinesis"
    noun = "Kinesis stream"
    limit: ClassVar = Limit(
        noun="Kinesis stream name",
        pattern="[A-Za-z0-9_.-]+",
        max_length=128,
        allowed="letters, digits, ., - and _",
    )
    resource = ("aws_kinesis_stream", "arn")
    arn_resource, service = "stream/{}", "kinesis"
    variable_format = (
        r"^arn:[^:]+:kinesis:[^:]+:[0-9]+:stream/[A-Za-z0-9_.-]+$",
        "ARN of a Kinesis stream",
    )
    # Without SubscribeToShard, which only consumers with enhanced fan-out need.
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

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.service_quotas import KINESIS_READERS

        yield KINESIS_READERS.count_for(f"the stream {spell(self.name)}")

    def sample(self) -> Any:
        from ._patterns.samples import match_filters

        return match_filters(self.filters, "data") or super().sample()

    def event(self, request: EventRequest) -> dict[str, Any]:
        from base64 import b64encode

        from ._patterns.samples import match_filters
        from ._shared.sample_envelope import (
            ACCOUNT,
            MILLISECONDS,
            drop_window_fields,
            format_message,
            get_region,
            make_arn,
            make_stream_event,
            merge_fields,
        )

        sequence = f"{request.number:056}"
        content = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": sequence,
            "data": b64encode(format_message(request.payload).encode()).decode(),
            "approximateArrivalTimestamp": MILLISECONDS / 1000,
        }
        values = {name: value for name, value in match_filters(self.filters).items() if name != "data"}
        key = self.key(request.handler, request.environ)
        record = {
            "kinesis": merge_fields(merge_fields(content, values), drop_window_fields(request.fields)),
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
        return make_stream_event(record, self.tumbling_window, request.fields)

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        name = self.key(handler, deployed).rpartition("/")[2]
        client("kinesis").put_record(StreamName=name, Data=payload.data, PartitionKey="domovoi-tf")
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
    bisect_batch_on_error: bool | None = None,
    on_failure: str | Variable | None = None,
    tumbling_window: int | None = None,
    per_record: bool = False,
    report_failures: bool = False,
    function: str = "",
    name: str | None = None,
) -> Kinesis:
    """Calls the handler with the records of a Kinesis data stream, whose data is encoded as base64.

    Args:
        stream_name: the name of the stream, ``scoped("name")``, or ``variable("name")`` for its ARN.
        batch_size: the maximum number of records in an event, 1 to 10,000 (default: AWS's default, 100).
        create: whether the app creates the stream, with on-demand capacity; otherwise it refers to an
            existing one by name.
        starting_position: the record to start from: ``TRIM_HORIZON`` (the oldest) or ``LATEST``.
        filters: at most 5 patterns; Lambda skips records that match none of them.
        maximum_batching_window: the maximum time in seconds to collect records for an event, 0 to 300.
        parallelization_factor: the number of batches of a shard that are handled concurrently, 1 to 10.
        maximum_retry_attempts: the number of retries, 0 to 10,000, after which Lambda discards a batch
            (default: AWS's default, -1 for no limit).
        maximum_record_age: the age in seconds, 60 to 604,800, at which Lambda discards records (default:
            AWS's default, -1 for no limit).
        bisect_batch_on_error: whether Lambda splits a failed batch in two before it retries (default: only
            with ``per_record`` and ``maximum_retry_attempts``, which require it).
        on_failure: the ARN of a standard SQS queue or SNS topic that receives a message for each discarded
            batch, or ``variable("name")`` for it.
        tumbling_window: the duration in seconds, 0 to 900, of windows in which events pass on the state that
            the handler returns.
        per_record: whether the handler receives one record at a time; the first record that fails and all
            after it are retried.
        report_failures: whether the handler of a batch returns the records that failed, as
            ``batchItemFailures``; the first of these and all after it are retried.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

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
        report_failures=report_failures,
        function=function,
        handler_name=name,
    )


declare = kinesis_stream_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the ARN and the name of the stream as keys, or none if the record is not from Kinesis."""
    return identify_stream(record, "aws:kinesis", ":stream/")
