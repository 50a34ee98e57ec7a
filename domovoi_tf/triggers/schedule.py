"""Schedules: EventBridge rules, and schedules of EventBridge Scheduler in a time zone or once.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import json

from ..model.names import Scoped, Variable
from ..model.trigger import EventRequest, Limit, Trigger, spell
from ._shared import resources
from ._shared.schedule_expressions import LONGEST_SCHEDULE, _wrong, _wrong_timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.application import KeyedRoutes, Route, RouteProblems
    from ..model.names import Name

RULE = Limit(
    noun="EventBridge rule name",
    pattern=r"[.\-_A-Za-z0-9]+",
    max_length=64,
    allowed="letters, digits, ., - and _",
)
SCHEDULE = Limit(
    noun="EventBridge schedule name",
    pattern=r"[.\-_A-Za-z0-9]+",
    max_length=64,
    allowed="letters, digits, ., - and _",
)
#: Its characters are those of the schedule's name, which are judged there.
ROLE = Limit(noun="name of the schedule's role", pattern="(?s:.*)", max_length=64, allowed="")
LONGEST_DESCRIPTION = 512
#: What a rule's target takes, in characters.
LONGEST_INPUT = 8192
#: What Lambda takes asynchronously, in bytes; Scheduler names no limit of its own.
LARGEST_INPUT = 1024 * 1024


class Rule(Trigger):
    """An EventBridge rule, whatever makes it fire."""

    rule_name: Name | None = None
    enabled: bool = True
    description: str | None = None

    namespace = "rule"
    resource_types: ClassVar = resources.RULE_RESOURCES
    principal = "events.amazonaws.com"
    exclusive = True
    trigger_outputs: ClassVar = {
        "rule_arns": ("rule_arn", "ARN of each EventBridge rule or schedule, by handler.")
    }

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return self.rule_name if isinstance(self.rule_name, str) else handler

    def subject(self, handler: str) -> object:
        return spell(self._rule(handler))

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return f"rule/{name_on_aws(self._rule(handler))}"

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

    def event(self, request: EventRequest) -> dict[str, Any]:
        return {"task_name": self.key(request.handler), "event": request.payload}

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        wire = self.event(EventRequest(handler=handler, payload=json.loads(data), environ=deployed))
        name = deployed["AWS_LAMBDA_FUNCTION_NAME"]
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(wire))
        return f"invoked {name} as the {self._what()} of {handler} does"

    def _rule(self, handler: str) -> Name:
        return Scoped(name=handler) if self.rule_name is None else self.rule_name

    def _what(self) -> str:
        return "rule"


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
        from ._shared.json_text import written

        wrong = _wrong(self.schedule)
        if wrong:
            yield (
                f"the schedule {self.schedule!r} is malformed: {wrong}",
                "Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).",
            )
        elif len(self.schedule) > LONGEST_SCHEDULE:
            yield (
                f"the schedule has {len(self.schedule)} characters",
                f"EventBridge takes at most {LONGEST_SCHEDULE}.",
            )
        if self.input is not None:
            yield from self._wrong_input(written(self.input))
        yield from super().problems()

    def sample(self) -> Any:
        if self.input is not None:
            return self.input
        from ._shared.sample_envelope import ACCOUNT, REGION, TIME, identifier

        return {
            "version": "0",
            "id": identifier(1),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": f"{TIME}Z",
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/schedule"],
            "detail": {},
        }

    def _wrong_input(self, text: str) -> Iterator[tuple[str, str]]:
        if len(text) > LONGEST_INPUT:
            yield (
                f"the input has {len(text)} characters in JSON",
                f"EventBridge takes at most {LONGEST_INPUT}, the task's name with it.",
            )


class SchedulerSchedule(Schedule):
    """A schedule of EventBridge Scheduler, which invokes the function by a role of the schedule's own."""

    timezone: str | None = None

    principal = ""
    resource_types: ClassVar = resources.SCHEDULER_RESOURCES
    trigger_outputs: ClassVar = {"rule_arns": ("schedule_arn", Rule.trigger_outputs["rule_arns"][1])}

    def describe(self) -> str:
        return self.schedule if self.timezone is None else f"{self.schedule} in {self.timezone}"

    def arguments(self, handler: str) -> dict[str, Any]:
        schedule = super().arguments(handler)
        return {**schedule, "timezone": self.timezone, "role_name": self.role(handler)}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [(SCHEDULE, self._rule(handler)), (ROLE, self.role(handler))]

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if self.timezone is not None:
            yield from _wrong_timezone(self.timezone)

    def warnings(self) -> Iterator[str]:
        if self.timezone is not None and _wrong(self.schedule) == "" and self.schedule.startswith("rate("):
            yield f"a time zone has no effect on {self.schedule}: a day of a rate has 24 hours in all of them"

    def sample(self) -> Any:
        found = super().sample()
        if self.input is not None:
            return found
        from ._shared.sample_envelope import ACCOUNT, REGION

        schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/group/schedule"
        more = {"source": "aws.scheduler", "resources": [schedule]}
        return {name: value for name, value in (found | more).items() if name not in ("account", "region")}

    def role(self, handler: str) -> Scoped:
        """Returns the role's name. With a dot in it, it is never that of a function's role."""
        name = self._rule(handler)
        return Scoped(name=f"{name.name if isinstance(name, (Scoped, Variable)) else name}.schedule")

    def _wrong_input(self, text: str) -> Iterator[tuple[str, str]]:
        size = len(text.encode(errors="replace"))
        if size > LARGEST_INPUT:
            yield (
                f"the input has {size} bytes in JSON",
                f"Lambda takes at most {LARGEST_INPUT} from EventBridge Scheduler, the task's name with it.",
            )

    def _what(self) -> str:
        return "schedule"


