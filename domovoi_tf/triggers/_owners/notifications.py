"""Finds buckets whose notification has several owners, each of which would erase the others' entries."""

from __future__ import annotations

from ...model.names import Variable, resolve
from ...model.trigger import spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ...model.trigger import Route

_WAYS = "manage_notification=False, sns_topic= or use_eventbridge=True"


def find_shared_notifications(routes: Sequence[Route], stages: Sequence[str]) -> Iterator[tuple[Route, str]]:
    """Yields a message, with its route, for each bucket whose notification has several owners.

    Args:
        routes: the routes of S3 events.
        stages: the names of the app's stages.
    """
    topics = {spell(each.bucket): each.sns_topic for each in _list_triggers(routes) if each.sns_topic}
    writers = {bucket: writing[0] for bucket, writing in _list_writers(routes).items()}
    for bucket, route in writers.items():
        only = f"the notification of the bucket {bucket}, which has only one, and erase"
        if bucket in topics:
            entry = f"the entry for the topic {spell(topics[bucket])}"
            yield route, f"the app would write {only} {entry}: use {_WAYS} here"
        elif len(stages) > 1 and isinstance(next(_list_triggers([route])).bucket, str):
            yield (
                route,
                f"each of the stages {', '.join(stages)} would write {only} the entries of the others: give "
                f"each its own with scoped() or variable(), or use {_WAYS}",
            )


def predict_notifications(
    routes: Iterable[Route], deployed: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the type and the attributes of the notification of each existing bucket with a known name.

    Args:
        routes: the routes of S3 events.
        deployed: the environment of the functions, as far as it is known.
    """
    for writing in _list_writers(routes).values():
        triggers = [*_list_triggers(writing)]
        if not isinstance(triggers[0].bucket, Variable):
            ids = [name for each in triggers for name in each.arguments("")["notification_ids"]]
            yield (
                "aws_s3_bucket_notification",
                {
                    "bucket": resolve(triggers[0].bucket, deployed),
                    "lambda_function": [{"id": resolve(each, deployed)} for each in ids],
                },
            )


def _list_writers(routes: Iterable[Route]) -> dict[str, list[Route]]:
    """Returns the routes for which the app writes the notification of an existing bucket, by bucket."""
    writers: dict[str, list[Route]] = {}
    for route in routes:
        trigger: Any = route.trigger
        if trigger.notified and trigger.manage_notification and not trigger.create:
            writers.setdefault(spell(trigger.bucket), []).append(route)
    return writers


def _list_triggers(routes: Iterable[Route]) -> Iterator[Any]:
    yield from (route.trigger for route in routes)
