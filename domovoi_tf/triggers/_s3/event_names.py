"""The event types of S3, and their equivalents on EventBridge."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ...model.names import Name

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
EVENTS: Mapping[str, tuple[str, ...]] = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "ReducedRedundancyLostObject": (),
    "Replication": (
        "OperationFailedReplication",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
        "OperationNotTracked",
    ),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "LifecycleTransition": (),
    "IntelligentTiering": (),
    "ObjectTagging": ("Put", "Delete"),
    "ObjectAcl": ("Put",),
    "ObjectAnnotation": ("Put", "Delete"),
    "ObjectRetention": ("Put",),
}
#: Families that S3 does not accept with :*.
UNGROUPED = ("ObjectAcl", "ObjectRetention")
#: The detail-type of each event type on EventBridge, and the fields of its detail that tell it apart.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
BRIDGED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ObjectCreated:Put": ("Object Created", {"reason": "PutObject"}),
    "ObjectCreated:Post": ("Object Created", {"reason": "POST Object"}),
    "ObjectCreated:Copy": ("Object Created", {"reason": "CopyObject"}),
    "ObjectCreated:CompleteMultipartUpload": ("Object Created", {"reason": "CompleteMultipartUpload"}),
    "ObjectCreated:*": ("Object Created", {}),
    "ObjectRemoved:Delete": (
        "Object Deleted",
        {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
    ),
    "ObjectRemoved:DeleteMarkerCreated": (
        "Object Deleted",
        {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
    ),
    "ObjectRemoved:*": ("Object Deleted", {"reason": "DeleteObject"}),
    "LifecycleExpiration:Delete": (
        "Object Deleted",
        {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
    ),
    "LifecycleExpiration:DeleteMarkerCreated": (
        "Object Deleted",
        {"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"},
    ),
    "LifecycleExpiration:*": ("Object Deleted", {"reason": "Lifecycle Expiration"}),
    "ObjectRestore:Post": ("Object Restore Initiated", {}),
    "ObjectRestore:Completed": ("Object Restore Completed", {}),
    "ObjectRestore:Delete": ("Object Restore Expired", {}),
    "LifecycleTransition": ("Object Storage Class Changed", {}),
    "IntelligentTiering": ("Object Access Tier Changed", {}),
    "ObjectAcl:Put": ("Object ACL Updated", {}),
    "ObjectTagging:Put": ("Object Tags Added", {}),
    "ObjectTagging:Delete": ("Object Tags Deleted", {}),
}


def is_known(name: str) -> bool:
    """Returns whether a record's ``eventName`` is one of S3's event types."""
    family, _, action = name.removeprefix("s3:").partition(":")
    return action in EVENTS.get(family, ()) or (action, EVENTS.get(family)) == ("", ())


def sort_types(events: object) -> list[str]:
    """Returns the declared event types, sorted and without duplicates."""
    return sorted(set(map(str, events))) if isinstance(events, (list, tuple)) else []


def _list_types(family: str) -> list[str]:
    group = [f"{family}:*"] if EVENTS[family] and family not in UNGROUPED else []
    return [*group, *(f"{family}:{action}" for action in EVENTS[family])] or [family]


def get_first_type(event: str) -> str:
    """Returns an event type in the form of records; of a family, its first type."""
    family, _, action = event.removeprefix("s3:").partition(":")
    return f"{family}:{EVENTS[family][0]}" if action == "*" else f"{family}:{action}".rstrip(":")


def find_event_problems(events: Sequence[str], bridged: bool) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy for each event type that is unknown, or not sent to EventBridge."""
    known = [f"s3:{name}" for family in EVENTS for name in _list_types(family)]
    if not events:
        yield f"events is {events!r}", 'Write events=["s3:ObjectCreated:*"].'
        return
    for event in events:
        if event not in known:
            from difflib import get_close_matches

            nearest = get_close_matches(str(event), known, 1, 0)[0]
            yield f"S3 has no event {event!r}", f"Did you mean {nearest!r}?"
        elif bridged and not list(_list_bridged([event])):
            yield (
                f"S3 does not send {event!r} to EventBridge",
                "Leave use_eventbridge out for this event: use SNS, SQS or neither.",
            )


def _list_bridged(events: object) -> Iterator[str]:
    """Yields the keys of `BRIDGED` for event types."""
    for event in sort_types(events):
        name = event.removeprefix("s3:")
        family, _, action = name.partition(":")
        if name in BRIDGED:
            yield name
        elif action == "*":
            yield from (each for each in BRIDGED if each.startswith(f"{family}:"))


def _make_key_pattern(prefix: str, suffix: str) -> dict[str, str]:
    if prefix and suffix:
        start, end = (part.replace("\\", "\\\\").replace("*", "\\*") for part in (prefix, suffix))
        return {"wildcard": f"{start}*{end}"}
    return {"prefix": prefix} if prefix else {"suffix": suffix} if suffix else {}


def make_event_pattern(bucket: Name, events: object, prefix: str, suffix: str) -> dict[str, Any]:
    """Returns the event pattern of a rule for the objects of a bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
    """
    detail: dict[str, Any] = {"bucket": {"name": [bucket]}}
    if key := _make_key_pattern(prefix, suffix):
        detail["object"] = {"key": [key]}
    bridged = [BRIDGED[name] for name in _list_bridged(events)]
    plain = sorted({kind for kind, fields in bridged if not fields})
    alternatives: list[dict[str, Any]] = [{"detail-type": plain}] if plain else []
    for kind, fields in bridged:
        if fields and kind not in plain:
            values = {name: [value] for name, value in fields.items()}
            alternatives.append({"detail-type": [kind], "detail": values})
    if len(alternatives) == 1:
        (only,) = alternatives
        return {"source": ["aws.s3"], **only, "detail": {**detail, **only.get("detail", {})}}
    return {"source": ["aws.s3"], "detail": detail, "$or": alternatives}


def find_type(kind: object, detail: Mapping[str, Any]) -> str:
    """Returns the most specific event type whose fields an event from EventBridge has."""
    for name, (detail_type, fields) in BRIDGED.items():
        if detail_type == kind and all(detail.get(field) == value for field, value in fields.items()):
            return name
    return str(kind)
