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


def parse_message(message: Mapping[str, Any]) -> Message:
    """Parses a message: a dead letter, the record of an on-failure destination, or any other text.

    Args:
        message: the message, as SQS returns it with its attributes.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    body, payload = message["Body"], None
    with contextlib.suppress(ValueError):
        body, payload = parse_json(body), body
    attributes = {
        name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
    }
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
    # The event of a dead letter, which has attributes, may be such a record too.
    return letter if attributes.keys() & _ATTRIBUTES else _parse_record(letter)


def _parse_record(letter: Message) -> Message:
    """Returns the event and the error of the record of an on-failure destination; other messages unchanged.

    The queue may be one. The emulator sends only these records.
    """
    record = letter.event
    if not (isinstance(record, dict) and record.keys() >= _RECORD_FIELDS):
        return letter
    context, response = record["requestContext"], record["responsePayload"]
    context = context if isinstance(context, dict) else {}
    response = response if isinstance(response, dict) else {}
    request = context.get("requestId")
    return letter._replace(
        error=format_error(response),
        event=record["requestPayload"],
        payload=json.dumps(record["requestPayload"]),
        request_id=request if isinstance(request, str) else "",
        # The ARN has a version after the name.
        function_arn=":".join(str(context.get("functionArn") or "").split(":")[:7]),
    )
