"""Subscription filters of CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from binascii import a2b_base64
from contextlib import suppress

from ..model.names import Scoped, Variable, resolve
from ..model.trigger import Limit, Source, Trigger, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.resource_type import ResourceType
    from ..model.trigger import Route

GROUP = Limit(
    noun="log group name",
    pattern=r"[.\-_/#A-Za-z0-9]+",
    max_length=512,
    allowed="letters, digits, ., -, _, / and #",
)
#: Log groups that the app creates.
NEW_GROUP = Limit(
    noun=GROUP.noun,
    pattern=GROUP.pattern,
    max_length=GROUP.max_length,
    allowed=GROUP.allowed,
    reserved=("aws/*",),
)
FILTER = Limit(
    noun="subscription filter name", pattern="[^:*]+", max_length=512, allowed="characters other than : and *"
)
MAX_PATTERN_LENGTH = 1024
MAX_FILTERS = 2
#: The ``wbits`` of data with a header and a trailer of gzip, which have a checksum.
_GZIP = 31
#: The data of the event that `identify` decoded last, and its payload, until `unwrap` returns that.
_last: list[tuple[object, dict[str, Any]]] = []
#: The remedies for values of wrong types, by argument.
REMEDIES = {"filter_pattern": 'Write a string, or "" to match every log event.'}


class Logs(Trigger):
    """A subscription filter of a log group."""

    log_group_name: Name
    filter_pattern: str
    create: bool = False
    filter_name: str | Scoped | None = None

    kind = "logs"
    cost = "log lines in between do not reach the handler"
    ending = "further log lines do not reach the handler"
    principal = "logs.amazonaws.com"
    variable_format: ClassVar = (
        r"^arn:[^:]+:logs:[^:]+:[0-9]+:log-group:[-._/#A-Za-z0-9]+(:[*])?$",
        "ARN of a log group",
    )

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.LOG_GROUP, resources.PERMISSION, resources.SUBSCRIPTION_FILTER)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        name = resolve(self.log_group_name, environ)
        return name.partition(":log-group:")[2].removesuffix(":*") or name

    def subject(self, handler: str) -> object:
        return spell(self.log_group_name)

    def describe(self) -> str:
        return f"log group {spell(self.log_group_name)}"

    def source(self, handler: str) -> Source:
        return Source(
            type="aws_cloudwatch_log_group",
            name=self.log_group_name,
            owned=self.create,
            service="logs",
            arn_resource="log-group:{}:*",
        )

    def arguments(self, handler: str) -> dict[str, Any]:
        return {"name": self.get_filter_name(handler), "filter_pattern": self.filter_pattern}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        group = NEW_GROUP if self.create else GROUP
        return [(group, self.log_group_name), (FILTER, self.get_filter_name(handler))]

    def unique_names(self, handler: str) -> Iterator[tuple[Limit, Name, str]]:
        if isinstance(self.log_group_name, str) and not self.create:
            yield FILTER, self.get_filter_name(handler), f"the log group {self.log_group_name!r}"

    def get_filter_name(self, handler: str) -> str | Scoped:
        """Returns the name of the subscription filter."""
        return Scoped(name=handler) if self.filter_name is None else self.filter_name

    def problems(self) -> Iterator[tuple[str, str]]:
        if len(self.filter_pattern) > MAX_PATTERN_LENGTH:
            yield (
                f"filter_pattern has {len(self.filter_pattern)} characters",
                f"CloudWatch Logs accepts at most {MAX_PATTERN_LENGTH}. Shorten it.",
            )

    def sample(self) -> Any:
        terms = self.filter_pattern.replace('"', " ").split()
        words = [word for word in (term.removeprefix("?") for term in terms) if word.isalnum()]
        is_plain = self.filter_pattern.strip()[:1] not in ("{", "[", "%")
        return " ".join(words) if is_plain and words else "hello"

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import ACCOUNT, MILLISECONDS, format_message, merge_fields

        lines = request.payload if isinstance(request.payload, list) else [request.payload]
        payload = {
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": self.key(request.handler, request.environ),
            "logStream": "sample",
            "subscriptionFilters": [resolve(self.get_filter_name(request.handler), request.environ)],
            "logEvents": [
                {"id": f"{number:056}", "timestamp": MILLISECONDS, "message": format_message(line)}
                for number, line in enumerate(lines, request.number)
            ],
        }
        data = gzip.compress(json.dumps(merge_fields(payload, request.fields)).encode(), mtime=0)
        return {"awslogs": {"data": base64.b64encode(data).decode()}}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        logs, group = client("logs"), self.key(handler, deployed)
        stream = {"logGroupName": group, "logStreamName": "domovoi-tf"}
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(**stream)
        lines = payload.value if payload.is_list() else [payload.text]
        now = int(time.time() * 1000)
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": line} for line in lines])
        return f"logged to {group}"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if not self.create and not isinstance(self.log_group_name, Variable):
            logs = client("logs")
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=resolve(self.log_group_name, deployed))


def cloudwatch_logs_sub_filter_handler(
    log_group_name: Name,
    filter_pattern: str,
    *,
    create: bool = False,
    filter_name: str | Scoped | None = None,
    function: str = "",
    name: str | None = None,
) -> Logs:
    """Calls the handler with the log events of a log group that match a pattern.

    Args:
        log_group_name: the name of the log group, ``scoped("name")``, or ``variable("name")`` for its ARN,
            with or without ``:*``.
        filter_pattern: the pattern of the log events, at most 1,024 characters; an empty string matches every
            log event.
        create: whether the app creates the log group; otherwise it refers to an existing one by name.
        filter_name: the name of the subscription filter, or ``scoped("name")`` (default:
            ``<app>-<stage>-<handler>``).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    return Logs(
        log_group_name=log_group_name,
        filter_pattern=filter_pattern,
        create=create,
        filter_name=filter_name,
        function=function,
        handler_name=name,
    )


