"""The log lines of all handlers, with the events that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import make_json_answer
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.operations import log_format
from domovoi_tf.operations.logs import Line

_MAX_LINES = 2_000


async def list_lines(request: Request) -> Response:
    """Answers with new lines, and with the number from which to ask for the next ones."""
    console = get_console(request)
    return make_json_answer(await run_in_threadpool(_describe_lines, console, request.query_params))


def _describe_lines(console: Console, values: Mapping[str, str]) -> dict[str, Any]:
    since = values.get("since", "")
    number = int(since[:15]) if since.isascii() and since.isdigit() else 0
    lines, until = console.log_reader.read_lines(number)
    handler, text = values.get("handler", ""), values.get("text", "").lower()
    chosen = [
        line
        for line in lines
        if (not line.is_platform or line.failed)
        and (not handler or line.handler == handler or line.concerns_all)
        and text in line.message.lower()
    ][-_MAX_LINES:]
    events = _find_events(console, {line.request_id for line in chosen} - {""})
    return {"lines": [_describe_line(line, events) for line in chosen], "until": until}


def _find_events(console: Console, requests: set[str]) -> dict[str, int]:
    """Returns the IDs of the events of requests."""
    if recorder := console.recorder:
        return {each: recorder.find_request(each) or 0 for each in requests}
    return {lines[0].request_id: run for run, lines in console.log_reader.read_requests().items()}


def _describe_line(line: Line, events: Mapping[str, int]) -> dict[str, Any]:
    message = log_format.format_line(line.message)
    return {
        "time": line.time / 1000,
        "handler": line.handler or line.function,
        "request_id": line.request_id,
        "message": message,
        "failed": line.failed or message.startswith("[ERROR]"),
        "run": events.get(line.request_id, 0),
    }


ROUTES = [Route("/api/logs", list_lines)]
