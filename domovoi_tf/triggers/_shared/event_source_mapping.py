"""What event source mappings have in common: numbers in a range. Their filters are in `_patterns`.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...model.trigger import Trigger


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
