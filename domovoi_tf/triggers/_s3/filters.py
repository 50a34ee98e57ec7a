"""Filters of a bucket's notification: how S3 wants them, and which it refuses beside others."""

from __future__ import annotations

import re

from ...model.trigger import spell
from .event_names import sorted_types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ...model.application import KeyedRoutes, RouteProblems
    from ...model.names import Name
    from ...model.trigger import Route


#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
MOST_PARTS = 100


def encoded(part: object) -> str | None:
    """Returns a prefix or suffix as S3 compares it: a space is +, and all but safe characters are escaped."""
    from urllib.parse import quote_plus

    return (
        quote_plus(part, safe="/!-_.*'()", errors="surrogatepass") if part and isinstance(part, str) else None
    )


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes that cannot share a bucket's notification with the others."""
    earlier: list[Route] = []
    parts: dict[str, int] = {}
    for route, _ in keyed:
        bucket, asks = spell(route.trigger.bucket), route.trigger.notified  # type: ignore[attr-defined]
        parts[bucket] = parts.get(bucket, 0) + asks
        if asks and parts[bucket] == MOST_PARTS + 1:
            yield (
                route,
                f"{route.handler} is one part too many for the notification of the bucket {bucket}",
                f"S3 takes at most {MOST_PARTS} a bucket. Join prefixes, or use EventBridge.",
            )
        for other in earlier:
            yield from ((route, *problem) for problem in _between(route, other))
        earlier.append(route)


def _between(route: Route, other: Route) -> Iterator[tuple[str, str]]:
    one: Any = route.trigger
    two: Any = other.trigger
    same_bucket = spell(one.bucket) == spell(two.bucket)
    who = f"{route.handler} and {other.handler} ({other.location})"
    if same_bucket and one.notified and two.notified:
        if one.manage_notification is not two.manage_notification:
            yield (
                f"{who} differ in manage_notification for the bucket {spell(one.bucket)}",
                "Say the same in both: a bucket has one notification, and one owner of it.",
            )
        if _overlap(one, two):
            yield (
                f"{who} both ask for {_common(one, two)} of the same objects in {spell(one.bucket)}",
                "S3 refuses overlapping filters: give prefixes, suffixes or events that exclude each other.",
            )
    if not same_bucket and _label(one.bucket) == _label(two.bucket):
        yield (
            f"{who} have buckets, {spell(one.bucket)} and {spell(two.bucket)}, "
            f"that are both {_label(one.bucket)!r} as a Terraform label",
            "Rename the variable.",
        )
    shared = one.sns_topic is not None and one.sns_topic == two.sns_topic and one.function == two.function
    if shared and same_bucket and route.handler != other.handler and _overlap(one, two):
        yield (
            f"{who} both ask for {_common(one, two)} of the same objects on the topic {spell(one.sns_topic)}",
            "Give prefixes, suffixes or events that exclude each other, or a function= to one.",
        )


def _label(bucket: Name) -> str:
    return re.sub("[^A-Za-z0-9_-]", "_", bucket if isinstance(bucket, str) else bucket.name)


def _overlap(one: Any, two: Any) -> bool:
    prefixes, suffixes = (
        [(each or "") for each in pair] for pair in ((one.prefix, two.prefix), (one.suffix, two.suffix))
    )
    return bool(
        _common(one, two)
        and (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0]))
        and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0]))
    )


def _common(one: Any, two: Any) -> str:
    """Returns the events for which both ask, in words."""
    pairs = [(a, b) for a in sorted_types(one.events) for b in sorted_types(two.events)]
    narrower = {a for a, b in pairs if _within(a, b)} | {b for a, b in pairs if _within(b, a)}
    return ", ".join(sorted(narrower))


def _within(event: str, other: str) -> bool:
    return event == other or (other.endswith(":*") and event.startswith(other[:-1]))
