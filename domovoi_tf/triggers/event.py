"""Event patterns of EventBridge rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from ..model.names import Variable, resolve
from ..model.trigger import Limit, spell
from .schedule import Rule, identify, unwrap

__all__ = ["Event", "cloudwatch_event_handler", "declare", "identify", "unwrap"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name, Scoped
    from ..model.quota import QuotaUse

BUS = Limit(
    noun="event bus name",
    pattern=r"[/.\-_A-Za-z0-9]+",
    max_length=256,
    allowed="letters, digits, /, ., - and _",
)
#: The value of a variable: EventBridge takes the ARN of a bus too.
#: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
BUS_OR_ARN = Limit(
    noun="name or ARN of an event bus",
    pattern=rf"(arn:[^:]+:events:[^:]+:[0-9]+:event-bus/)?{BUS.pattern}",
    max_length=1600,
    allowed="",
    form="central or arn:PARTITION:events:REGION:ACCOUNT:event-bus/central",
)
MAX_PATTERN_LENGTH = 4096
#: The fields of an event that are not Python identifiers, by their keyword arguments.
KEYWORDS = {"detail_type": "detail-type", "replay_name": "replay-name"}
FIELDS = ["account", "detail", *KEYWORDS, "id", "region", "resources", "source", "time", "version"]
EMPTY = ("the event pattern is empty", 'Add a field, such as source=["aws.ecs"].')
OPTIONS = ["description", "enabled", "event_bus_name", "function", "name", "rule_name", "target_id"]


class Event(Rule):
    """A rule with an event pattern."""

    event_pattern: Mapping[str, Any]
    event_bus_name: Name | None = None

    kind = "event"
    cost = "events in between are lost"
    ending = "further events do not reach the handler"

    def describe(self) -> str:
        bus = "" if self.event_bus_name is None else f" on bus {spell(self.event_bus_name)}"
        return f"events of {self._get_first('source') or 'any source'}{bus}"

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        bus = "" if self.event_bus_name is None else f"{name_on_aws(self.event_bus_name)}/"
        return f"rule/{bus}{name_on_aws(self.get_rule_name(handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        rule = super().arguments(handler)
        return {**rule, "event_pattern": self.event_pattern, "event_bus_name": self.event_bus_name}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        bus = self.event_bus_name
        limit = BUS_OR_ARN if isinstance(bus, Variable) else BUS
        return [*super().names(handler), *([] if bus is None else [(limit, bus)])]

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.event_buses import count_rule

        yield from count_rule(handler, self.event_pattern, self.event_bus_name)

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._patterns.grammar import find_event_pattern_problems
        from ._shared.json_text import encode_json

        pattern = self.event_pattern
        fields = {KEYWORDS.get(name, name): name for name in FIELDS}
        problems = list(find_event_pattern_problems(pattern, fields, OPTIONS)) if pattern else [EMPTY]
        yield from problems
        length = 0 if problems else len(encode_json(pattern))
        if length > MAX_PATTERN_LENGTH:
            yield (
                f"the event pattern has {length} characters as JSON",
                f"EventBridge accepts at most {MAX_PATTERN_LENGTH}. Split it into several rules.",
            )
        yield from super().problems()

    def sample(self) -> Any:
        from ._patterns.samples import make_match

        return make_match(self.event_pattern).get("detail", {})

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._patterns.samples import make_match
        from ._shared.sample_envelope import ACCOUNT, TIME, get_region, make_id, merge_fields

        event = {
            "version": "0",
            "id": make_id(request.number),
            "detail-type": "Sample",
            "source": "sample",
            "account": ACCOUNT,
            "time": f"{TIME}Z",
            "region": get_region(request.environ),
            "resources": [],
        }
        values = make_match({name: value for name, value in self.event_pattern.items() if name != "detail"})
        if "resources" in values:
            values["resources"] = [values["resources"]]
        event = merge_fields(merge_fields(event, values) | {"detail": request.payload}, request.fields)
        return super().event(request.replace_payload(event))

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        source, detail_type = self._get_first("source"), self._get_first("detail-type")
        is_settable = self.event_pattern.keys() <= {"source", "detail-type", "detail"}
        can_put = is_settable and source and detail_type and isinstance(payload.value, dict)
        if not can_put or source.startswith("aws."):  # AWS accepts no events of its own sources
            return super().send(client, deployed, handler, payload)
        bus = resolve(self.event_bus_name or "default", deployed)
        entry = {"Source": source, "DetailType": detail_type, "Detail": payload.json, "EventBusName": bus}
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

    def _get_first(self, field: str) -> str:
        """Returns the first literal string that the pattern has for a field, or an empty string."""
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
    target_id: str | Scoped | None = None,
    function: str = "",
    name: str | None = None,
    **event_pattern: Any,
) -> Event:
    """Calls the handler with the EventBridge events that match a pattern.

    Args:
        rule_name: the name of the EventBridge rule (default: ``<app>-<stage>-<handler>``).
        event_bus_name: the name of an existing event bus, ``scoped("name")``, or ``variable("name")`` for its
            name or ARN (default: the default event bus).
        enabled: whether the rule is enabled.
        description: the description of the rule, at most 512 characters.
        target_id: the ID of the rule's target, or ``scoped("id")`` (default: ``function``).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).
        **event_pattern: the fields of the event pattern, such as ``source=["aws.ecs"]`` and
            ``detail_type=[...]``.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    return Event(
        rule_name=rule_name,
        event_bus_name=event_bus_name,
        enabled=enabled,
        description=description,
        target_id=target_id,
        function=function,
        handler_name=name,
        event_pattern={
            name if KEYWORDS.get(name) in event_pattern else KEYWORDS.get(name, name): value
            for name, value in event_pattern.items()
        },
    )


declare = cloudwatch_event_handler
