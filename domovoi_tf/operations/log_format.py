"""What Lambda and the dispatcher write to a function's log: requests, reports, and whose lines follow.

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
#: Before a line of Python's logging Lambda puts its time and request, which the log has anyway.
_LOGGED = re.compile(r"(\[[A-Z]+\])\t\S+Z\t\S+\t")
_NUMBERS = {
    "duration_ms": r"\tDuration: ([\d.]+) ms",
    "billed_duration_ms": r"Billed Duration: ([\d.]+) ms",
    "init_duration_ms": r"Init Duration: ([\d.]+) ms",
    "memory_size_mb": r"Memory Size: (\d+) MB",
    "max_memory_used_mb": r"Max Memory Used: (\d+) MB",
}
_METRICS = {
    "duration_ms": "durationMs",
    "billed_duration_ms": "billedDurationMs",
    "init_duration_ms": "initDurationMs",
    "memory_size_mb": "memorySizeMB",
    "max_memory_used_mb": "maxMemoryUsedMB",
}


class Report(NamedTuple):
    """What an invocation took, in milliseconds and MB; None where the log does not say."""

    duration_ms: float | None = None
    billed_duration_ms: float | None = None
    init_duration_ms: float | None = None
    memory_size_mb: float | None = None
    max_memory_used_mb: float | None = None


class Entry(NamedTuple):
    """What an event of a log is: a ``line``, a ``mark``, or Lambda's ``start``, ``report``, ``platform``."""

    kind: str
    value: str


def entry(message: str) -> Entry:
    """Returns what an event of a log is, whether the format is text or JSON.

    ``value`` is the request's id of a ``start``, the handler of a ``mark``, and the text of all else.
    """
    if message.startswith(MARK):
        return Entry("mark", message.removeprefix(MARK).strip())
    if found := _PLATFORM.match(message):
        kinds = {"START": ("start", found[2]), "REPORT": ("report", message)}
        return Entry(*kinds.get(found[1] or "", ("platform", message)))
    record = _platform_record(message)
    if record is None:
        return Entry("line", message)
    kinds = {
        "platform.start": ("start", str(record[1].get("requestId"))),
        "platform.report": ("report", message),
    }
    return Entry(*kinds.get(record[0], ("platform", message)))


def report(messages: Iterable[str]) -> Report:
    """Returns the report among the messages of an invocation; an empty one where there is none."""
    for message in messages:
        if entry(message).kind == "report":
            record = _platform_record(message)
            if record:
                metrics = record[1].get("metrics", {})
                return Report(**{name: metrics.get(key) for name, key in _METRICS.items()})
            found = {name: re.search(pattern, message) for name, pattern in _NUMBERS.items()}
            return Report(**{name: float(match[1]) for name, match in found.items() if match})
    return Report()


def failed(message: str) -> bool:
    """Whether a report tells of a failure, such as a timeout or too little memory."""
    record = _platform_record(message)
    status = record[1].get("status", "success") if record else "success"
    return status != "success" or bool(re.search(r"\tStatus: (?!success)", message))


def text(message: str) -> str:
    """Returns a line as it is to be read, without the time and request that Lambda puts before it."""
    return _LOGGED.sub(r"\1 ", message).replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _platform_record(message: str) -> tuple[str, dict[str, Any]] | None:
    if not message.startswith("{") or '"platform.' not in message:
        return None
    try:
        document = json.loads(message)
        kind, record = document["type"], document["record"]
    except (ValueError, KeyError, TypeError):
        return None
    return (kind, record) if str(kind).startswith("platform.") and isinstance(record, dict) else None
