"""Conditions of listener rules: path and host patterns, and which overlap."""

from __future__ import annotations

import re
from functools import cache

_UNRESERVED = re.compile("%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)


def _is_pattern(host: str) -> bool:
    return "*" in host or "?" in host


def _some_host(pattern: str) -> str:
    """Returns a host name that fits one with the wildcards * and ?."""
    return pattern.lower().replace("*", "x").replace("?", "x")


def _matches(pattern: str, host: str) -> bool:
    """Whether a host name fits one with the wildcards * and ?."""
    if not _is_pattern(pattern):
        return pattern == host
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, host) is not None


@cache
def _overlap(one: str, other: str) -> bool:
    """Whether a host name can fit both patterns."""
    if not (one and other):
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _overlap(one[1:], other[1:])


def _normal(path: str) -> str:
    """Returns a path as the load balancer sees it when it looks for the rule: normalised as a URI.

    https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
    """
    if "%" in path:
        path = _UNRESERVED.sub(lambda code: chr(int(code[1], 16)), path)
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)
