"""Schedules: EventBridge rules, and EventBridge Scheduler for time zones and one-time schedules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import json

from ..model.names import Scoped, make_key
from ..model.trigger import Limit, Trigger, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.quota import QuotaUse
    from ..model.resource_type import ResourceType
    from ..model.trigger import Route

_PATTERN, _CHARACTERS = r"[.\-_A-Za-z0-9]+", "letters, digits, ., - and _"
RULE = Limit(noun="EventBridge rule name", pattern=_PATTERN, max_length=64, allowed=_CHARACTERS)
SCHEDULE = Limit(noun="EventBridge schedule name", pattern=_PATTERN, max_length=64, allowed=_CHARACTERS)
#: Any characters: the name derives from that of the schedule, which is checked.
TARGET = Limit(noun="target ID", pattern=_PATTERN, max_length=64, allowed=_CHARACTERS)
ROLE = Limit(noun="name of the schedule's role", pattern="(?s:.*)", max_length=64, allowed="")
MAX_DESCRIPTION_LENGTH = 512
WRITE = "Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00)."
#: The remedies for values of wrong types, by argument.
REMEDIES = {"schedule": WRITE, "timezone": "Give its IANA name, such as 'Europe/Vienna'."}


class Rule(Trigger):
    """An EventBridge rule, with a schedule or an event pattern."""

    rule_name: Name | None = None
    enabled: bool = True
    description: str | None = None
    target_id: str | Scoped | None = None

    namespace = "rule"
    noun: ClassVar[str] = "rule"
    principal = "events.amazonaws.com"
    exclusive = True
    label_source = ("rule", "rule_name")
    trigger_outputs: ClassVar = {
        "rule_arns": ("rule_arn", "ARN of each EventBridge rule, by handler."),
        "rule_names": ("arguments.name", "Name of each EventBridge rule, by handler."),
    }

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return resources.RULE_RESOURCES

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return self.rule_name if isinstance(self.rule_name, str) else handler

    def subject(self, handler: str) -> object:
        return spell(self.get_rule_name(handler))

    def spell_source(self) -> str:
        if self.rule_name is not None:
            return spell(self.rule_name)
        details = (getattr(self, name, None) for name in ("input", "event_pattern"))
        return " ".join([self.describe(), *(repr(each) for each in details if each is not None)])

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        return f"rule/{name_on_aws(self.get_rule_name(handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "name": self.get_rule_name(handler),
            "task_name": self.key(handler),
            "enabled": self.enabled,
            "description": self.description,
            "target_id": self.target_id,
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield RULE, self.get_rule_name(handler)
        if self.target_id is not None:
            yield TARGET, self.target_id

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.description is not None and len(self.description) > MAX_DESCRIPTION_LENGTH:
            yield (
                f"the description has {len(self.description)} characters",
                f"EventBridge accepts at most {MAX_DESCRIPTION_LENGTH}. Shorten it.",
            )

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.event_buses import count_rule

        return count_rule(handler)

    def event(self, request: EventRequest) -> dict[str, Any]:
        return {"task_name": self.key(request.handler), "event": request.payload}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        from ..model.event_request import EventRequest

        event = self.event(EventRequest(handler=handler, payload=payload.value, environ=deployed))
        name = deployed["AWS_LAMBDA_FUNCTION_NAME"]
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
        return f"invoked {name} as the {self.noun} of {handler} would"

    def get_rule_name(self, handler: str) -> Name:
        return Scoped(name=handler) if self.rule_name is None else self.rule_name


class Schedule(Rule):
    """A rule with a schedule in UTC."""

    schedule: str
    input: Any = None

    kind = "schedule"
    cost, ending = "a run that is due in between is skipped", "the handler runs no more on this schedule"

    def describe(self) -> str:
        return self.schedule

    def arguments(self, handler: str) -> dict[str, Any]:
        return {**super().arguments(handler), "schedule_expression": self.schedule, "input": self.input}

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._shared.json_text import encode_json
        from ._shared.schedule_expressions import (
            MAX_SCHEDULE_LENGTH,
            check_input,
            check_schedule,
            suggest_schedule,
        )

        reason = check_schedule(self.schedule)
        if reason:
            remedy = suggest_schedule(self.schedule) or WRITE
            yield f"the schedule {self.schedule!r} is not valid: {reason}", remedy
        elif len(self.schedule) > MAX_SCHEDULE_LENGTH:
            yield (
                f"the schedule has {len(self.schedule)} characters",
                f"EventBridge accepts at most {MAX_SCHEDULE_LENGTH}. Split it into several schedules.",
            )
        if self.input is not None:
            yield from check_input(encode_json(self.input), self.noun)
        yield from super().problems()

    def sample(self) -> Any:
        if self.input is not None:
            return self.input
        from ._shared.sample_envelope import make_scheduled_event

        return make_scheduled_event("aws.events", "events:{}:rule/schedule")


class SchedulerSchedule(Schedule):
    """A schedule of EventBridge Scheduler, which invokes the function with an execution role of its own."""

    timezone: str | None = None

    noun = "schedule"
    principal = ""
    setting = "schedules"
    trigger_outputs: ClassVar = {"schedule_arns": ("schedule_arn", "ARN of each schedule, by handler.")}

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return resources.SCHEDULER_RESOURCES

    def describe(self) -> str:
        return self.schedule if self.timezone is None else f"{self.schedule} in {self.timezone}"

    def arguments(self, handler: str) -> dict[str, Any]:
        schedule = super().arguments(handler)
        return {**schedule, "timezone": self.timezone, "role_name": self.get_role(handler)}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [(SCHEDULE, self.get_rule_name(handler)), (ROLE, self.get_role(handler))]

    def problems(self) -> Iterator[tuple[str, str]]:
        from ._shared.schedule_expressions import check_timezone

        yield from super().problems()
        if self.timezone is not None:
            yield from check_timezone(self.timezone)
        if self.target_id is not None:
            yield "target_id has no effect: a schedule of EventBridge Scheduler has none", "Leave it out."

    def warnings(self) -> Iterator[str]:
        from ._shared.schedule_expressions import check_schedule

        is_rate = check_schedule(self.schedule) == "" and self.schedule.startswith("rate(")
        if self.timezone not in (None, "UTC") and is_rate:  # UTC chooses EventBridge Scheduler
            yield f"timezone has no effect on {self.schedule}: a day in a rate always has 24 hours"

    def sample(self) -> Any:
        if self.input is not None:
            return self.input
        from ._shared.sample_envelope import make_scheduled_event

        return make_scheduled_event("aws.scheduler", "scheduler:{}:schedule/group/schedule")

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.service_quotas import ROLES

        yield ROLES.count_for("the app")

    def get_role(self, handler: str) -> Scoped:
        """Returns the name of the schedule's role. Its dot keeps it apart from the roles of functions."""
        return Scoped(name=f"{make_key(self.get_rule_name(handler))}.schedule")


