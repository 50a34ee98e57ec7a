"""Application Load Balancers: listener rules that forward to target groups of one function each.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from ..model.names import NAME_KEY, Scoped, Variable, resolve
from ..model.trigger import Limit, Source, Trigger, spell
from ._shared.emulated_listener import create_certificate, ensure_listener, find_balancer
from ._shared.listener_rules import (
    can_overlap,
    check_prefix,
    is_pattern,
    make_host,
    matches_host,
    normalise_path,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.event_request import EventRequest
    from ..model.names import Name
    from ..model.resource_type import ResourceType
    from ..model.trigger import Route

#: The input of the app's module that says which listener, and the configuration's keys for the stage's own.
LISTENER, CERTIFICATE = "alb_listener_arn", "alb_acm_cert_dns_name"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
HOST = Limit(
    noun="host name",
    pattern=r"[a-z0-9.*?-]*\.[a-z]+",
    max_length=128,
    allowed="lower-case letters, digits, -, ., * and ?, and after the last . letters",
)
PRIORITIES = range(1, 50001)
#: A rule's place among the others: by the number of its prefix's segments, then by its host.
DEEPEST, OF_DEPTH, OF_HOST = 9, 5000, 1666
_KEY = "requests"

#: The longest name of a target group.
LONGEST_GROUP = 32


class Alb(Trigger):
    """A listener rule."""

    prefix: str = ""
    host: Name | None = None
    priority: int | None = None

    kind = "alb"
    principal = "elasticloadbalancing.amazonaws.com"
    exclusive = True
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
        return _KEY

    def subject(self, handler: str) -> object:
        return self.describe()

    def describe(self) -> str:
        host = "" if self.host is None else f" of {spell(self.host)}"
        return f"requests to {self.prefix or 'any path'}{host}"

    def source(self, handler: str) -> Source:
        return Source(type="aws_lb_listener", name=Variable(name=LISTENER), owned=False)

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        # Only AWS knows the ID of a target group; the priority tells groups apart and is made as long.
        group = name_on_aws(Scoped(name=handler))[:LONGEST_GROUP]
        return f"targetgroup/{group}/{self.order():0>16}"

    def arguments(self, handler: str) -> dict[str, Any]:
        return {"prefix": self.prefix, "host": self.host, "priority": self.order()}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        return [] if self.host is None else [(HOST, self.host)]

    def problems(self) -> Iterator[tuple[str, str]]:
        prefix: object = self.prefix
        if not isinstance(prefix, str):
            yield f"the prefix is {prefix!r}", 'Give a string such as "/api"; "" takes every path.'
        elif wrong := check_prefix(prefix):
            yield f"the prefix {prefix!r} {wrong[0]}", wrong[1]
        elif prefix.count("/") > DEEPEST and self.priority is None:
            yield (
                f"the prefix {prefix!r} has {prefix.count('/')} segments, too many to compute a priority",
                f"Give priority=, or at most {DEEPEST} segments.",
            )
        if self.priority is not None and not (type(self.priority) is int and self.priority in PRIORITIES):
            yield (
                f"priority is {self.priority!r}",
                f"A listener takes {PRIORITIES[0]} to {PRIORITIES[-1]}, the lowest first.",
            )

    def order(self) -> int:
        """Returns the rule's priority on the listener: the lowest that matches a request gets it.

        Of two prefixes of a path the longer has more segments, so that it comes first; then a host comes
        before a pattern of hosts, and that before none. A hash keeps the others apart, so that no rule moves
        when another one is added.
        """
        if self.priority is not None:
            return self.priority
        from zlib import crc32

        host = repr(self.host)
        place = crc32(f"{self.prefix}{host}".encode()) % OF_HOST
        place += OF_HOST * (2 if self.host is None else int(is_pattern(host)))
        return PRIORITIES[0] + OF_DEPTH * (DEEPEST - str(self.prefix).count("/")) + place

    def takes(self, host: str, path: str) -> bool:
        """Whether a request is the handler's, where no other takes it first."""
        if self.prefix and path != self.prefix and not path.startswith(f"{self.prefix}/"):
            return False
        return self.host is None or matches_host(resolve(self.host).lower(), host)

    def covers(self, other: Alb) -> bool:
        """Whether every request that is the other's is this one's too, as far as declarations tell."""
        hosts = self.host in (None, other.host) or (
            isinstance(self.host, str)
            and isinstance(other.host, str)
            and not is_pattern(other.host)
            and matches_host(self.host, other.host)
        )
        return hosts and f"{other.prefix}/".startswith(f"{self.prefix}/")

    def vies(self, other: Alb) -> bool:
        """Whether nothing says which of the two gets a request that both their patterns of hosts match."""
        same = self.prefix == other.prefix and self.priority is None and other.priority is None
        hosts = [host for host in (self.host, other.host) if isinstance(host, str) and is_pattern(host)]
        return same and len(hosts) == 2 and can_overlap(*hosts)

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import format_message, make_arn, merge_fields

        host = (
            "sample.elb.amazonaws.com"
            if self.host is None
            else make_host(resolve(self.host, request.environ))
        )
        group = make_arn(request.environ, "elasticloadbalancing", "targetgroup/sample/0000000000000000")
        sent = {
            "requestContext": {"elb": {"targetGroupArn": group}},
            "httpMethod": "POST",
            "path": self.prefix or "/",
            "queryStringParameters": {},
            "headers": {
                "content-type": "application/json",
                "host": host,
                "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "80",
                "x-forwarded-proto": "http",
            },
            "body": format_message(request.payload),
            "isBase64Encoded": False,
        }
        return merge_fields(sent, request.fields)

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        from contextlib import closing
        from http.client import HTTPConnection
        from urllib.parse import quote, urlsplit

        elb = client("elbv2")
        balancer = find_balancer(elb, self.order(), f":function:{deployed['AWS_LAMBDA_FUNCTION_NAME']}")
        headers = {"Content-Type": "application/json"}
        if self.host is not None:
            headers["Host"] = make_host(resolve(self.host, deployed))
        path = self.prefix or "/"
        with closing(HTTPConnection(urlsplit(elb.meta.endpoint_url).netloc)) as connection:
            connection.request("POST", f"/_alb/{balancer}{quote(path)}", data.encode(), headers)
            status = connection.getresponse().status
        return f"posted to {headers.get('Host', balancer)}{path}, which answered {status}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> Mapping[str, str]:
        if domain := deployed.get(CERTIFICATE):
            create_certificate(client, domain)
            return {}
        return {LISTENER: ensure_listener(client("elbv2"), f"local-{deployed[NAME_KEY]}"[:32])}


