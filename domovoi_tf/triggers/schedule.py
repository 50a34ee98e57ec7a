"""Schedules: EventBridge rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

import json
import re

from ..names import Scoped
from . import Limit, Trigger, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..names import Name

RULE = Limit(
    what="EventBridge rule name",
    pattern=r"[.\-_A-Za-z0-9]+",
    longest=64,
    allowed="letters, digits, ., - and _",
)
LONGEST_DESCRIPTION = 512
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
#: The fields of cron(): name, least, greatest, names of values, further forms.
FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day-of-month", 1, 31, [], r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    ("month", 1, 12, MONTHS, ""),
    ("day-of-week", 1, 7, DAYS, r"\?|L|([1-7]|" + "|".join(DAYS) + r")(L|#[1-5])"),
    ("year", 1970, 2199, [], ""),
)


class Rule(Trigger):
    """An EventBridge rule, whatever makes it fire."""

    rule_name: Name | None = None
    enabled: bool = True
    description: str | None = None

    namespace = "rule"
    principal = "events.amazonaws.com"
    exclusive = True
    trigger_outputs: ClassVar = {"rule_arns": ("rule_arn", "ARN of each EventBridge rule, by handler.")}

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return self.rule_name if isinstance(self.rule_name, str) else handler

    def subject(self, handler: str) -> object:
        return spell(self._rule(handler))

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "name": self._rule(handler),
            "task_name": self.key(handler),
            "enabled": self.enabled,
            "description": self.description,
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [(RULE, self._rule(handler))]

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.description is not None and len(self.description) > LONGEST_DESCRIPTION:
            yield (
                f"the description has {len(self.description)} characters",
                f"EventBridge takes at most {LONGEST_DESCRIPTION}.",
            )

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        wire = {"task_name": self.key(handler), "event": json.loads(data)}
        name = deployed["AWS_LAMBDA_FUNCTION_NAME"]
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(wire))
        return f"invoked {name} as the rule of {handler} does"

    def _rule(self, handler: str) -> Name:
        return Scoped(name=handler) if self.rule_name is None else self.rule_name


class Schedule(Rule):
    """A rule that fires by the clock, in UTC."""

    schedule: str
    input: Any = None

    kind = "schedule"

    def describe(self) -> str:
        return self.schedule

    def arguments(self, handler: str) -> dict[str, Any]:
        rule = super().arguments(handler)
        return {**rule, "schedule_expression": self.schedule, "input": self.input}

    def problems(self) -> Iterator[tuple[str, str]]:
        wrong = _wrong(self.schedule)
        if wrong:
            yield (
                f"the schedule {self.schedule!r} is malformed: {wrong}",
                "Write rate(5 minutes) or cron(0 18 ? * MON-FRI *), in UTC.",
            )
        yield from super().problems()


def scheduled_function(
    schedule: str,
    rule_name: Name | None = None,
    *,
    input: Any = None,
    enabled: bool = True,
    description: str | None = None,
    function: str = "",
) -> Schedule:
    """Calls the handler by the clock, in UTC.

    Args:
        schedule: ``rate(5 minutes)`` or ``cron(0 18 ? * MON-FRI *)``.
        rule_name: the EventBridge rule's name; ``<app>-<stage>-<handler>`` if missing.
        input: what the handler gets instead of the scheduled event; any JSON value.
        enabled: whether the rule fires.
        description: the rule's description, at most 512 characters.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    """
    return Schedule(
        schedule=schedule,
        rule_name=rule_name,
        input=input,
        enabled=enabled,
        description=description,
        function=function,
    )


declare = scheduled_function


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the task's name, or nothing where the event is not from a rule of the app."""
    task = item.get("task_name")
    return (task,) if isinstance(task, str) and "event" in item else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the EventBridge event, or the rule's ``input``."""
    return item["event"]


def _wrong(schedule: object) -> str:
    if not isinstance(schedule, str):
        return "it is not a string"
    form = re.fullmatch(r"(rate|cron)\((.*)\)", schedule)
    if not form:
        return "it is neither rate(...) nor cron(...)"
    return (_wrong_rate if form[1] == "rate" else _wrong_cron)(form[2])


def _wrong_rate(text: str) -> str:
    rate = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text, re.ASCII)
    if not rate:
        return "a rate is a positive whole number, a space, and minute(s), hour(s) or day(s)"
    number, unit, plural = rate.groups()
    if (number == "1") == bool(plural):
        return f"{number} takes the unit {unit}{'' if plural else 's'}"
    return ""


def _wrong_cron(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(FIELDS) or "" in parts:
        return f"cron takes six fields separated by one space, not {len(text.split())}"
    for part, (name, least, greatest, names, further) in zip(parts, FIELDS, strict=True):
        if not (further and re.fullmatch(further, part)) and not all(
            _is_item(item, least, greatest, names) for item in part.split(",")
        ):
            return f"{part!r} is not a value of {name} ({least} to {greatest})"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day-of-month and day-of-week is ?"
    return ""


def _is_item(item: str, least: int, greatest: int, names: list[str]) -> bool:
    values, _, step = item.partition("/")
    if "/" in item and not (step.isascii() and step.isdecimal() and int(step) > 0):
        return False
    return values == "*" or all(
        value in names or (value.isascii() and value.isdecimal() and least <= int(value) <= greatest)
        for value in values.split("-", 1)
    )