declare = cloudwatch_logs_sub_filter_handler


def identify(item: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Returns the name of the log group as a key, None for a connection test, or no key for other events."""
    data = _get_data(item)
    payload = _decode(data)
    _last[:] = [(data, payload)]
    if payload.get("messageType") == "CONTROL_MESSAGE":
        return (None,)
    group = payload.get("logGroup")
    return (group,) if isinstance(group, str) else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the decoded payload of the event."""
    data, last = _get_data(item), _last[:]
    _last.clear()  # the payload may be large
    return last[0][1] if last and last[0][0] is data else _decode(data)


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes that exceed a log group's filters, or that would invoke themselves forever."""
    own_groups = {f"/aws/lambda/{name}" for name in functions}
    filters: dict[str, list[str]] = {}
    named: dict[tuple[str, str], Route] = {}
    for route, group in keyed:
        if group in own_groups:
            yield (
                route,
                f"{group!r} is the log group of a function of this app, which would invoke itself forever",
                "Use the log group of another app.",
            )
        name = spell(route.trigger.get_filter_name(route.handler))  # type: ignore[attr-defined]
        first_route = named.setdefault((group, name), route)
        if first_route is not route:
            yield (
                route,
                f"{route.handler} and {first_route.handler} ({first_route.location}) would have one "
                f"subscription filter {name} of the log group {group!r}",
                "Give one of them another filter_name.",
            )
        if len(earlier := filters.setdefault(group, [])) >= MAX_FILTERS:
            first = " and ".join(earlier[:MAX_FILTERS])
            yield (
                route,
                f"{route.handler} would be subscription filter {len(earlier) + 1} of the log group "
                f"{group!r}, after {first}",
                f"A log group can have {MAX_FILTERS}. Call this handler from one of the others.",
            )
        earlier.append(f"{route.handler} ({route.location})")


def _get_data(item: Mapping[str, Any]) -> object:
    logs = item.get("awslogs")
    return logs.get("data") if isinstance(logs, dict) else None


def _decode(data: object) -> dict[str, Any]:
    """Returns the payload in the data of an event, or an empty dict if it cannot be decoded."""
    try:
        # Not gzip and base64, which import five modules at a cold start.
        payload = json.loads(zlib.decompress(a2b_base64(data), _GZIP)) if isinstance(data, str) else None
    except (ValueError, zlib.error, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}
