"""Counts what rules use of the quotas of an event bus."""

from __future__ import annotations

from ...model.trigger import spell
from .._shared.json_text import encode_json, is_too_deep
from .service_quotas import PATTERN_SIZE, RULES, WILDCARD_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...model.names import Name
    from ...model.quota import QuotaUse


def count_rule(handler: str, pattern: object = None, bus: Name | None = None) -> Iterator[QuotaUse]:
    """Yields what a rule uses of the quotas of its bus.

    Args:
        handler: the handler's name.
        pattern: the event pattern; None for a schedule.
        bus: the name of the bus; None for the default one.
    """
    place = "the default event bus" if bus is None or bus == "default" else f"the event bus {spell(bus)}"
    yield RULES.count_for(place)
    if pattern is not None and not is_too_deep(pattern):
        if has_wildcard(pattern):
            yield WILDCARD_RULES.count_for(place)
        yield PATTERN_SIZE.count_for(f"the event pattern of {handler}", len(encode_json(pattern)))


def has_wildcard(pattern: object) -> bool:
    """Whether an event pattern has the operator ``wildcard``, which a field of this name is not.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    if isinstance(pattern, (list, tuple)):
        return any(map(has_wildcard, pattern))
    if not isinstance(pattern, dict):
        return False
    others = pattern.get("anything-but")
    is_operator = isinstance(pattern.get("wildcard"), str) or (
        isinstance(others, dict) and "wildcard" in others
    )
    return is_operator or any(map(has_wildcard, pattern.values()))
