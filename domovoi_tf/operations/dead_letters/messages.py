"""Parses the messages in dead-letter queues."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from domovoi_tf.operations.log_format import format_error
from domovoi_tf.system.text import parse_json

#: The attributes of Lambda's dead letters.
_ATTRIBUTES = frozenset({"RequestID", "ErrorCode", "ErrorMessage"})
_RECORD_FIELDS = frozenset({"requestContext", "requestPayload", "responsePayload"})
#: The fields that describe the batch in the record of a discarded one, with the event source of its records.
_BATCHES = {"DDBStreamBatchInfo": "aws:dynamodb", "KinesisBatchInfo": "aws:kinesis"}


class Batch(NamedTuple):
    """The position of a discarded batch in its stream.

    Args:
        stream_arn: the ARN of the stream.
        shard: the ID of the shard.
        first: the sequence number of its first record.
        size: the number of its records.
    """

    stream_arn: str
    shard: str
    first: str
    size: int


class Message(NamedTuple):
    """A message in a dead-letter queue.

    Args:
        id: the message ID.
        time: the time at which it was sent.
        error: the error of the function; empty if the message does not contain it.
        event: the event.
        receipt: the receipt handle.
        payload: the event as JSON; None if the message is not JSON.
        request_id: the ID of the request that failed; empty if the message does not contain it.
        function_arn: the ARN in the record of a destination, without a version; None in other messages.
        source_queue: the ARN of the queue from which SQS moved the message; empty if it did not.
        batch: the batch of a stream that was discarded; None in other messages.
        content: the body and the attributes with which a message that SQS moved can be sent back.
    """

    id: str
    time: datetime
    error: str
    event: Any
    receipt: str
    payload: str | None = None
    request_id: str = ""
    function_arn: str | None = None
    source_queue: str = ""
    batch: Batch | None = None
    content: Mapping[str, Any] = {}


def parse_message(message: Mapping[str, Any]) -> Message:
    """Parses a message: a dead letter, the record of an on-failure destination, or any other text.

    Args:
        message: the message, as SQS returns it with its attributes.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    body, payload = message["Body"], None
    with contextlib.suppress(ValueError):
        body, payload = parse_json(body), body
    values = message.get("MessageAttributes", {})
    attributes = {name: value.get("StringValue", "") for name, value in values.items()}
    system = message["Attributes"]
    letter = Message(
        id=message["MessageId"],
        time=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, timezone.utc),
        error=attributes.get("ErrorMessage", ""),
        event=body,
        receipt=message["ReceiptHandle"],
        payload=payload,
        request_id=attributes.get("RequestID", ""),
        source_queue=system.get("DeadLetterQueueSourceArn", ""),
    )
    if letter.source_queue:  # The body is a message of that queue, whatever it looks like.
        return _parse_moved_message(letter, message)
    # The event of a dead letter, which has attributes, may be such a record too.
    return letter if attributes.keys() & _ATTRIBUTES else _parse_record(letter)


def _parse_moved_message(letter: Message, message: Mapping[str, Any]) -> Message:
    """Returns a message that SQS moved, as an event of its queue, with what is needed to send it back."""
    record = {
        "messageId": letter.id,
        "body": message["Body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": letter.source_queue,
    }
    attributes = message.get("MessageAttributes", {})
    group = message["Attributes"].get("MessageGroupId")
    content = {
        "MessageBody": message["Body"],
        "MessageAttributes": {name: _copy_value(value) for name, value in attributes.items()},
        **({"MessageGroupId": group} if group else {}),
    }
    return letter._replace(error="", request_id="", event={"Records": [record]}, content=content)


def _parse_record(letter: Message) -> Message:
    """Returns the event and the error of the record of an on-failure destination; other messages unchanged.

    The queue may be one. The emulator sends only these records.
    """
    record = letter.event
    if isinstance(record, dict) and "requestContext" in record:
        for field in record.keys() & _BATCHES.keys():
            return _parse_batch(letter, record, field)
    if not (isinstance(record, dict) and record.keys() >= _RECORD_FIELDS):
        return letter
    context, response = _get_fields(record, "requestContext"), _get_fields(record, "responsePayload")
    request = context.get("requestId")
    return letter._replace(
        error=format_error(response),
        event=record["requestPayload"],
        payload=json.dumps(record["requestPayload"]),
        request_id=request if isinstance(request, str) else "",
        function_arn=_get_function_arn(context),
    )


def _parse_batch(letter: Message, record: Mapping[str, Any], field: str) -> Message:
    """Returns the function and the position of a discarded batch, whose records the message does not have.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    context, info = _get_fields(record, "requestContext"), _get_fields(record, field)
    names = ("streamArn", "shardId", "startSequenceNumber")
    arn, shard, first = (str(info.get(name) or "") for name in names)
    size = info.get("batchSize")
    return letter._replace(
        error=str(context.get("condition") or ""),
        event={"Records": [{"eventSource": _BATCHES[field], "eventSourceARN": arn}]},
        payload=None,
        request_id=str(context.get("requestId") or ""),
        function_arn=_get_function_arn(context),
        batch=Batch(arn, shard, first, size if isinstance(size, int) else 0),
    )


def _get_fields(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    fields = record.get(name)
    return fields if isinstance(fields, dict) else {}


def _get_function_arn(context: Mapping[str, Any]) -> str:
    """Returns the ARN of the function in a record, where it has a version after the name."""
    return ":".join(str(context.get("functionArn") or "").split(":")[:7])


def _copy_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the value of an attribute as `SendMessage` accepts it, which rejects empty lists of values."""
    return {key: each for key, each in value.items() if key in ("DataType", "StringValue", "BinaryValue")}