def alb_target(
    prefix: str = "", *, host: Name | None = None, priority: int | None = None, function: str = ""
) -> Alb:
    """Calls the handler with the HTTP requests that reach a load balancer under a prefix of the path.

    The longest prefix that matches wins, and then a host before none.

    Args:
        prefix: ``/api`` takes ``/api`` and all below ``/api/``, but not ``/apix``; empty for every path.
        host: the host name, which may hold the wildcards ``*`` and ``?``; ``variable("name")`` where it
            differs by stage; every host if missing.
        priority: the rule's place among those of the listener, 1 to 50000; computed if missing.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    """
    return Alb(prefix=prefix, host=host, priority=priority, function=function)


declare = alb_target


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the one key of all requests, or nothing where the event is not from a load balancer."""
    context = item.get("requestContext")
    return (_KEY,) if isinstance(context, dict) and "elb" in context else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the event as it is."""
    return item


def choose(
    routes: Sequence[tuple[Trigger, Callable[[Any, Any], Any]]], item: Mapping[str, Any]
) -> Callable[[Any, Any], Any] | None:
    """Returns the handler whose rule the load balancer took, or None where none fits the request."""
    headers = item.get("headers")
    host = headers.get("host") if isinstance(headers, dict) else None
    name = host.partition(":")[0].lower() if isinstance(host, str) else ""
    path = normalise_path(item["path"]) if isinstance(item.get("path"), str) else ""
    found = [(t, handler) for t, handler in routes if isinstance(t, Alb) and t.takes(name, path)]
    return min(found, key=lambda route: route[0].order())[1] if found else None


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes whose listener rules overlap with others."""
    seen: list[tuple[Route, Alb]] = []
    for route, _ in keyed:
        rule = route.trigger
        if not isinstance(rule, Alb) or any(rule.problems()):
            continue
        for earlier, other in seen:
            if other.describe() != rule.describe():  # those that do are a problem of their own
                yield from _between((earlier, other), (route, rule))
        seen.append((route, rule))


def _between(first: tuple[Route, Alb], second: tuple[Route, Alb]) -> Iterator[tuple[Route, str, str]]:
    (earlier, other), (route, rule) = first, second
    if other.order() == rule.order():
        both = f"{route.handler} and {earlier.handler} ({earlier.location})"
        yield (
            route,
            f"{both} both have the priority {rule.order()} on the listener",
            "Give one of them another with priority=.",
        )
        return
    if other.vies(rule):
        yield (
            route,
            f"{route.handler} and {earlier.handler} ({earlier.location}) share {rule.describe()}: "
            f"some of them fit {other.host} too",
            "Give both a priority=: the lowest that matches gets the request.",
        )
        return
    (winner, taking), (loser, taken) = sorted((first, second), key=lambda pair: pair[1].order())
    if taking.covers(taken):
        yield (
            route,
            f"{loser.handler} ({loser.location}) would get no {taken.describe()}: "
            f"{winner.handler} ({winner.location}) takes them first, "
            f"by its priority {taking.order()} before {taken.order()}",
            "Leave priority= out of both, so that the longest prefix wins, "
            f"or give {loser.handler} a lower one.",
        )
