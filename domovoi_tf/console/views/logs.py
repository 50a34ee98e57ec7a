"""The log lines of all handlers, with the recorded runs that they belong to."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import make_json_answer
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.operations import log_format
from domovoi_tf.operations.logs import Line, Tail, find_groups, poll

#: Lines that are kept for pages that open later, and lines of an answer.
_MAX_KEPT, _MAX_LINES = 20_000, 2_000
#: The age of the first lines of a deployed stage. The emulator's logs are read from the beginning.
_FIRST_SECONDS = 600
#: Pages share the lines, so that several of them do not read the log groups more often.
_POLL_SECONDS = 1.0


class LogReader:
    """Reads the log groups of the app's functions, and numbers the lines. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tails: dict[str, Tail] = {}
        self._lines: deque[tuple[int, Line]] = deque(maxlen=_MAX_KEPT)
        self._number = 0
        self._polled: float | None = None

    def read(self, console: Console, since: int) -> tuple[list[Line], int]:
        """Returns the lines with higher numbers than one, and the number of the last line.

        Args:
            console: the console.
            since: the number; 0 for all lines that are kept.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        with self._lock:
            if self._polled is None or time.monotonic() - self._polled >= _POLL_SECONDS:
                self._poll(console)
                self._polled = time.monotonic()
            return [line for number, line in self._lines if number > since], self._number

    def _poll(self, console: Console) -> None:
        is_deployed = console.project.place == "aws"
        first = int((time.time() - _FIRST_SECONDS) * 1000) if is_deployed else None
        for group in find_groups(*console.project.read_app()):
            if group.name not in self._tails:
                client = console.project.open_account().create_client("logs")
                self._tails[group.name] = Tail(client, group, first)
        for line in poll(self._tails.values()):
            if not line.is_platform or line.failed:
                self._number += 1
                self._lines.append((self._number, line))


async def list_lines(request: Request) -> Response:
    """Answers with new lines, and with the number from which to ask for the next ones."""
    console, reader = get_console(request), request.app.state.log_reader
    return make_json_answer(await run_in_threadpool(_describe_lines, console, reader, request.query_params))


def _describe_lines(console: Console, reader: LogReader, values: Mapping[str, str]) -> dict[str, Any]:
    since = values.get("since", "")
    lines, until = reader.read(console, int(since[:15]) if since.isascii() and since.isdigit() else 0)
    handler, text = values.get("handler", ""), values.get("text", "").lower()
    chosen = [
        line
        for line in lines
        if (not handler or line.handler == handler or line.concerns_all) and text in line.message.lower()
    ][-_MAX_LINES:]
    runs = _find_runs(console, {line.request_id for line in chosen} - {""})
    return {"lines": [_describe_line(line, runs) for line in chosen], "until": until}


def _find_runs(console: Console, requests: set[str]) -> dict[str, int]:
    recorder = console.recorder
    return {each: recorder.find_request(each) or 0 for each in requests} if recorder else {}


def _describe_line(line: Line, runs: Mapping[str, int]) -> dict[str, Any]:
    message = log_format.format_line(line.message)
    return {
        "time": line.time / 1000,
        "handler": line.handler or line.function,
        "request_id": line.request_id,
        "message": message,
        "failed": line.failed or message.startswith("[ERROR]"),
        "run": runs.get(line.request_id, 0),
    }


ROUTES = [Route("/api/logs", list_lines)]
