"""Builds sample events in the form that S3 sends.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from .._shared.sample_envelope import ACCOUNT, TIME, format_message, get_region, make_id, merge_fields
from .event_names import BRIDGED
from .records import encode_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ADDRESS, REQUEST, ETAG = "192.0.2.1", "EXAMPLE", "d41d8cd98f00b204e9800998ecf8427e"


def _make_object(payload: Any) -> dict[str, Any]:
    """Returns the fields of an object; the payload is its key, or a dict of fields."""
    return {"key": "sample", **(payload if isinstance(payload, dict) else {"key": format_message(payload)})}


def make_record(
    bucket: str, type_: str, payload: Any, deployed: Mapping[str, str], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a record of S3, with the key encoded.

    Args:
        bucket: the name of the bucket.
        type_: the event type.
        payload: the key of the object, or a dict with the key and further fields.
        deployed: the environment of the function.
        fields: fields of the record that replace the default ones.
    """
    item = _make_object(payload)
    content = {
        "s3SchemaVersion": "1.0",
        "configurationId": "sample",
        "bucket": {
            "name": bucket,
            "ownerIdentity": {"principalId": "AEXAMPLE"},
            "arn": f"arn:aws:s3:::{bucket}",
        },
        "object": {
            "size": 1024,
            "eTag": ETAG,
            "sequencer": "0" * 18,
            **item,
            "key": encode_key(item["key"]),
        },
    }
    envelope = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": get_region(deployed),
        "eventTime": f"{TIME}.000Z",
        "eventName": type_,
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": ADDRESS},
        "responseElements": {"x-amz-request-id": REQUEST, "x-amz-id-2": REQUEST},
        "s3": content,
    }
    return merge_fields(envelope, fields)


def make_bridged(
    bucket: str, type_: str, payload: Any, deployed: Mapping[str, str], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns an event from EventBridge; the arguments are those of :func:`make_record`."""
    detail_type, details = BRIDGED[type_]
    detail = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"size": 1024, "etag": ETAG, "sequencer": "0" * 18, **_make_object(payload)},
        "request-id": REQUEST,
        "requester": ACCOUNT,
        "source-ip-address": ADDRESS,
        **details,
    }
    event = {
        "version": "0",
        "id": make_id(1),
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": f"{TIME}Z",
        "region": get_region(deployed),
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": detail,
    }
    return merge_fields(event, fields)


def make_notification(published: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the notification that a topic sends to a queue, from its event for a function.

    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    """
    message = published["Records"][0]["Sns"]
    names = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}
    fields = {name: value for name, value in message.items() if value not in ({}, None)}
    return {names.get(name, name): value for name, value in fields.items()}
