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


def find_range_problems(trigger: Trigger, ranges: Mapping[str, range]) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy for each number that is out of range.

    Args:
        trigger: the declaration of the mapping.
        ranges: the ranges that AWS accepts, by argument.
    """
    for name, accepted in ranges.items():
        value = getattr(trigger, name)
        if value is not None and not (type(value) is int and value in accepted):
            yield f"{name} is {value!r}", f"Use a whole number from {accepted[0]} to {accepted[-1]}."


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
