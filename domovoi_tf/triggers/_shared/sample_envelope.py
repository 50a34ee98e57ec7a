"""Builds the common parts of sample events: messages, ARNs, IDs, times and replaced fields."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ...model.event_request import EventRequest

#: The account of AWS's examples, and the default Region.
ACCOUNT, REGION = "123456789012", "us-east-1"
TIME, MILLISECONDS = "2026-01-31T10:20:30", 1769854830000
#: The fields of a stream's event that belong to its tumbling window, not to its records.
WINDOW_FIELDS = ("window", "state", "shardId", "isFinalInvokeForWindow", "isWindowTerminatedEarly")


def format_message(payload: object) -> str:
    """Returns a string payload unchanged, and any other payload as JSON."""
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)


def get_region(deployed: Mapping[str, str]) -> str:
    """Returns the Region of the function."""
    return deployed.get("AWS_REGION", REGION)


def make_arn(deployed: Mapping[str, str], service: str, resource: str) -> str:
    """Returns the ARN of a resource in the function's Region and the example account.

    Args:
        deployed: the environment of the function.
        service: the service part of the ARN.
        resource: the resource part of the ARN; a whole ARN is returned unchanged.
    """
    return (
        resource
        if resource.startswith("arn:")
        else f"arn:aws:{service}:{get_region(deployed)}:{ACCOUNT}:{resource}"
    )


def make_function_arn(deployed: Mapping[str, str]) -> str:
    """Returns the ARN of the function."""
    return make_arn(deployed, "lambda", f"function:{deployed.get('AWS_LAMBDA_FUNCTION_NAME', 'function')}")


def make_id(number: int) -> str:
    """Returns an ID in the form of a UUID that derives from a number."""
    return f"00000000-0000-4000-8000-{number:012}"


def merge_fields(envelope: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an envelope with replaced fields. Objects are merged, other values are replaced."""
    merged = dict(envelope)
    for name, value in fields.items():
        are_objects = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = merge_fields(merged[name], value) if are_objects else value
    return merged


def make_stream_event(
    record: Mapping[str, Any], window: int | None, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the event of a stream with one record, and the fields of its window if it has one.

    Args:
        record: the record.
        window: the duration of the tumbling window in seconds, if there is one.
        fields: fields to replace in the event; those of records are ignored.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    event = {"Records": [record]}
    if not window:
        return event
    start = datetime.fromtimestamp(MILLISECONDS // 1000 // window * window, timezone.utc)
    values = {
        "window": {"start": _format_time(start), "end": _format_time(start + timedelta(seconds=window))},
        "state": {},
        "shardId": "shardId-000000000000",
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }
    given = {name: value for name, value in fields.items() if name in WINDOW_FIELDS}
    return {**event, **values, "eventSourceARN": record["eventSourceARN"], **given}


def drop_window_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields that belong to the records of a stream's event."""
    return {name: value for name, value in fields.items() if name not in WINDOW_FIELDS}


def _format_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def make_load_balancer_request(request: EventRequest, path: str, host: str) -> dict[str, Any]:
    """Returns a request in the form of a load balancer, with the payload as its body.

    Args:
        request: the payload and the environment of the function.
        path: the path of the request.
        host: the host name of the request.
    """
    group = make_arn(request.environ, "elasticloadbalancing", "targetgroup/sample/0000000000000000")
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "POST",
        "path": path,
        "queryStringParameters": {},
        "headers": {
            "content-type": "application/json",
            "host": host,
            "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "body": format_message(request.payload),
        "isBase64Encoded": False,
    }


def make_message_attributes(queue: str, number: int) -> dict[str, str]:
    """Returns the attributes of an SQS message, including its group if the queue is a FIFO queue.

    Args:
        queue: the ARN of the queue.
        number: the position of the message in its batch.
    """
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(MILLISECONDS),
        "SenderId": "AIDAEXAMPLE",
        "ApproximateFirstReceiveTimestamp": str(MILLISECONDS),
    }
    if queue.endswith(".fifo"):
        attributes |= {"SequenceNumber": f"{number:020}", "MessageGroupId": "sample"}
        attributes["MessageDeduplicationId"] = make_id(number)
    return attributes


def make_scheduled_event(source: str, resource: str) -> dict[str, Any]:
    """Returns the event of a schedule.

    Args:
        source: the service that sends it.
        resource: the ARN of the schedule without its beginning, with {} for the Region and the account.
    """
    return {
        "version": "0",
        "id": make_id(1),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": ACCOUNT,
        "time": f"{TIME}Z",
        "region": REGION,
        "resources": [f"arn:aws:{resource.format(f'{REGION}:{ACCOUNT}')}"],
        "detail": {},
    }
