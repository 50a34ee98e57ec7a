"""Listener rules of Application Load Balancers, each with a target group for the function.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from ..model.names import NAME_KEY, Scoped, Variable, resolve
from ..model.trigger import Limit, Source, Trigger, spell
from ._shared.emulated_listener import create_certificate, ensure_listener, find_balancer, post_request
from ._shared.listener_rules import (
    RuleIndex,
    can_overlap,
    check_prefix,
    is_pattern,
    make_host,
    matches_host,
    spread_headers,
    spread_request,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.quota import QuotaUse
    from ..model.resource_type import ResourceType
    from ..model.trigger import Route

    Handler = Callable[[Any, Any], Any]

#: The input of the app's module for an existing listener, and the configuration's key for a new one.
LISTENER, CERTIFICATE = "alb_listener_arn", "alb_acm_cert_dns_name"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
HOST = Limit(
    noun="host name",
    pattern=r"[a-z0-9.*?-]*\.[a-z]+",
    max_length=128,
    allowed="lower-case letters, digits, -, ., * and ?, and a last part of letters",
    whole_pattern=r"[A-Za-z0-9.*?-]*\.[A-Za-z]+",
)
#: Any characters: the module shortens the name, and replaces the characters that AWS does not accept.
GROUP = Limit(noun="target group name", pattern="(?s:.*)", max_length=512, allowed="")
PRIORITIES = range(1, 50001)
#: Computed priorities depend on the number of segments of the prefix, and then on the host.
MAX_SEGMENTS, PER_DEPTH, PER_HOST = 9, 5000, 1666
KEY = "requests"
REMEDIES = {  # for values of wrong types, by argument
    "prefix": 'Use a string such as "/api", or "" for every path.',
    "priority": f"Use a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}.",
}
MAX_GROUP_LENGTH = 32  # of a target group's name


class Alb(Trigger):
    """A listener rule of a load balancer."""

    prefix: str = ""
    host: Name | None = None
    priority: int | None = None
    multi_value_headers: bool = False

    kind = "alb"
    cost, ending = "requests in between fail or reach another rule", "further requests do not reach it"
    principal = "elasticloadbalancing.amazonaws.com"
    exclusive = True
    label_source = ("any_path", "host", "prefix")
    variable_format: ClassVar = (
        r"^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]+:listener/app/[^/]+/[^/]+/[^/]+$",
        "ARN of a load balancer's listener",
    )

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources
        from ._shared.load_balancer_resources import LOAD_BALANCER_RESOURCES

        return (*LOAD_BALANCER_RESOURCES, resources.PERMISSION)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return KEY

    def subject(self, handler: str) -> object:
        return self.describe()

    def describe(self) -> str:
        host = "" if self.host is None else f" of {spell(self.host)}"
        return f"requests to {self.prefix or 'any path'}{host}"

    def source(self, handler: str) -> Source:
        return Source(type="aws_lb_listener", name=Variable(name=LISTENER), owned=False)

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        # The ID of a target group is not known; the priority stands for it, padded to the same length.
        group = name_on_aws(Scoped(name=handler))[:MAX_GROUP_LENGTH]
        return f"targetgroup/{group}/{self.compute_priority():0>16}"

    def arguments(self, handler: str) -> dict[str, Any]:
        rule = {"prefix": self.prefix, "host": self.host, "priority": self.compute_priority()}
        return {**rule, "multi_value_headers": self.multi_value_headers}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [(GROUP, Scoped(name=handler)), *([] if self.host is None else [(HOST, self.host)])]

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.service_quotas import TARGET_GROUPS

        yield TARGET_GROUPS.count_for("the load balancer")

    def problems(self) -> Iterator[tuple[str, str]]:
        prefix = self.prefix
        if problem := check_prefix(prefix):
            yield f"the prefix {prefix!r} {problem[0]}", problem[1]
        elif prefix.count("/") > MAX_SEGMENTS and self.priority is None:
            yield (
                f"the prefix {prefix!r} has {prefix.count('/')} segments, too many to compute a priority",
                f"Set priority=, or use at most {MAX_SEGMENTS} segments.",
            )
        if self.priority is not None and self.priority not in PRIORITIES:
            yield f"priority is {self.priority!r}", REMEDIES["priority"]

    def compute_priority(self) -> int:
        """Returns the priority of the rule on the listener, where the lowest that matches a request wins.

        Prefixes with more segments come first; then hosts come before patterns of hosts, and those before
        rules without a host. A hash tells the other rules apart, so that no priority changes when a rule is
        added.
        """
        if self.priority is not None:
            return self.priority
        from zlib import crc32

        host = repr(self.host)
        offset = crc32(f"{self.prefix}{host}".encode()) % PER_HOST
        offset += PER_HOST * (2 if self.host is None else int(is_pattern(host)))
        return PRIORITIES[0] + PER_DEPTH * (MAX_SEGMENTS - self.prefix.count("/")) + offset

    def covers(self, other: Alb) -> bool:
        """Whether this rule matches every request that another one matches, as far as is known."""
        covers_host = self.host in (None, other.host) or (
            isinstance(self.host, str)
            and isinstance(other.host, str)
            and not is_pattern(other.host)
            and matches_host(self.host, other.host)
        )
        return covers_host and f"{other.prefix}/".startswith(f"{self.prefix}/")

    def is_ambiguous_with(self, other: Alb) -> bool:
        """Whether a request can match the host patterns of two rules that only a hash puts in order."""
        is_tie = self.prefix == other.prefix and self.priority is None and other.priority is None
        hosts = [host for host in (self.host, other.host) if isinstance(host, str) and is_pattern(host)]
        return is_tie and len(hosts) == 2 and can_overlap(*hosts)

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        if not self.multi_value_headers:
            return handler
        return lambda event, context: spread_headers(handler(event, context))

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import make_load_balancer_request, merge_fields

        host = self.host and make_host(resolve(self.host, request.environ))
        event = make_load_balancer_request(request, self.prefix or "/", host or "sample.elb.amazonaws.com")
        event = merge_fields(event, request.fields)
        return spread_request(event) if self.multi_value_headers else event

    def find_page(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> tuple[str, str] | None:
        from ._shared.emulated_listener import find_page

        host = "" if self.host is None else make_host(resolve(self.host, deployed))
        function = f":function:{deployed['AWS_LAMBDA_FUNCTION_NAME']}"
        return find_page(client("elbv2"), self.compute_priority(), function, host, self.prefix or "/")

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        elb = client("elbv2")
        balancer = find_balancer(
            elb, self.compute_priority(), f":function:{deployed['AWS_LAMBDA_FUNCTION_NAME']}"
        )
        host = "" if self.host is None else make_host(resolve(self.host, deployed))
        path = self.prefix or "/"
        status = post_request(elb.meta.endpoint_url, balancer, path, host, payload)
        return f"posted to {host or balancer}{path}, which responded with status {status}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> Mapping[str, str]:
        if domain := deployed.get(CERTIFICATE):
            create_certificate(client, domain)
            return {}
        return {LISTENER: ensure_listener(client("elbv2"), f"local-{deployed[NAME_KEY]}"[:32])}


def alb_target(
    prefix: str = "",
    *,
    host: Name | None = None,
    priority: int | None = None,
    multi_value_headers: bool = False,
    function: str = "",
    name: str | None = None,
) -> Alb:
    """Calls the handler with the HTTP requests to a load balancer whose path has a prefix.

    The rule with the longest prefix that matches wins, and of those one with a host.

    Args:
        prefix: the prefix of the path. ``/api`` matches ``/api`` and everything below ``/api/``, but not
            ``/apix``; an empty prefix matches every path.
        host: the host name, which may have the wildcards ``*`` and ``?``, ``scoped("name")``, or
            ``variable("name")`` if it differs between stages (default: every host).
        priority: the priority of the listener rule, 1 to 50,000, the lowest first (default: computed).
        multi_value_headers: whether the event and the response have all values of each header and query
            parameter, as lists under ``multiValueHeaders`` and ``multiValueQueryStringParameters``
            (default: the last value only, under ``headers`` and ``queryStringParameters``).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers
    """
    return Alb(
        prefix=prefix,
        host=host,
        priority=priority,
        multi_value_headers=multi_value_headers,
        function=function,
        handler_name=name,
    )


declare = alb_target


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the key of requests, or no key if the event is not from a load balancer."""
    context = item.get("requestContext")
    return (KEY,) if isinstance(context, dict) and "elb" in context else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the event unchanged."""
    return item


def make_chooser(routes: Sequence[tuple[Any, Handler]]) -> Callable[[Mapping[str, Any]], Handler | None]:
    """Returns a function that finds the handler with the first listener rule that matches a request."""
    rules = RuleIndex()
    for trigger, handler in routes:
        rules.add(trigger, handler)
    return rules.find


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes whose listener rules overlap with others."""
    seen: list[tuple[Route, Alb]] = []
    for route, _ in keyed:
        rule = route.trigger
        if not isinstance(rule, Alb) or any(rule.problems()):
            continue
        for earlier, other in seen:
            if other.describe() != rule.describe():  # equal descriptions are reported as equal subjects
                yield from _compare((earlier, other), (route, rule))
        seen.append((route, rule))


def _compare(first: tuple[Route, Alb], second: tuple[Route, Alb]) -> RouteProblems:
    (earlier, other), (route, rule) = first, second
    both = f"{route.handler} and {earlier.handler} ({earlier.location})"
    if other.compute_priority() == rule.compute_priority():
        problem = f"{both} both have the priority {rule.compute_priority()} on the listener"
        yield route, problem, "Set another priority= for one of them."
        return
    if other.is_ambiguous_with(rule):
        yield (
            route,
            f"{both} share {rule.describe()}: some hosts match {other.host} too",
            "Set priority= for both: the lowest that matches a request wins.",
        )
        return
    (winner, winning), (loser, losing) = sorted((first, second), key=lambda pair: pair[1].compute_priority())
    if winning.covers(losing):
        yield (
            route,
            f"{loser.handler} ({loser.location}) would receive no {losing.describe()}: "
            f"{winner.handler} ({winner.location}) matches them first, "
            f"with priority {winning.compute_priority()} before {losing.compute_priority()}",
            "Leave priority= out of both, so that the longest prefix wins, "
            f"or set a lower one for {loser.handler}.",
        )
