"""Links into the AWS Management Console.

https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from domovoi_tf.model.names import NAME_KEY, resolve
from domovoi_tf.runtime.executions import resolve_machine_name

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.trigger import Route, Source
    from domovoi_tf.settings import Settings

_DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}
_SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


class Place(NamedTuple):
    """Where things are: partition, Region and account number."""

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, arn: str) -> Place:
        """Returns the place of what an ARN names."""
        parts = arn.split(":")
        return cls(parts[1], parts[3], parts[4])

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something here; what is one already is returned as it is."""
        if resource.startswith("arn:"):
            return resource
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def url(self, page: str, fragment: str) -> str:
        """Returns the link of a page of the console."""
        domain = _DOMAINS.get(self.partition, _DOMAINS["aws"])
        return f"https://{self.region}.{domain}/{page}?region={self.region}#{fragment}"


class Link(NamedTuple):
    """A link: what kind of thing it shows, the thing's name, and the URL."""

    what: str
    name: str
    url: str


def links(
    application: Application, settings: Settings, functions: Mapping[str, tuple[str, Mapping[str, str]]]
) -> list[Link]:
    """Returns the links of all that an app has, each once.

    Args:
        application: the app.
        settings: the stage's.
        functions: ARN and environment of each deployed function, by its name in the app.
    """
    found: list[Link] = []
    for arn, _ in functions.values():
        name = arn.rpartition(":")[2]
        found += [function(Place.of(arn), name), log_group(Place.of(arn), f"/aws/lambda/{name}")]
    here = Place.of(next(iter(functions.values()))[0])
    for machine in application.state_machines:
        found.append(state_machine(here, resolve_machine_name(machine.name, {NAME_KEY: settings.name})))
    for route in application.routes:
        arn, environ = functions[route.trigger.function]
        found += _of_route(Place.of(arn), route, {**environ, NAME_KEY: settings.name})
    return list(dict.fromkeys(found))


def function(place: Place, name: str) -> Link:
    """Returns the link of a function."""
    return Link("function", name, place.url("lambda/home", f"/functions/{name}"))


def log_group(place: Place, name: str) -> Link:
    """Returns the link of a log group."""
    # The console decodes twice, and has $ where a URL has %.
    escaped = quote(quote(name, safe=""), safe="").replace("%", "$")
    return Link("logs", name, place.url("cloudwatch/home", f"logsV2:log-groups/log-group/{escaped}"))


def state_machine(place: Place, name: str) -> Link:
    """Returns the link of a state machine."""
    arn = place.arn("states", f"stateMachine:{name}")
    return Link("state machine", name, place.url("states/home", f"/statemachines/view/{arn}"))


def topic(place: Place, name: str) -> Link:
    """Returns the link of a topic, by its name or ARN."""
    arn = place.arn("sns", name)
    return Link("topic", _last(arn), Place.of(arn).url("sns/v3/home", f"/topic/{arn}"))


def queue(place: Place, name: str) -> Link:
    """Returns the link of a queue, by its name or ARN."""
    at = Place.of(place.arn("sqs", name))
    url = f"https://sqs.{at.region}.{_SUFFIXES.get(at.partition, 'amazonaws.com')}/{at.account}/{_last(name)}"
    return Link("queue", _last(name), at.url("sqs/v3/home", f"/queues/{quote(url, safe='')}"))


def rule(place: Place, name: str, bus: str = "default") -> Link:
    """Returns the link of an EventBridge rule."""
    bus = bus.rpartition("/")[2] if bus.startswith("arn:") else bus
    return Link("rule", name, place.url("events/home", f"/eventbus/{quote(bus, safe='')}/rules/{name}"))


def schedule(place: Place, name: str) -> Link:
    """Returns the link of a schedule of EventBridge Scheduler."""
    return Link("schedule", name, place.url("scheduler/home", f"schedules/default/{name}"))


#: The kinds of resources that have a link.
_SOURCES = {"aws_sns_topic": topic, "aws_sqs_queue": queue, "aws_cloudwatch_log_group": log_group}


def _of_route(place: Place, route: Route, environ: Mapping[str, str]) -> Iterator[Link]:
    trigger, handler = route.trigger, route.handler
    source = trigger.source(handler)
    for each in _with_needs(() if source is None else [source]):
        if each.type in _SOURCES:
            yield _SOURCES[each.type](place, resolve(each.name, environ))
    output = trigger.trigger_outputs.get("rule_arns", ("", ""))[0]
    names = [resolve(name, environ) for _, name in trigger.names(handler)]
    if output == "rule_arn":
        yield rule(place, *names[:2])
    elif output == "schedule_arn":
        yield schedule(place, names[0])


def _with_needs(sources: Iterable[Source]) -> Iterator[Source]:
    for source in sources:
        yield source
        yield from _with_needs(source.needs)


def _last(name: str) -> str:
    return name.rpartition(":")[2]
