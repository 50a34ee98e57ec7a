"""Parses the log events of Lambda and of the dispatcher: starts, reports, and marks of handlers.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from domovoi_tf.runtime.dispatch import MARK, MARK_LOGGER

_PLATFORM = re.compile(
    r"(START|END|REPORT) RequestId: (\S+)|(INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|XRAY TraceId:)\b"
)
#: Lambda prefixes lines of Python's logging with time and request ID, which the log event has anyway.
_LOGGING_PREFIX = re.compile(r"(\[[A-Z]+\])\t\S+Z\t\S+\t")
#: The fields of every line that the runtime logs as JSON.
_LINE_FIELDS = frozenset(
    {"timestamp", "level", "message", "logger", "requestId", "errorType", "errorMessage"}
)
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
        request_id: the request ID of a ``line`` or ``mark`` in JSON format; empty if it has none.
    """

    kind: str
    value: str
    request_id: str = ""


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
        return _parse_line(message)
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
    line = _parse_json_line(message)
    text = _LOGGING_PREFIX.sub(r"\1 ", message) if line is None else _format_json_line(line)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _parse_line(message: str) -> Entry:
    line = _parse_json_line(message) or {}
    request_id, text = str(line.get("requestId", "")), line.get("message")
    if line.get("logger") == MARK_LOGGER and isinstance(text, str) and text.startswith(MARK):
        return Entry("mark", text.removeprefix(MARK), request_id)
    return Entry("line", message, request_id)


def _parse_json_line(message: str) -> dict[str, Any] | None:
    """Returns a line that Lambda's runtime, or a library that imitates it, logged as JSON; otherwise None."""
    if not message.startswith("{"):
        return None
    try:
        line = json.loads(message)
    except ValueError:
        return None
    is_line = line.keys() >= {"timestamp", "level"} and line.keys() & {"message", "errorMessage"}
    return line if is_line else None


def _format_json_line(line: Mapping[str, Any]) -> str:
    """Returns a JSON line in the text format, followed by its additional fields, as JSON."""
    error = ": ".join(str(line[name]) for name in ("errorType", "errorMessage") if line.get(name))
    message = line.get("message", error)
    text = f"[{line['level']}] {message if isinstance(message, str) else json.dumps(message)}"
    frames = line.get("stackTrace")
    known = _LINE_FIELDS
    if isinstance(frames, list):
        known |= {"location", "stackTrace"}
        text += "\nTraceback (most recent call last):\n" + "\n".join(
            str(each).rstrip("\n") for each in frames
        )
    if error and "message" in line:
        text += f"\n{error}"
    others = {name: value for name, value in line.items() if name not in known}
    return f"{text} {json.dumps(others, ensure_ascii=False)}" if others else text


def _parse_platform_record(message: str) -> tuple[str, dict[str, Any]] | None:
    if not message.startswith("{") or '"platform.' not in message:
        return None
    try:
        document = json.loads(message)
        kind, record = document["type"], document["record"]
    except (ValueError, KeyError, TypeError):
        return None
    return (kind, record) if str(kind).startswith("platform.") and isinstance(record, dict) else None
