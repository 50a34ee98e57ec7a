"""Parses the log events of Lambda and of the dispatcher: starts, reports, and marks of handlers.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from domovoi_tf.runtime.dispatch import MARK

_PLATFORM = re.compile(
    r"(START|END|REPORT) RequestId: (\S+)|(INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|XRAY TraceId:)\b"
)
#: Lambda prefixes lines of Python's logging with time and request ID, which the log event has anyway.
_LOGGING_PREFIX = re.compile(r"(\[[A-Z]+\])\t\S+Z\t\S+\t")
_TEXT_METRICS = {
    "duration_ms": r"\tDuration: ([\d.]+) ms",
    "billed_duration_ms": r"Billed Duration: ([\d.]+) ms",
    "init_duration_ms": r"Init Duration: ([\d.]+) ms",
    "memory_size_mb": r"Memory Size: (\d+) MB",
    "max_memory_used_mb": r"Max Memory Used: (\d+) MB",
}
_JSON_METRICS = {
    "duration_ms": "durationMs",
    "billed_duration_ms": "billedDurationMs",
    "init_duration_ms": "initDurationMs",
    "memory_size_mb": "memorySizeMB",
    "max_memory_used_mb": "maxMemoryUsedMB",
}


class Report(NamedTuple):
    """The durations and the memory use of an invocation; None for values that the log lacks."""

    duration_ms: float | None = None
    billed_duration_ms: float | None = None
    init_duration_ms: float | None = None
    memory_size_mb: float | None = None
    max_memory_used_mb: float | None = None


class Entry(NamedTuple):
    """A parsed log event.

    Args:
        kind: ``line`` of a handler, ``mark`` of the dispatcher, or ``start``, ``report`` or another
            ``platform`` event of Lambda.
        value: the request ID of a ``start``, the handler of a ``mark``, otherwise the message.
    """

    kind: str
    value: str


def parse_entry(message: str) -> Entry:
    """Parses the message of a log event.

    Args:
        message: the message, in Lambda's text format or JSON format.
    """
    if message.startswith(MARK):
        return Entry("mark", message.removeprefix(MARK).strip())
    if match := _PLATFORM.match(message):
        kinds = {"START": ("start", match[2]), "REPORT": ("report", message)}
        return Entry(*kinds.get(match[1] or "", ("platform", message)))
    record = _parse_platform_record(message)
    if record is None:
        return Entry("line", message)
    kinds = {
        "platform.start": ("start", str(record[1].get("requestId"))),
        "platform.report": ("report", message),
    }
    return Entry(*kinds.get(record[0], ("platform", message)))


def find_report(messages: Iterable[str]) -> Report:
    """Returns the report of an invocation; an empty one if the log has none.

    Args:
        messages: the messages of the log events.
    """
    for message in messages:
        if parse_entry(message).kind == "report":
            record = _parse_platform_record(message)
            if record:
                metrics = record[1].get("metrics", {})
                return Report(**{name: metrics.get(key) for name, key in _JSON_METRICS.items()})
            matches = {name: re.search(pattern, message) for name, pattern in _TEXT_METRICS.items()}
            return Report(**{name: float(match[1]) for name, match in matches.items() if match})
    return Report()


def is_failure(message: str) -> bool:
    """Returns whether a report states that the invocation failed, for example by a timeout.

    Args:
        message: the message of a ``report``.
    """
    record = _parse_platform_record(message)
    status = record[1].get("status", "success") if record else "success"
    return status != "success" or bool(re.search(r"\tStatus: (?!success)", message))


def format_line(message: str) -> str:
    """Returns a line without the time and the request ID that Lambda adds.

    Args:
        message: the message of a ``line``.
    """
    return _LOGGING_PREFIX.sub(r"\1 ", message).replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _parse_platform_record(message: str) -> tuple[str, dict[str, Any]] | None:
    if not message.startswith("{") or '"platform.' not in message:
        return None
    try:
        document = json.loads(message)
        kind, record = document["type"], document["record"]
    except (ValueError, KeyError, TypeError):
        return None
    return (kind, record) if str(kind).startswith("platform.") and isinstance(record, dict) else None
