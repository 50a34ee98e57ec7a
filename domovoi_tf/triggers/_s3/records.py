"""S3's records, in whatever envelopes they come."""

from __future__ import annotations

import json

from ...errors import DispatchError
from .event_names import type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def opened(item: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
    """Returns the envelopes of what SQS or SNS brought, and the text inside."""
    if "Sns" in item:
        return {"Sns": item["Sns"]}, inner(item, "Sns", "Message")
    text = item.get("body")
    notification = parsed(text)
    if isinstance(notification.get("TopicArn"), str) and "Message" in notification:
        return {"Sqs": item, "Sns": notification}, notification["Message"]
    return {"Sqs": item}, text


def valid(found: object, envelopes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns records with their envelopes.

    Raises:
        DispatchError: they are not S3's.
    """
    if not (isinstance(found, list) and found and all(_is_record(each) for each in found)):
        raise no_event()
    return [{**record, **envelopes} for record in found]


def no_event() -> DispatchError:
    """Returns the error of an event that is none of S3's, in whose place it came."""
    return DispatchError(
        "What came by the way of S3's events is no S3 event.",
        "Let nobody but S3 send to that function, topic or queue, or let another handler have it.",
    )


def from_eventbridge(event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an event of EventBridge in the form of a record, which has the event under ``EventBridge``.

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
        "eventName": type_of(event.get("detail-type"), detail),
        "userIdentity": {"principalId": detail.get("requester")},
        "requestParameters": {"sourceIPAddress": detail.get("source-ip-address")},
        "responseElements": {"x-amz-request-id": detail.get("request-id")},
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {
                "name": detail["bucket"]["name"],
                "arn": resources[0] if isinstance(resources, list) and resources else None,
            },
            "object": {
                "key": quoted(found["key"]),
                **{names[name]: value for name, value in found.items() if name in names},
            },
        },
        "EventBridge": event,
    }


def _is_record(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("eventName"), str)
        and isinstance(inner(value, "s3", "object", "key"), str)
    )


def inner(value: Any, *path: str) -> Any:
    """Returns what a document has at a path, None where it has not got that far."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def parsed(text: object) -> dict[str, Any]:
    """Returns the object that a text is in JSON, an empty one where it is none."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def key_of(record: Mapping[str, Any]) -> str:
    """Returns an object's key as it is in the bucket."""
    from urllib.parse import unquote_plus

    return unquote_plus(record["s3"]["object"]["key"])


def quoted(key: str) -> str:
    """Returns an object's key as S3's records have it."""
    from urllib.parse import quote_plus

    return quote_plus(key, safe="/")


def split_record(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the S3 records in a record of S3, SNS or SQS, each with its envelopes.

    Raises:
        DispatchError: there is no S3 event in it.
    """
    if "s3" in item:
        return valid([item], {})
    envelopes, text = opened(item)
    found = parsed(text)
    return [] if found.get("Event") == "s3:TestEvent" else valid(found.get("Records"), envelopes)
