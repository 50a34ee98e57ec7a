"""Parses the log events of Lambda and of the dispatcher: starts, reports, and marks of handlers.

What a handler prints can look like any of them. So these functions tell only what an event may be. Whoever
reads the log compares its request ID with that of the current request, which no text of an event contains.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from domovoi_tf.operations.tracebacks import select_own_frames, shorten_traceback
from domovoi_tf.runtime.dispatch import MARK, MARK_LOGGER
from domovoi_tf.system.text import parse_json

_START = re.compile(r"START RequestId: (\S+) Version: \S+\s*")
_END = re.compile(r"(END|REPORT) RequestId: (\S+)\s")
#: Events of Lambda about the execution environment, which belong to no request.
_ENVIRONMENT = re.compile(
    r"(INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT|EXTENSION|TELEMETRY|XRAY TraceId:)(?=\s)"
)
_BEGINNINGS = frozenset({"INIT_START", "RESTORE_START", "platform.initStart", "platform.restoreStart"})
_MARK = re.compile(rf"{MARK}(\S.*) (\S+)\n?")
#: Lambda prefixes lines of Python's logging with time and request ID, which the log event has anyway.
_LOGGING_PREFIX = re.compile(r"(\[[A-Z]+\])\t\S+Z\t\S+\t")
#: The fields of every line that the runtime logs as JSON.
_LINE_FIELDS = frozenset(
    {"timestamp", "level", "message", "logger", "requestId", "errorType", "errorMessage"}
)
_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_TEXT_METRICS = {
    "duration_ms": rf"\tDuration: {_NUMBER} ms",
    "billed_duration_ms": rf"\tBilled Duration: {_NUMBER} ms",
    "init_duration_ms": rf"\tInit Duration: {_NUMBER} ms",
    "memory_size_mb": rf"\tMemory Size: {_NUMBER} MB",
    "max_memory_used_mb": rf"\tMax Memory Used: {_NUMBER} MB",
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
    """A classified log event.

    Args:
        kind: ``line`` of a handler; ``mark`` of the dispatcher; or an event of Lambda: ``start``, ``end`` or
            ``report`` of a request, ``beginning`` of an execution environment, or another ``platform`` event.
        request_id: the request ID; empty if the event has none.
        handler: the name of the handler, of a ``mark``.
        is_json: whether it is a JSON line of the runtime.
    """

    kind: str
    request_id: str = ""
    handler: str = ""
    is_json: bool = False


def parse_entry(message: str) -> Entry:
    """Parses the message of a log event.

    Args:
        message: the message, in Lambda's text format or JSON format.
    """
    if match := _MARK.fullmatch(message):
        return Entry("mark", match[2], match[1])
    if match := _START.fullmatch(message):
        return Entry("start", match[1])
    if match := _END.match(f"{message}\n"):
        return Entry(match[1].lower(), match[2])
    if match := _ENVIRONMENT.match(message):
        return Entry("beginning" if match[1] in _BEGINNINGS else "platform")
    record = _parse_platform_record(message)
    return _parse_line(message) if record is None else _describe_record(*record)


def find_report(messages: Iterable[str], request_id: str) -> Report:
    """Returns the last report of a request; an empty one if the log has none.

    Args:
        messages: the messages of the log events.
        request_id: the request ID.
    """
    reports = [each for each in messages if parse_entry(each) == Entry("report", request_id)]
    if not reports:
        return Report()
    record = _parse_platform_record(reports[-1])
    if record is None:
        matches = {name: re.search(pattern, reports[-1]) for name, pattern in _TEXT_METRICS.items()}
        return Report(**{name: float(match[1]) for name, match in matches.items() if match})
    metrics = record[1].get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    return Report(**{name: _get_number(metrics.get(key)) for name, key in _JSON_METRICS.items()})


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

    The traceback of a handler's exception begins in the app's code.

    Args:
        message: the message of a ``line``.
    """
    line = _parse_json_line(message)
    text = _LOGGING_PREFIX.sub(r"\1 ", message, count=1) if line is None else _format_json_line(line)
    return shorten_traceback(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))


def format_error(fields: Mapping[str, Any]) -> str:
    """Returns the type and the message of an error, such as "ValueError: empty"; empty if there is none.

    Args:
        fields: the fields of a JSON line, or of the response of a function that failed.
    """
    return ": ".join(str(fields[name]) for name in ("errorType", "errorMessage") if fields.get(name))


def _parse_line(message: str) -> Entry:
    line = _parse_json_line(message)
    if line is None:
        return Entry("line")
    request_id, text = line.get("requestId"), line.get("message")
    request_id = request_id if isinstance(request_id, str) else ""
    match = _MARK.fullmatch(text) if isinstance(text, str) and line.get("logger") == MARK_LOGGER else None
    if match and match[2] == request_id:
        return Entry("mark", request_id, match[1], is_json=True)
    return Entry("line", request_id, is_json=True)


def _parse_json_line(message: str) -> dict[str, Any] | None:
    """Returns a line that Lambda's runtime, or a library that imitates it, logged as JSON; otherwise None."""
    if not message.startswith("{"):
        return None
    try:
        line = parse_json(message)
    except ValueError:
        return None
    is_line = line.keys() >= {"timestamp", "level"} and line.keys() & {"message", "errorMessage"}
    return line if is_line else None


def _format_json_line(line: Mapping[str, Any]) -> str:
    """Returns a JSON line in the text format, followed by its additional fields, as JSON."""
    error = format_error(line)
    message = line.get("message", error)
    text = f"[{line['level']}] {message if isinstance(message, str) else json.dumps(message)}"
    frames = line.get("stackTrace")
    known = _LINE_FIELDS
    if isinstance(frames, list):
        known |= {"location", "stackTrace"}
        text += "\nTraceback (most recent call last):\n" + "\n".join(
            str(each).rstrip("\n") for each in select_own_frames([*map(str, frames)])
        )
    if error and "message" in line:
        text += f"\n{error}"
    others = {name: value for name, value in line.items() if name not in known}
    return f"{text} {json.dumps(others, ensure_ascii=False)}" if others else text


def _parse_platform_record(message: str) -> tuple[str, dict[str, Any]] | None:
    if not message.startswith("{") or '"platform.' not in message:
        return None
    try:
        document = parse_json(message)
        kind, record = document["type"], document["record"]
    except (ValueError, KeyError):
        return None
    is_record = isinstance(kind, str) and kind.startswith("platform.") and isinstance(record, dict)
    return (kind, record) if is_record else None


def _describe_record(kind: str, record: Mapping[str, Any]) -> Entry:
    kinds = {"platform.start": "start", "platform.runtimeDone": "end", "platform.report": "report"}
    if kind not in kinds:
        return Entry("beginning" if kind in _BEGINNINGS else "platform")
    request_id = record.get("requestId")
    return Entry(kinds[kind], request_id) if isinstance(request_id, str) else Entry("line")


def _get_number(value: Any) -> float | None:
    """Returns a figure of a report; None for anything that is not a number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) < 1e15 else None
