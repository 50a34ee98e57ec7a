"""What event source mappings have in common: numbers in a range, and filters.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from . import Trigger

MOST_FILTERS, LONGEST_FILTER = 5, 4096


def range_problems(trigger: Trigger, ranges: Mapping[str, range]) -> Iterator[tuple[str, str]]:
    """Yields the numbers that AWS would not take: message and remedy.

    Args:
        trigger: the mapping's declaration.
        ranges: what AWS takes, by the argument's name.
    """
    for name, range_ in ranges.items():
        value = getattr(trigger, name)
        if value is not None and not (type(value) is int and value in range_):
            yield f"{name} is {value!r}", f"AWS takes {range_[0]} to {range_[-1]}."


def filter_problems(filters: object, example: str) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with filters: message and remedy.

    Args:
        filters: as declared.
        example: filters for this kind of source, as Python has them.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """
    filters = [] if filters is None else filters
    if not (isinstance(filters, (list, tuple)) and all(isinstance(each, dict) for each in filters)):
        yield "filters is not a list of patterns", f"Write filters={example}."
        return
    if len(filters) > MOST_FILTERS:
        yield f"there are {len(filters)} filters", f"AWS takes at most {MOST_FILTERS}."
    for number, each in enumerate(filters, 1):
        # As Terraform's jsonencode writes it.
        text = json.dumps(each, separators=(",", ":"), ensure_ascii=False, default=str)
        length = len(text) + 5 * sum(map(text.count, "<>&"))
        if length > LONGEST_FILTER:
            yield f"filter {number} has {length} characters", f"AWS takes at most {LONGEST_FILTER}."
