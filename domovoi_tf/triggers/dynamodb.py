"""DynamoDB streams: changes in the items of a table.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import json
from contextlib import suppress

from ..errors import DomovoiError
from ..model.names import Variable
from ..model.trigger import Limit
from ._shared.stream import Stream, keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.names import Name
    from ..model.trigger import EventRequest, ResourceType


class Dynamodb(Stream):
    """A mapping from a table's stream. The table is never the app's own: it has keys and contents."""

    kind = "dynamodb"
    what = "DynamoDB table"
    limit: ClassVar = Limit(
        noun="DynamoDB table name",
        pattern="[A-Za-z0-9_.-]+",
        min_length=3,
        max_length=255,
        allowed="letters, digits, ., - and _",
    )
    resource = ("aws_dynamodb_table", "stream_arn")
    arn_resource = "table/{}/stream/2026-01-01T00:00:00.000"  # a stream is named by the time of its creation
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

    def sample(self) -> Any:
        from ._patterns.samples import of_filters

        changed = of_filters(self.filters, "dynamodb")
        images = [changed[name] for name in ("NewImage", "OldImage", "Keys") if name in changed]
        return {"id": "1", **{name: _plain(value) for image in images[:1] for name, value in image.items()}}

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._patterns.samples import of_filters
        from ._shared.sample_envelope import MILLISECONDS, TIME, get_region, make_arn, merge_fields

        wanted = {name: value for name, value in of_filters(self.filters).items() if name != "dynamodb"}
        name = request.fields.get("eventName", wanted.get("eventName", "INSERT"))
        item = _item(request.payload)
        key = self.key(request.handler, request.environ)
        stream = f"table/{key}/stream/{TIME}.000"
        images = {"INSERT": ("NewImage",), "MODIFY": ("NewImage", "OldImage"), "REMOVE": ("OldImage",)}
        changed = {
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
            "dynamodb": changed,
            "eventSourceARN": key
            if key.startswith("arn:")
            else make_arn(request.environ, "dynamodb", stream),
        }
        return {"Records": [merge_fields(merge_fields(record, wanted), request.fields)]}

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        from decimal import Decimal

        dynamodb, item = client("dynamodb"), json.loads(data, parse_float=Decimal)
        name = self._table(deployed)
        described = dynamodb.describe_table(TableName=name)["Table"]
        types = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
        wanted = {each["AttributeName"]: types[each["AttributeName"]] for each in described["KeySchema"]}
        attributes = {key: _attribute(value) for key, value in item.items()} if isinstance(item, dict) else {}
        for key, type_ in wanted.items():
            if type_ not in attributes.get(key, ()):
                raise DomovoiError(
                    f"The payload has no {key!r} of the type {type_}, which is a key of the table {name}.",
                    'Give all keys: S is a string, N a number, as in \'{"id": "1", "beer": 2}\'.',
                )
        dynamodb.put_item(TableName=name, Item=attributes)
        return f"put an item into {name}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if isinstance(self.name, Variable):
            return
        dynamodb = client("dynamodb")
        with suppress(dynamodb.exceptions.ResourceInUseException):
            dynamodb.create_table(
                TableName=self._table(deployed),
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )

    def _table(self, deployed: Mapping[str, str]) -> str:
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
    bisect_batch_on_error: bool = False,
    on_failure: str | Variable | None = None,
    tumbling_window: int | None = None,
    per_record: bool = False,
    function: str = "",
) -> Dynamodb:
    """Calls the handler with changes in the items of a DynamoDB table, which has a stream.

    Args:
        table_name: the table's name, ``scoped("name")``, or ``variable("name")`` that holds the stream's ARN.
        batch_size: the most records in an event; AWS's default is 100.
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
        function=function,
    )


declare = dynamodb_stream_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the stream's ARN and the table's name, or nothing where the record is not from DynamoDB."""
    return keys(record, "dynamodb", "table")


def _item(payload: Any) -> dict[str, Any]:
    """Returns an item in DynamoDB's types.

    Raises:
        DomovoiError: the payload is none.
    """
    if not isinstance(payload, dict):
        raise DomovoiError(
            f"The payload is {payload!r}, and an item has names for its values.",
            'Write the item as a dict, such as {"id": "1", "beer": 2}.',
        )
    return {name: _attribute(value) for name, value in payload.items()}


def _plain(value: Any) -> Any:
    """Returns a value in DynamoDB's types as plain data: the reverse of ``_attribute``."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((type_, inside),) = value.items()
    if type_ == "N":
        return json.loads(inside)
    if type_ == "M":
        return {name: _plain(each) for name, each in inside.items()}
    if type_ == "L":
        return [_plain(each) for each in (inside if isinstance(inside, list) else [inside])]
    return None if type_ == "NULL" else inside


def _attribute(value: Any) -> dict[str, Any]:
    """Returns a value of JSON in DynamoDB's types.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [_attribute(each) for each in value]}
    if isinstance(value, dict):
        return {"M": {name: _attribute(each) for name, each in value.items()}}
    return {"N": str(value)}
