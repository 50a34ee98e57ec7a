"""DynamoDB streams, whose records are changes to the items of a table.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import json
from contextlib import suppress

from ..errors import DomovoiError
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
REMEDIES = {**STREAM_REMEDIES, "filters": 'Write filters=[{"eventName": ["INSERT"]}].'}


class Dynamodb(Stream):
    """An event source mapping from a table's stream. The app does not create tables, which hold data."""

    kind = "dynamodb"
    noun = "DynamoDB table"
    limit: ClassVar = Limit(
        noun="DynamoDB table name",
        pattern="[A-Za-z0-9_.-]+",
        min_length=3,
        max_length=255,
        allowed="letters, digits, ., - and _",
    )
    resource = ("aws_dynamodb_table", "stream_arn")
    arn_resource = "table/{}/stream/2026-01-01T00:00:00.000"  # the name of a stream is its creation time
    variable_format = (
        r"^arn:[^:]+:dynamodb:[^:]+:[0-9]+:table/[A-Za-z0-9_.-]+/stream/.+$",
        "ARN of a DynamoDB table's stream",
    )
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
    actions = (
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    )
    sequence_number = ("dynamodb", "SequenceNumber")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.MAPPING,)

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.service_quotas import DYNAMODB_READERS

        yield DYNAMODB_READERS.count_for(f"the stream of the table {spell(self.name)}")

    def sample(self) -> Any:
        from ._patterns.samples import match_filters

        change = match_filters(self.filters, "dynamodb")
        images = [change[name] for name in ("NewImage", "OldImage", "Keys") if name in change]
        return {
            "id": "1",
            **{name: _decode_attribute(value) for image in images[:1] for name, value in image.items()},
        }

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._patterns.samples import match_filters
        from ._shared.sample_envelope import (
            MILLISECONDS,
            TIME,
            drop_window_fields,
            get_region,
            make_arn,
            make_stream_event,
            merge_fields,
        )

        values = {name: value for name, value in match_filters(self.filters).items() if name != "dynamodb"}
        name = request.fields.get("eventName", values.get("eventName", "INSERT"))
        item = _encode_item(request.payload)
        key = self.key(request.handler, request.environ)
        stream = f"table/{key}/stream/{TIME}.000"
        images = {"INSERT": ("NewImage",), "MODIFY": ("NewImage", "OldImage"), "REMOVE": ("OldImage",)}
        change = {
            "ApproximateCreationDateTime": MILLISECONDS // 1000,
            "Keys": {
                first: item[first] for first in ["id" if "id" in item else next(iter(item), "")] if first
            },
            **dict.fromkeys(images.get(name, ()), item),
            "SequenceNumber": f"{request.number:021}",
            "SizeBytes": len(json.dumps(item)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        record = {
            "eventID": f"{request.number:032x}",
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": get_region(request.environ),
            "dynamodb": change,
            "eventSourceARN": key
            if key.startswith("arn:")
            else make_arn(request.environ, "dynamodb", stream),
        }
        record = merge_fields(merge_fields(record, values), drop_window_fields(request.fields))
        return make_stream_event(record, self.tumbling_window, request.fields)

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        from decimal import Decimal

        dynamodb, item = client("dynamodb"), json.loads(payload.json, parse_float=Decimal)
        name = self._get_table_name(deployed)
        table = dynamodb.describe_table(TableName=name)["Table"]
        types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
        keys = {each["AttributeName"]: types[each["AttributeName"]] for each in table["KeySchema"]}
        attributes = (
            {key: _encode_attribute(value) for key, value in item.items()} if isinstance(item, dict) else {}
        )
        for key, type_ in keys.items():
            if type_ not in attributes.get(key, ()):
                raise DomovoiError(
                    f"The payload has no {key!r} of type {type_}, which is a key of the table {name}.",
                    'Add all keys: S is a string, N a number, as in \'{"id": "1", "beer": 2}\'.',
                )
        dynamodb.put_item(TableName=name, Item=attributes)
        return f"put an item into {name}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if isinstance(self.name, Variable):
            return
        dynamodb = client("dynamodb")
        with suppress(dynamodb.exceptions.ResourceInUseException):
            dynamodb.create_table(
                TableName=self._get_table_name(deployed),
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )

    def _get_table_name(self, deployed: Mapping[str, str]) -> str:
        key = self.key("", deployed)
        return key.partition(":table/")[2].partition("/")[0] or key


def dynamodb_stream_handler(
    table_name: Name,
    batch_size: int | None = None,
    *,
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
) -> Dynamodb:
    """Calls the handler with changes to the items of an existing DynamoDB table that has a stream.

    Args:
        table_name: the name of the table, ``scoped("name")``, or ``variable("name")`` for the ARN of its
            stream.
        batch_size: the maximum number of records in an event, 1 to 10,000 (default: AWS's default, 100).
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

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    """
    return Dynamodb(
        name=table_name,
        batch_size=batch_size,
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


declare = dynamodb_stream_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the ARN of the stream and the name of the table as keys, or none for other records."""
    return identify_stream(record, "aws:dynamodb", ":table/")


def _encode_item(payload: Any) -> dict[str, Any]:
    """Returns an item as DynamoDB attribute values.

    Raises:
        DomovoiError: the payload is not a dict.
    """
    if not isinstance(payload, dict):
        raise DomovoiError(
            f"The payload is {payload!r}, which is not an item of a table.",
            'Write the item as a dict of attributes, such as {"id": "1", "beer": 2}.',
        )
    return {name: _encode_attribute(value) for name, value in payload.items()}


def _decode_attribute(value: Any) -> Any:
    """Returns the plain value of a DynamoDB attribute value; reverses ``_encode_attribute``."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((type_, content),) = value.items()
    if type_ == "N":
        return json.loads(content)
    if type_ == "M":
        return {name: _decode_attribute(each) for name, each in content.items()}
    if type_ == "L":
        return [_decode_attribute(each) for each in (content if isinstance(content, list) else [content])]
    return None if type_ == "NULL" else content


def _encode_attribute(value: Any) -> dict[str, Any]:
    """Returns a JSON value as a DynamoDB attribute value.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [_encode_attribute(each) for each in value]}
    if isinstance(value, dict):
        return {"M": {name: _encode_attribute(each) for name, each in value.items()}}
    return {"N": str(value)}
