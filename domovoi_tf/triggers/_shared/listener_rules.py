"""Compares requests with the conditions of listener rules, and converts headers to lists of values."""

from __future__ import annotations

import re
from functools import cache

from ...model.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from re import Pattern
    from typing import Any

    Handler = Callable[[Any, Any], Any]
    #: The priority of a rule, its number among all rules, and its handler.
    Rule = tuple[int, int, Handler]

_UNRESERVED = re.compile("%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)

SEGMENT = r"/[A-Za-z0-9_.$~\"'@:+&-]+"
MAX_PATTERN_LENGTH = 128


def check_prefix(prefix: str) -> tuple[str, str] | None:
    """Returns the problem of a prefix, as the end of a message, and its remedy; None if it is valid."""
    if not prefix or re.fullmatch(rf"({SEGMENT})+", prefix):
        if {".", ".."} & set(prefix.split("/")):
            return (
                "has the segment . or ..",
                "Leave it out: load balancers resolve it before they match rules.",
            )
        if len(prefix) + len("/*") > MAX_PATTERN_LENGTH:
            max_length = MAX_PATTERN_LENGTH - len("/*")
            return f"has {len(prefix)} characters", f"AWS accepts at most {max_length}. Shorten it."
        return None
    if not prefix.startswith("/"):
        return "does not begin with /", f"Write {'/' + prefix!r}."
    if prefix.endswith("/"):
        return "ends with /", f"Write {prefix.rstrip('/')!r}, which matches everything below it too."
    if "*" in prefix or "?" in prefix:
        return "has a wildcard", "Leave it out: a prefix matches everything below it."
    return "is not a path", "Use letters, digits and _ - . $ ~ \" ' @ : + & between single slashes."


def is_pattern(host: str) -> bool:
    """Whether a host name has the wildcards * or ?."""
    return "*" in host or "?" in host


def make_host(pattern: str) -> str:
    """Returns a host name that matches a pattern with the wildcards * and ?."""
    return pattern.lower().replace("*", "x").replace("?", "x")


def get_host(request: Mapping[str, Any]) -> str:
    """Returns the host name of a request, whose headers have single values or lists of values."""
    headers = request.get("multiValueHeaders") or request.get("headers")
    host = headers.get("host") if isinstance(headers, dict) else None
    if isinstance(host, list):
        host = host[-1] if host else None
    return host.partition(":")[0].lower() if isinstance(host, str) else ""


def spread_headers(message: Any) -> Any:
    """Returns a request or a response with its ``headers`` as lists, under ``multiValueHeaders``.

    A load balancer that sends lists of values rejects a response with single values.
    """
    return _spread(message, "headers", "multiValueHeaders")


def spread_request(request: Mapping[str, Any]) -> Any:
    """Returns a request with its headers and query parameters as lists of values."""
    return _spread(spread_headers(request), "queryStringParameters", "multiValueQueryStringParameters")


def _spread(message: Any, name: str, list_name: str) -> Any:
    if not (isinstance(message, dict) and isinstance(message.get(name), dict)):
        return message
    lists = {key: value if isinstance(value, list) else [value] for key, value in message[name].items()}
    others = {key: value for key, value in message.items() if key != name}
    return {**others, list_name: {**lists, **(message.get(list_name) or {})}}


def matches_host(pattern: str, host: str) -> bool:
    """Whether a host name matches a pattern with the wildcards * and ?."""
    return _compile(pattern).fullmatch(host) is not None


def _compile(pattern: str) -> Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


class RuleIndex:
    """Listener rules by path and host, so that finding one takes as long for any number of them."""

    def __init__(self) -> None:
        self._rules: dict[str, list[tuple[Any, int, Handler]]] = {}
        self._resolved: dict[str, Any] = {}
        self._count = self._max_length = 0
        self._has_hosts = False

    def add(self, trigger: Any, handler: Handler) -> None:
        """Adds the rule of a trigger."""
        prefix = trigger.prefix
        self._count += 1
        self._rules.setdefault(prefix, []).append((trigger, self._count, handler))
        self._max_length = max(self._max_length, len(prefix))
        self._has_hosts = self._has_hosts or trigger.host is not None

    def find(self, request: Mapping[str, Any]) -> Handler | None:
        """Returns the handler with the first rule that matches a request, or None."""
        host, path = get_host(request) if self._has_hosts else "", request.get("path")
        path = normalise_path(path) if isinstance(path, str) else ""
        best, prefix, end, length = None, "", 0, len(path)
        while end <= self._max_length:
            if prefix in self._rules:
                hosts, default, patterns = self._resolved.get(prefix) or self._resolve(prefix)
                rule = hosts.get(host, default)
                if rule and (not best or rule < best):
                    best = rule
                for pattern, rule in patterns:
                    if (not best or rule < best) and pattern.fullmatch(host):
                        best = rule
            if end == length:
                break
            end = path.find("/", end + 1)
            if end < 0:
                end = length
            prefix = path[:end]
        return best[2] if best else None

    def _resolve(self, prefix: str) -> Any:
        """Returns the first rules with a prefix, by host and for other hosts, and those with patterns."""
        hosts: dict[str | None, Rule] = {}
        patterns: list[tuple[Pattern[str], Rule]] = []
        for trigger, number, handler in self._rules[prefix]:
            rule = trigger.compute_priority(), number, handler
            host = None if trigger.host is None else resolve(trigger.host).lower()
            if host is not None and is_pattern(host):
                patterns.append((_compile(host), rule))
            else:
                hosts[host] = min(rule, hosts.get(host, rule))
        default = hosts.pop(None, None)
        for host, rule in hosts.items():
            hosts[host] = min(rule, default or rule)
        self._resolved[prefix] = hosts, default, patterns
        return self._resolved[prefix]


@cache
def can_overlap(one: str, other: str) -> bool:
    """Whether a host name can match both patterns."""
    if not (one and other):
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        return can_overlap(one[1:], other) or can_overlap(one, other[1:])
    return (one[0] == other[0] or "?" in (one[0], other[0])) and can_overlap(one[1:], other[1:])


def normalise_path(path: str) -> str:
    """Returns the normalised form of a path, with which a load balancer matches its rules.

    https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
    """
    if "%" in path:
        path = _UNRESERVED.sub(lambda code: chr(int(code[1], 16)), path)
    if "/." not in path:
        return path
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments)
