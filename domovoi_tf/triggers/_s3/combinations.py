"""Finds arguments of an S3 trigger that contradict each other or have no effect."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def find_combination_problems(trigger: Any) -> Iterator[tuple[str, str]]:
    """Yields the problems of arguments that do not suit each other: message and remedy."""
    if trigger.use_eventbridge and (trigger.use_sqs or trigger.sns_topic is not None):
        yield (
            "use_eventbridge cannot be combined with use_sqs or sns_topic",
            "Leave out use_sqs and sns_topic, or use_eventbridge.",
        )
    if not trigger.manage_notification and trigger.create:
        yield (
            "manage_notification=False with create=True: nothing would set the new bucket's notification",
            "Leave out manage_notification or create.",
        )
    if not trigger.manage_notification and not trigger.notified:
        yield (
            "manage_notification=False has no effect: this route does not use the bucket's notification",
            "Leave out manage_notification.",
        )
    if trigger.sqs_queue_attributes and not trigger.use_sqs:
        yield "sqs_queue_attributes has no effect without use_sqs", "Add use_sqs=True."
    if trigger.report_failures and not trigger.use_sqs:
        yield "report_failures has no effect without use_sqs", "Add use_sqs=True."
    if trigger.queue_name is not None and not trigger.use_sqs:
        yield "queue_name has no effect without use_sqs", "Add use_sqs=True, or leave it out."
    if trigger.topic_name is not None and (trigger.sns_topic is not None or "sns" not in trigger.transport):
        yield (
            "topic_name has no effect: the events come through no topic that the app creates",
            "Leave it out.",
        )
