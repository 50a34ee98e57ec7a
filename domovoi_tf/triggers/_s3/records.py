"""Extracts S3 records from the envelopes of SNS, SQS and EventBridge."""

from __future__ import annotations

import json

from ...errors import DispatchError
from .event_names import find_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def open_envelopes(item: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the envelopes of a record from SQS or SNS, and the message in them, decoded."""
    if "Sns" in item:
        return {"Sns": item["Sns"]}, parse_object(get_path(item, "Sns", "Message"))
    message = parse_object(item.get("body"))
    if isinstance(message.get("TopicArn"), str) and "Message" in message:
        return {"Sqs": item, "Sns": message}, parse_object(message["Message"])
    return {"Sqs": item}, message


def make_error() -> DispatchError:
    """Returns the error for an event that arrived on the route for S3 events but is not from S3."""
    return DispatchError(
        "The event arrived on the route for S3 events, but it is not an S3 event.",
        "Only S3 may send to this function, topic or queue; send other events to another handler.",
    )


def convert_bridged(event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the S3 record for an event from EventBridge, which it has under ``EventBridge``.

    Fields for which EventBridge has no value are empty strings, so that parsers of S3 records find them.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
    """
    detail = event["detail"]
    found, resources = detail["object"], event.get("resources")
    names = {"etag": "eTag", "version-id": "versionId", "size": "size", "sequencer": "sequencer"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": event.get("region"),
        "eventTime": event.get("time"),
        "eventName": find_type(event.get("detail-type"), detail),
        "userIdentity": {"principalId": detail.get("requester")},
        "requestParameters": {"sourceIPAddress": detail.get("source-ip-address")},
        "responseElements": {"x-amz-request-id": detail.get("request-id"), "x-amz-id-2": ""},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "",
            "bucket": {
                "name": detail["bucket"]["name"],
                "ownerIdentity": {"principalId": ""},
                "arn": resources[0] if isinstance(resources, list) and resources else None,
            },
            "object": {
                "key": encode_key(found["key"]),
                **{names[name]: value for name, value in found.items() if name in names},
            },
        },
        "EventBridge": event,
    }


def _is_record(value: Any) -> bool:
    try:
        return isinstance(value["eventName"], str) and isinstance(value["s3"]["object"]["key"], str)
    except (KeyError, TypeError):
        return False


def get_bucket(record: Any) -> object:
    """Returns the name of the bucket in a record, or None if there is none."""
    try:
        return record["s3"]["bucket"]["name"]
    except (KeyError, TypeError):
        return None


def get_path(value: Any, *path: str) -> Any:
    """Returns the value at a path of nested objects, or None if there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def parse_object(text: object) -> dict[str, Any]:
    """Returns the object that a string encodes as JSON, or an empty dict if it does not."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def decode_key(record: Mapping[str, Any]) -> str:
    """Returns the key of a record's object, decoded."""
    from urllib.parse import unquote_plus

    return unquote_plus(record["s3"]["object"]["key"])


def encode_key(key: str) -> str:
    """Returns the key of an object in the encoding of S3 records."""
    from urllib.parse import quote_plus

    return quote_plus(key, safe="/", errors="surrogatepass")


def split_record(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the S3 records in a record of S3, SNS or SQS, each with its envelopes.

    Raises:
        DispatchError: it has no S3 event.
    """
    if "s3" in item:
        if not _is_record(item):
            raise make_error()
        return [item]
    envelopes, message = open_envelopes(item)
    if message.get("Event") == "s3:TestEvent":
        return []
    found = message.get("Records")
    if not (isinstance(found, list) and found and all(map(_is_record, found))):
        raise make_error()
    return [{**record, **envelopes} for record in found]
