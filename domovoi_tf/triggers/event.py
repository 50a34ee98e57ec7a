"""Events by pattern: EventBridge rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import json

from ..model.names import Variable, resolve
from ..model.trigger import Limit, spell
from .schedule import Rule, identify, unwrap

__all__ = ["Event", "cloudwatch_event_handler", "declare", "identify", "unwrap"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ..model.names import Name
    from ..model.trigger import EventRequest

BUS = Limit(
    noun="event bus name",
    pattern=r"[/.\-_A-Za-z0-9]+",
    max_length=256,
    allowed="letters, digits, /, ., - and _",
)
LONGEST_PATTERN = 4096
#: Fields of an event whose names Python cannot spell.
SPELT = {"detail_type": "detail-type", "replay_name": "replay-name"}
FIELDS = ["account", "detail", *SPELT, "id", "region", "resources", "source", "time", "version"]
EMPTY = ("the event pattern is empty", "Give source=[...].")
OPTIONS = ["description", "enabled", "event_bus_name", "function", "rule_name"]


class Event(Rule):
    """A rule that fires on events that match a pattern."""

    event_pattern: Mapping[str, Any]
    event_bus_name: Name | None = None

    kind = "event"

    def describe(self) -> str:
        bus = "" if self.event_bus_name is None else f" on bus {spell(self.event_bus_name)}"
        return f"events of {self._literal('source') or 'any source'}{bus}"

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        bus = "" if self.event_bus_name is None else f"{name_on_aws(self.event_bus_name)}/"
        return f"rule/{bus}{name_on_aws(self._rule(handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        rule = super().arguments(handler)
        return {**rule, "event_pattern": self.event_pattern, "event_bus_name": self.event_bus_name}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        bus = self.event_bus_name
        return [*super().names(handler), *([] if bus is None else [(BUS, bus)])]

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._patterns.grammar import event_pattern_problems
        from ._shared.json_text import written

        pattern = self.event_pattern
        spelt = {SPELT.get(name, name): name for name in FIELDS}
        wrong = list(event_pattern_problems(pattern, spelt, OPTIONS)) if pattern else [EMPTY]
        yield from wrong
        size = 0 if wrong else len(written(pattern))
        if size > LONGEST_PATTERN:
            yield (
                f"the event pattern has {size} characters in JSON",
                f"EventBridge takes at most {LONGEST_PATTERN}.",
            )
        yield from super().problems()

    def sample(self) -> Any:
        from ._patterns.samples import matching

        return matching(self.event_pattern).get("detail", {})

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._patterns.samples import matching
        from ._shared.sample_envelope import ACCOUNT, TIME, identifier, merged, region

        event = {
            "version": "0",
            "id": identifier(request.number),
            "detail-type": "Sample",
            "source": "sample",
            "account": ACCOUNT,
            "time": f"{TIME}Z",
            "region": region(request.environ),
            "resources": [],
        }
        wanted = matching({name: value for name, value in self.event_pattern.items() if name != "detail"})
        if "resources" in wanted:
            wanted["resources"] = [wanted["resources"]]
        event = merged(merged(event, wanted) | {"detail": request.payload}, request.fields)
        return super().event(request.replace_payload(event))

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        source, kind = self._literal("source"), self._literal("detail-type")
        free = self.event_pattern.keys() <= {"source", "detail-type", "detail"}
        if not (free and source and kind and isinstance(json.loads(data), dict)) or source.startswith("aws."):
            return super().send(client, deployed, handler, data)
        bus = resolve(self.event_bus_name or "default", deployed)
        entry = {"Source": source, "DetailType": kind, "Detail": data, "EventBusName": bus}
        client("events").put_events(Entries=[entry])
        return f"put an event of {source} on bus {bus}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        bus = self.event_bus_name
        if bus not in (None, "default") and not isinstance(bus, Variable):
            events = client("events")
            try:
                events.create_event_bus(Name=resolve(bus, deployed))
            except events.exceptions.ResourceAlreadyExistsException:
                return

    def _literal(self, field: str) -> str:
        values = self.event_pattern.get(field)
        return (
            next((v for v in values if isinstance(v, str)), "") if isinstance(values, (list, tuple)) else ""
        )


def cloudwatch_event_handler(
    *,
    rule_name: Name | None = None,
    event_bus_name: Name | None = None,
    enabled: bool = True,
    description: str | None = None,
    function: str = "",
    **event_pattern: Any,
) -> Event:
    """Calls the handler with the EventBridge events that match a pattern.

    Args:
        rule_name: the EventBridge rule's name; ``<app>-<stage>-<handler>`` if missing.
        event_bus_name: an existing bus: its name, ``scoped("name")`` or ``variable("name")``.
        enabled: whether the rule fires.
        description: the rule's description, at most 512 characters.
        function: the Lambda function, declared with ``app.function``; the default one if empty.
        **event_pattern: fields of the event, such as ``source=["aws.ecs"]`` and ``detail_type=[...]``.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    return Event(
        rule_name=rule_name,
        event_bus_name=event_bus_name,
        enabled=enabled,
        description=description,
        function=function,
        event_pattern={
            name if SPELT.get(name) in event_pattern else SPELT.get(name, name): value
            for name, value in event_pattern.items()
        },
    )


declare = cloudwatch_event_handler
