"""S3's events as S3 sends them, for trying handlers out.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from .._shared.sample_envelope import ACCOUNT, TIME, format_message, get_region, make_id, merge_fields
from .event_names import BRIDGED
from .records import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ADDRESS, REQUEST, ETAG = "192.0.2.1", "EXAMPLE", "d41d8cd98f00b204e9800998ecf8427e"


def _object(payload: Any) -> dict[str, Any]:
    """Returns an object's fields: a payload is its key, or a dict of them."""
    return {"key": "sample", **(payload if isinstance(payload, dict) else {"key": format_message(payload)})}


def record(
    bucket: str, type_: str, payload: Any, deployed: Mapping[str, str], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a record, whose key is encoded as S3 does it.

    Args:
        bucket: the bucket's name.
        type_: the event's type.
        payload: the object's key as it is in the bucket, or a dict with that and further fields.
        deployed: the environment of the function.
        fields: fields of the record instead of those that it would have.
    """
    found = _object(payload)
    inside = {
        "s3SchemaVersion": "1.0",
        "configurationId": "sample",
        "bucket": {
            "name": bucket,
            "ownerIdentity": {"principalId": "AEXAMPLE"},
            "arn": f"arn:aws:s3:::{bucket}",
        },
        "object": {"size": 1024, "eTag": ETAG, "sequencer": "0" * 18, **found, "key": quoted(found["key"])},
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
        "s3": inside,
    }
    return merge_fields(envelope, fields)


def bridged(
    bucket: str, type_: str, payload: Any, deployed: Mapping[str, str], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the event of EventBridge for the same; ``fields`` are that event's."""
    kind, said = BRIDGED[type_]
    detail = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"size": 1024, "etag": ETAG, "sequencer": "0" * 18, **_object(payload)},
        "request-id": REQUEST,
        "requester": ACCOUNT,
        "source-ip-address": ADDRESS,
        **said,
    }
    event = {
        "version": "0",
        "id": make_id(1),
        "detail-type": kind,
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": f"{TIME}Z",
        "region": get_region(deployed),
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": detail,
    }
    return merge_fields(event, fields)


def notification(published: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a topic sends to a queue where it would send an event to a function.

    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    """
    message = published["Records"][0]["Sns"]
    spelled = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}
    kept = {name: value for name, value in message.items() if value not in ({}, None)}
    return {spelled.get(name, name): value for name, value in kept.items()}
