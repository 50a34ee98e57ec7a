"""Builds links to the app's resources in the AWS Management Console.

https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from domovoi_tf.model.names import NAME_KEY, STAGE_KEY, resolve
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
_DOMAIN_SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


class Location(NamedTuple):
    """The partition, Region and account ID of resources."""

    partition: str
    region: str
    account: str

    @classmethod
    def from_arn(cls, arn: str) -> Location:
        """Returns the location of a resource.

        Args:
            arn: the ARN of the resource.
        """
        parts = arn.split(":")
        return cls(parts[1], parts[3], parts[4])

    def build_arn(self, service: str, resource: str) -> str:
        """Returns the ARN of a resource in this location.

        Args:
            service: the service in the ARN.
            resource: the part after the account ID; an ARN is returned unchanged.
        """
        if resource.startswith("arn:"):
            return resource
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def build_url(self, page: str, fragment: str) -> str:
        """Returns the URL of a page of the console.

        Args:
            page: the path of the page, such as ``lambda/home``.
            fragment: the part after ``#``.
        """
        domain = _DOMAINS.get(self.partition, _DOMAINS["aws"])
        return f"https://{self.region}.{domain}/{page}?region={self.region}#{fragment}"


class Link(NamedTuple):
    """A link: the kind of resource (``what``), the name of the resource, and the URL."""

    what: str
    name: str
    url: str


def list_links(
    application: Application, settings: Settings, functions: Mapping[str, tuple[str, Mapping[str, str]]]
) -> list[Link]:
    """Returns the links to all resources of an app, without duplicates.

    Args:
        application: the app.
        settings: the stage's settings.
        functions: ARN and environment of each deployed function, by its name in the app.
    """
    links: list[Link] = []
    for arn, _ in functions.values():
        location, name = Location.from_arn(arn), arn.rpartition(":")[2]
        links += [link_function(location, name), link_log_group(location, f"/aws/lambda/{name}")]
    location = Location.from_arn(next(iter(functions.values()))[0])
    for machine in application.state_machines:
        name = resolve_machine_name(machine.name, {NAME_KEY: settings.name})
        links.append(link_state_machine(location, name))
    for route in application.routes:
        arn, environ = functions[route.trigger.function]
        names = {NAME_KEY: settings.name, STAGE_KEY: settings.stage}
        links += _link_route(Location.from_arn(arn), route, {**names, **environ, NAME_KEY: settings.name})
    return list(dict.fromkeys(links))


def link_function(location: Location, name: str) -> Link:
    """Returns the link to a function."""
    return Link("function", name, location.build_url("lambda/home", f"/functions/{name}"))


def link_log_group(location: Location, name: str) -> Link:
    """Returns the link to a log group."""
    # The console decodes the name twice, and uses $ in place of %.
    escaped = quote(quote(name, safe=""), safe="").replace("%", "$")
    return Link("logs", name, location.build_url("cloudwatch/home", f"logsV2:log-groups/log-group/{escaped}"))


def link_state_machine(location: Location, name: str) -> Link:
    """Returns the link to a state machine."""
    arn = location.build_arn("states", f"stateMachine:{name}")
    return Link("state machine", name, location.build_url("states/home", f"/statemachines/view/{arn}"))


def link_topic(location: Location, name: str) -> Link:
    """Returns the link to a topic, by its name or ARN."""
    arn = location.build_arn("sns", name)
    return Link("topic", _get_name(arn), Location.from_arn(arn).build_url("sns/v3/home", f"/topic/{arn}"))


def link_queue(location: Location, name: str) -> Link:
    """Returns the link to a queue, by its name or ARN."""
    location, name = Location.from_arn(location.build_arn("sqs", name)), _get_name(name)
    domain = _DOMAIN_SUFFIXES.get(location.partition, "amazonaws.com")
    url = f"https://sqs.{location.region}.{domain}/{location.account}/{name}"
    return Link("queue", name, location.build_url("sqs/v3/home", f"/queues/{quote(url, safe='')}"))


def link_rule(location: Location, name: str, bus: str = "default") -> Link:
    """Returns the link to an EventBridge rule, by its name and the name or ARN of its event bus."""
    bus = bus.rpartition("/")[2] if bus.startswith("arn:") else bus
    return Link(
        "rule", name, location.build_url("events/home", f"/eventbus/{quote(bus, safe='')}/rules/{name}")
    )


def link_schedule(location: Location, name: str) -> Link:
    """Returns the link to a schedule of EventBridge Scheduler."""
    return Link("schedule", name, location.build_url("scheduler/home", f"schedules/default/{name}"))


#: The functions that return the link to an event source, by its resource type.
_SOURCE_LINKS = {
    "aws_sns_topic": link_topic,
    "aws_sqs_queue": link_queue,
    "aws_cloudwatch_log_group": link_log_group,
}


def _link_route(location: Location, route: Route, environ: Mapping[str, str]) -> Iterator[Link]:
    trigger, handler = route.trigger, route.handler
    source = trigger.source(handler)
    for each in _walk_sources(() if source is None else [source]):
        if each.type in _SOURCE_LINKS:
            yield _SOURCE_LINKS[each.type](location, resolve(each.name, environ))
    if "rule_arns" in trigger.trigger_outputs:
        path = trigger.invoker(handler, lambda name: resolve(name, environ)).removeprefix("rule/")
        bus, _, rule = path.rpartition("/")
        yield link_rule(location, rule, bus or "default")
    elif "schedule_arns" in trigger.trigger_outputs:
        _, name = next(iter(trigger.names(handler)))
        yield link_schedule(location, resolve(name, environ))


def _walk_sources(sources: Iterable[Source]) -> Iterator[Source]:
    for source in sources:
        yield source
        yield from _walk_sources(source.needs)


def _get_name(arn: str) -> str:
    return arn.rpartition(":")[2]
