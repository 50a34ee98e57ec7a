"""Encodes the filters of a bucket's notification, and finds filters that conflict."""

from __future__ import annotations

from ...model.names import make_key
from ...model.trigger import spell
from .event_names import sort_types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ...model.application import KeyedRoutes, RouteProblems
    from ...model.trigger import Route


#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
MAX_PARTS = 100


def encode_filter(part: object) -> str | None:
    """Returns a prefix or suffix in the URL encoding in which S3 compares it."""
    from urllib.parse import quote_plus

    return (
        quote_plus(part, safe="/!-_.*'()", errors="surrogatepass") if part and isinstance(part, str) else None
    )


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes that cannot share a bucket's notification with the others."""
    earlier: dict[tuple[str, str], dict[int, Route]] = {}
    parts: dict[str, int] = {}
    for number, (route, _) in enumerate(keyed):
        bucket, is_notified = spell(route.trigger.bucket), route.trigger.notified  # type: ignore[attr-defined]
        parts[bucket] = parts.get(bucket, 0) + is_notified
        if is_notified and parts[bucket] == MAX_PARTS + 1:
            yield (
                route,
                f"{route.handler} would be configuration {parts[bucket]} in the notification of the bucket "
                f"{bucket}",
                f"S3 accepts at most {MAX_PARTS} for a bucket. Combine prefixes, or use EventBridge.",
            )
        related = [earlier.setdefault(each, {}) for each in _list_relations(route.trigger)]
        for _, other in sorted({each: item for group in related for each, item in group.items()}.items()):
            yield from ((route, *problem) for problem in _compare(route, other))
        for group in related:
            group[number] = route


def _list_relations(trigger: Any) -> list[tuple[str, str]]:
    """Returns what a trigger has in common with each trigger that it can be in conflict with."""
    names = {"bucket": make_key(trigger.bucket), "call": trigger.call_name()}
    return [(kind, name) for kind, name in names.items() if name]


def _compare(route: Route, other: Route) -> Iterator[tuple[str, str]]:
    one: Any = route.trigger
    two: Any = other.trigger
    same_bucket = spell(one.bucket) == spell(two.bucket)
    both = f"{route.handler} and {other.handler} ({other.location})"
    if same_bucket and one.notified and two.notified:
        if one.manage_notification is not two.manage_notification:
            yield (
                f"{both} differ in manage_notification for the bucket {spell(one.bucket)}",
                "Use the same value in both: a bucket has one notification, which one owner sets.",
            )
        if _can_overlap(one, two):
            yield (
                f"{both} both handle {_list_common(one, two)} of the same objects in {spell(one.bucket)}",
                "S3 rejects overlapping filters: use prefixes, suffixes or events that exclude each other.",
            )
    if not same_bucket and make_key(one.bucket) == make_key(two.bucket):
        yield (
            f"{both} have buckets, {spell(one.bucket)} and {spell(two.bucket)}, "
            f"that have the same key {make_key(one.bucket)!r} in outputs",
            'Use variable("...") for one of them, with a name of its own.',
        )
    else:
        yield from _compare_channels(one, two, both)
    shared = one.sns_topic is not None and one.sns_topic == two.sns_topic and one.function == two.function
    if shared and same_bucket and route.handler != other.handler and _can_overlap(one, two):
        yield (
            f"{both} both handle {_list_common(one, two)} of the same objects "
            f"on the topic {spell(one.sns_topic)}",
            "Use prefixes, suffixes or events that exclude each other, or set function= for one.",
        )


def _compare_channels(one: Any, two: Any, both: str) -> Iterator[tuple[str, str]]:
    """Yields the problems of two triggers that share a topic, a queue and a module call, or their names."""
    if not one.call_name() or one.call_name() != two.call_name():
        return
    if _get_channel(one) != _get_channel(two):
        yield (
            f"{both} have sources, {one.describe()} and {two.describe()}, "
            f"for which the app has one name {one.call_name()}",
            'Use variable("...") for one of them, with a name of its own, or set function= for one.',
        )
        return
    shared = {"sqs_batch_size": "queue", "report_failures": "queue", "queue_name": "queue"}
    for name, noun in {**(shared if one.use_sqs else {}), "topic_name": "topic"}.items():
        values = getattr(one, name), getattr(two, name)
        if values[0] != values[1]:
            yield (
                f"{both} share the {noun} for {one.describe()}, with {name}={values[0]!r} and "
                f"{name}={values[1]!r}",
                "Use the same value in both, or set function= for one.",
            )


def _get_channel(trigger: Any) -> tuple[str, ...]:
    topic = trigger.sns_topic
    buckets = () if trigger.transport == "sns" and topic is not None else (spell(trigger.bucket),)
    return trigger.transport, trigger.function, *buckets, "" if topic is None else spell(topic)


def _can_overlap(one: Any, two: Any) -> bool:
    prefixes, suffixes = (
        [(each or "") for each in pair] for pair in ((one.prefix, two.prefix), (one.suffix, two.suffix))
    )
    return bool(
        _list_common(one, two)
        and (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0]))
        and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0]))
    )


def _list_common(one: Any, two: Any) -> str:
    """Returns the event types that both triggers match, separated by commas."""
    pairs = [(a, b) for a in sort_types(one.events) for b in sort_types(two.events)]
    narrower = {a for a, b in pairs if _is_within(a, b)} | {b for a, b in pairs if _is_within(b, a)}
    return ", ".join(sorted(narrower))


def _is_within(event: str, other: str) -> bool:
    return event == other or (other.endswith(":*") and event.startswith(other[:-1]))
