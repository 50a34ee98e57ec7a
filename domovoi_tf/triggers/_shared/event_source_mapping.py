"""Checks the numbers and reports of event source mappings. `_patterns` checks their filters.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ...model.trigger import Trigger

#: Arguments of `sqs_queue_subscriber`.
QUEUE_RANGES = {
    "batch_size": range(1, 10001),
    "maximum_batching_window": range(301),
    "maximum_concurrency": range(2, 1001),
    "max_receive_count": range(1, 1001),
}
#: The outputs of the app's module about mappings.
MAPPING_OUTPUTS = {"mapping_uuids": ("mapping_uuid", "UUID of each event source mapping, by handler.")}
#: The largest batch of a queue without a batching window, and of FIFO queues.
MAX_SIMPLE_BATCH = 10


def describe_range(accepted: range) -> str:
    """Returns the remedy for a number that is out of a range, or of another type."""
    return f"Use a whole number from {accepted[0]} to {accepted[-1]}."


def describe_ranges(ranges: Mapping[str, range]) -> dict[str, str]:
    """Returns the remedies for numbers, by argument."""
    return {name: describe_range(accepted) for name, accepted in ranges.items()}


QUEUE_REMEDIES = {
    **describe_ranges(QUEUE_RANGES),
    "filters": 'Write filters=[{"body": {"kind": ["beer"]}}].',
    "queue_attributes": 'Write queue_attributes={"VisibilityTimeout": 320}.',
}


def find_range_problems(trigger: Trigger, ranges: Mapping[str, range]) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy for each number that is out of range.

    Args:
        trigger: the declaration of the mapping.
        ranges: the ranges that AWS accepts, by argument.
    """
    for name, accepted in ranges.items():
        value = getattr(trigger, name)
        if value is not None and value not in accepted:
            yield f"{name} is {value!r}", describe_range(accepted)


def find_report_problems(trigger: Any) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy if a handler of single records is declared to report failures itself.

    Args:
        trigger: the declaration of the mapping.
    """
    if trigger.per_record and trigger.report_failures:
        yield (
            "per_record and report_failures exclude each other",
            "Leave one of them out: with per_record, a record fails if its handler raises an exception.",
        )


def find_batch_problems(trigger: Any, is_fifo: bool) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy for each size and window of batches that does not suit a queue.

    Args:
        trigger: the declaration of the mapping.
        is_fifo: whether the queue is a FIFO queue.
    """
    size, window = trigger.batch_size, trigger.maximum_batching_window
    is_large = size is not None and size > MAX_SIMPLE_BATCH
    if is_fifo and is_large:
        yield f"batch_size is {size} for a FIFO queue", f"Use at most {MAX_SIMPLE_BATCH}."
    elif is_large and not window:
        yield (
            f"batch_size is {size} without maximum_batching_window",
            f"Add maximum_batching_window=1 or more, or use a batch_size of at most {MAX_SIMPLE_BATCH}.",
        )
    if is_fifo and window:
        yield (
            f"maximum_batching_window is {window} for a FIFO queue",
            "Leave it out: FIFO queues have no batching window.",
        )


def find_receive_problems(queue: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy if only another decorator limits the receives of a FIFO queue.

    Args:
        queue: the queue of a handler of single messages, as it is written in the app.
        arguments: the arguments of the queue, merged from all its triggers.
    """
    if "redrive_policy" in arguments:
        yield (
            f"another decorator limits the receives of the FIFO queue {queue}, "
            "and per_record needs to know the limit",
            "Set the same max_receive_count, or the same RedrivePolicy, in this decorator too.",
        )


def find_receive_warnings(queue: str) -> Iterator[str]:
    """Yields a message about a handler of single messages of a FIFO queue that the app does not own.

    Args:
        queue: the queue, as it is written in the app.
    """
    yield (
        f"the app does not own the FIFO queue {queue}, so the handler of per_record does not know its "
        "maxReceiveCount: SQS may move messages that wait for a failed one of their group to the dead-letter "
        "queue before they are handled. Let the app create the queue with max_receive_count, or give the "
        "queue a high maxReceiveCount"
    )


def find_discard_problems(trigger: Any) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy if Lambda would discard records of a stream that the handler did not get.

    Args:
        trigger: the declaration of the mapping.
    """
    if trigger.per_record and _can_discard(trigger) and trigger.bisect_batch_on_error is False:
        yield (
            f"bisect_batch_on_error is False with per_record and maximum_retry_attempts="
            f"{trigger.maximum_retry_attempts}: Lambda would discard the records after a failed one with it",
            "Leave bisect_batch_on_error out, or maximum_retry_attempts.",
        )


def find_discard_warnings(trigger: Any) -> Iterator[str]:
    """Yields a message for each limit of a stream that makes Lambda discard records which do not fail.

    Args:
        trigger: the declaration of the mapping.
    """
    if not (trigger.per_record or trigger.report_failures):
        return
    if trigger.maximum_record_age not in (None, -1) and not has_retry_limit(trigger):
        yield (
            "maximum_record_age without maximum_retry_attempts: a record that always fails holds up its "
            "shard until it is too old, and Lambda also discards the records after it that are too old by "
            "then. Set maximum_retry_attempts"
        )
    if trigger.report_failures and _can_discard(trigger) and trigger.bisect_batch_on_error is None:
        yield (
            "report_failures and maximum_retry_attempts without bisect_batch_on_error: Lambda discards the "
            "rest of the batch with a record that always fails. Set bisect_batch_on_error=True, and raise an "
            "exception if the first record of a batch fails"
        )


def _can_discard(trigger: Any) -> bool:
    return has_retry_limit(trigger) and trigger.batch_size != 1  # a batch of 1 has no other records


def has_retry_limit(trigger: Any) -> bool:
    """Whether Lambda discards a batch of a stream after a number of retries."""
    return trigger.maximum_retry_attempts not in (None, -1)