def scheduled_function(
    schedule: str,
    rule_name: Name | None = None,
    *,
    timezone: str | None = None,
    input: Any = None,
    enabled: bool = True,
    description: str | None = None,
    target_id: str | Scoped | None = None,
    function: str = "",
    name: str | None = None,
) -> Schedule:
    """Calls the handler on a schedule, in UTC or in a time zone.

    Args:
        schedule: ``rate(5 minutes)``, ``cron(0 18 ? * MON-FRI *)`` or, for one time,
            ``at(2030-12-31T18:00:00)``.
        rule_name: the name of the EventBridge rule or schedule (default: ``<app>-<stage>-<handler>``).
        timezone: the IANA name of the time zone of ``cron`` and ``at``, such as ``Europe/Vienna`` (default:
            UTC). With a time zone, and for ``at``, EventBridge Scheduler invokes the function instead of an
            EventBridge rule.
        input: any JSON value, which the handler receives instead of the scheduled event.
        enabled: whether the rule or schedule is enabled.
        description: the description of the rule or schedule, at most 512 characters.
        target_id: the ID of the rule's target, or ``scoped("id")`` (default: ``function``).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    options: dict[str, Any] = {
        "schedule": schedule,
        "rule_name": rule_name,
        "input": input,
        "enabled": enabled,
        "description": description,
        "target_id": target_id,
        "function": function,
        "handler_name": name,
    }
    if timezone is None and not str(schedule).startswith("at("):
        return Schedule(**options)
    return SchedulerSchedule(timezone=timezone, **options)


declare = scheduled_function


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the name of the task as a key, or no key if the event is not from a rule or schedule."""
    task = item.get("task_name")
    return (task,) if isinstance(task, str) and "event" in item else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the EventBridge event, or the ``input`` of the rule or schedule."""
    return item["event"]


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the schedules whose roles would have the same name, which schedule groups do not keep apart."""
    first: dict[str, Route] = {}
    for route, _ in keyed:
        if isinstance(route.trigger, SchedulerSchedule):
            role = route.trigger.get_role(route.handler).name
            earlier = first.setdefault(role, route)
            if earlier.trigger.subject(earlier.handler) != route.trigger.subject(route.handler):
                yield (
                    route,
                    f"{route.handler} and {earlier.handler} ({earlier.location}) "
                    f"both have a schedule with the role <app>-<stage>-{role}",
                    "Rename one of the schedules: the name of the role derives from it.",
                )