def scheduled_function(
    schedule: str,
    rule_name: Name | None = None,
    *,
    timezone: str | None = None,
    input: Any = None,
    enabled: bool = True,
    description: str | None = None,
    function: str = "",
) -> Schedule:
    """Calls the handler by the clock, in UTC or in a time zone.

    Args:
        schedule: ``rate(5 minutes)``, ``cron(0 18 ? * MON-FRI *)`` or, once, ``at(2030-12-31T18:00:00)``.
        rule_name: the name of the EventBridge rule or schedule; ``<app>-<stage>-<handler>`` if missing.
        timezone: the time zone of ``cron`` and ``at`` by its IANA name, such as ``Europe/Vienna``; UTC if
            missing. With it, and for ``at``, EventBridge Scheduler invokes the function instead of a rule.
        input: what the handler gets instead of the scheduled event; any JSON value.
        enabled: whether the rule or schedule fires.
        description: the description of the rule or schedule, at most 512 characters.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    options: dict[str, Any] = {
        "schedule": schedule,
        "rule_name": rule_name,
        "input": input,
        "enabled": enabled,
        "description": description,
        "function": function,
    }
    if timezone is None and not str(schedule).startswith("at("):
        return Schedule(**options)
    return SchedulerSchedule(timezone=timezone, **options)


declare = scheduled_function


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the task's name, or nothing where the event is not from a rule of the app."""
    task = item.get("task_name")
    return (task,) if isinstance(task, str) and "event" in item else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the EventBridge event, or the ``input`` of the rule or schedule."""
    return item["event"]


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields schedules whose roles would have the same name: roles are not in a schedule's group."""
    first: dict[str, Route] = {}
    for route, _ in keyed:
        if isinstance(route.trigger, SchedulerSchedule):
            role = route.trigger.role(route.handler).name
            earlier = first.setdefault(role, route)
            if earlier.trigger.subject(earlier.handler) != route.trigger.subject(route.handler):
                yield (
                    route,
                    f"{route.handler} and {earlier.handler} ({earlier.location}) "
                    f"both have a schedule whose role is <app>-<stage>-{role}",
                    "Rename one schedule: its role is named after it.",
                )
