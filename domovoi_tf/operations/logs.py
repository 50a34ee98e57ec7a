"""Reads the log groups of an app's functions, and finds the handler of each line.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import get_error_code, translate_errors
from domovoi_tf.operations.deployed_functions import build_function_name, find_route
from domovoi_tf.operations.log_format import Entry
from domovoi_tf.settings.effective import resolve_function_settings

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.settings import Settings

#: The time that a line may take to appear in CloudWatch Logs, in milliseconds; later lines are missed.
_MAX_DELAY = 20_000


class Group(NamedTuple):
    """A function's log group.

    Args:
        function: the function's name on AWS.
        handlers: its handlers. If there is only one, all lines belong to it.
        timeout: the function's timeout in seconds.
    """

    function: str
    handlers: tuple[str, ...]
    timeout: int

    @property
    def name(self) -> str:
        """The name of the log group."""
        return f"/aws/lambda/{self.function}"


class Line(NamedTuple):
    """A line of a log.

    Args:
        time: the time in milliseconds since 1970.
        function: the function's name on AWS.
        handler: the name of the handler; empty if unknown.
        request_id: the request ID; empty if unknown.
        message: the text.
        is_platform: whether Lambda wrote it.
        failed: whether it reports a failure.
        concerns_all: whether it is about all handlers of the function, because none was reached.
    """

    time: int
    function: str
    handler: str
    request_id: str
    message: str
    is_platform: bool = False
    failed: bool = False
    concerns_all: bool = False


class _Request:
    """The request that a log stream is about.

    Attributes:
        id: its ID; empty before the first one.
        handler: the name of its handler; empty if unknown.
        began: the time of its first event, in milliseconds since 1970.
        is_open: whether its report is still to come.
        has_platform: whether its stream has Lambda's own events; a JSON log at a higher level has none.
        has_failed_early: whether an error was logged before a handler was named: the app cannot be imported.
    """

    def __init__(self, request_id: str, handler: str, began: int, has_platform: bool) -> None:
        self.id = request_id
        self.handler = handler
        self.began = began
        self.is_open = bool(request_id)
        self.has_platform = has_platform
        self.has_failed_early = False


class Reader:
    """Turns the events of a log group into lines with handlers.

    The requests of a log stream follow one another, so a line belongs to the last request and handler that
    its stream has named. A handler may print text of an event that looks like an event of Lambda or like the
    dispatcher's mark. So only a request's own ID ends it or names its handler, and another one begins after
    its report, or once its timeout is over. What looks like such an event and is not is a line.

    Args:
        group: the log group.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._only_handler = group.handlers[0] if len(group.handlers) == 1 else ""
        self._requests: dict[str, _Request] = {}

    def read(self, event: Mapping[str, Any]) -> Line | None:
        """Returns the line of an event; None for the dispatcher's mark, which names the handler.

        Args:
            event: the next event of its log stream.
        """
        stream, message, time = event["logStreamName"], event["message"], event["timestamp"]
        request = self._requests.setdefault(stream, _Request("", self._only_handler, 0, False))
        entry = log_format.parse_entry(message)
        if entry.kind == "mark" and self._is_mark(request, entry):
            if entry.request_id != request.id:
                request = self._requests[stream] = _Request(entry.request_id, "", time, False)
            request.handler = entry.handler
            return None
        if self._is_start(request, entry, time):
            request = self._requests[stream] = _Request(entry.request_id, self._only_handler, time, True)
        is_platform = self._is_platform(request, entry)
        request_id, handler = request.id, request.handler
        if entry.kind in ("line", "mark") and entry.request_id not in ("", request.id) and entry.is_json:
            request_id, handler = self._read_claim(stream, request, entry, time)
        failed = is_platform and entry.kind == "report" and log_format.is_failure(message)
        if not handler and not is_platform:
            request.has_failed_early |= log_format.format_line(message).startswith("[ERROR]")
        concerns_all = request.has_failed_early and not handler and not is_platform
        function = self._group.function
        return Line(time, function, handler, request_id, message, is_platform, failed, concerns_all)

    def _is_start(self, request: _Request, entry: Entry, time: int) -> bool:
        """Whether an event is the start of the next request."""
        is_over = time > request.began + self._group.timeout * 1000 + _MAX_DELAY
        return entry.kind == "start" and (not request.is_open or is_over)

    def _is_mark(self, request: _Request, entry: Entry) -> bool:
        """Whether a mark is the dispatcher's. A JSON log of a higher level has no start to compare with."""
        is_own = request.is_open and entry.request_id == request.id
        is_first = entry.is_json and not request.has_platform
        return entry.handler in self._group.handlers and (is_own or is_first)

    def _is_platform(self, request: _Request, entry: Entry) -> bool:
        """Whether Lambda wrote an event. If that is uncertain, the event counts as a line and is shown."""
        if entry.kind == "start":
            return request.has_platform and entry.request_id == request.id
        if entry.kind in ("end", "report"):
            is_own = bool(request.id) and entry.request_id == request.id
            if is_own and entry.kind == "report":
                request.is_open = False
            return is_own
        if entry.kind == "beginning" and not request.is_open:
            request.has_platform = True
        return entry.kind in ("beginning", "platform") and not request.is_open and request.has_platform

    def _read_claim(self, stream: str, request: _Request, entry: Entry, time: int) -> tuple[str, str]:
        """Returns the request and the handler of a JSON line with the ID of another request.

        Lambda may not have logged the start of that request. Otherwise the handler printed the line.
        """
        if request.has_platform:
            return request.id, request.handler
        if request.handler == self._only_handler:
            self._requests[stream] = _Request(entry.request_id, self._only_handler, time, False)
        return entry.request_id, self._only_handler


class Tail:
    """Reads a log group repeatedly, and returns each line once.

    Args:
        client: a boto3 client of CloudWatch Logs.
        group: the log group.
        since: the time of the first line to read, in milliseconds since 1970; None for all lines.
    """

    def __init__(self, client: Any, group: Group, since: int | None) -> None:
        self._client = client
        self._group = group
        self._since = since or 0
        self._reader = Reader(group)
        self._seen: dict[tuple[object, ...], int] = {}
        # The first lines may belong to a request that started earlier, and only its start names the handler.
        self._start = max(0, self._since - group.timeout * 1000)
        #: Whether the log group exists.
        self.exists = False

    def poll(self) -> Iterator[Line]:
        """Yields the lines that have been added since the last call.

        Raises:
            AwsError: AWS could not be reached, or refused the request.
        """
        for event in self._select_new(self._read_events()):
            line = self._reader.read(event)
            if line and line.time >= self._since:
                yield line

    def _read_events(self) -> list[Any]:
        from botocore.exceptions import ClientError

        pages = self._client.get_paginator("filter_log_events")
        with translate_errors():
            try:
                options = {"logGroupName": self._group.name, "startTime": self._start}
                events = [event for page in pages.paginate(**options) for event in page["events"]]
            except ClientError as error:
                if get_error_code(error) != "ResourceNotFoundException":
                    raise
                return []
        self.exists = True
        return sorted(events, key=lambda event: event["timestamp"])

    def _select_new(self, events: list[Any]) -> Iterator[Any]:
        counts: Counter[tuple[object, ...]] = Counter()
        for event in events:
            # The emulator returns no eventId: equal lines of the same millisecond are numbered.
            line = event["logStreamName"], event["timestamp"], event["message"]
            counts[line] += 1
            key = (event.get("eventId") or line, counts[line] if not event.get("eventId") else 0)
            if key not in self._seen:
                self._seen[key] = event["timestamp"]
                yield event
        if events:
            self._start = max(self._start, events[-1]["timestamp"] - _MAX_DELAY)
            self._seen = {key: time for key, time in self._seen.items() if time >= self._start}


def poll(tails: Iterable[Tail]) -> list[Line]:
    """Returns the new lines of several log groups, oldest first.

    Args:
        tails: the readers of the log groups.

    Raises:
        AwsError: AWS could not be reached, or refused a request.
    """
    return sorted((line for tail in tails for line in tail.poll()), key=lambda line: line.time)


def find_groups(application: Application, settings: Settings, handler: str | None = None) -> list[Group]:
    """Returns the log groups of the app's functions.

    Args:
        application: the app.
        settings: the stage's settings.
        handler: the handler whose function's log group to return; None for all functions.

    Raises:
        DomovoiError: there is no such handler.
    """
    functions = application.deployed_functions
    if handler:
        name = find_route(application, handler).trigger.function
        functions = tuple(function for function in functions if function.name == name)
    return [
        Group(
            function=build_function_name(settings, function.name),
            handlers=tuple(
                dict.fromkeys(
                    route.handler for route in application.routes if route.trigger.function == function.name
                )
            ),
            timeout=resolve_function_settings(function, settings).timeout or settings.timeout,
        )
        for function in functions
    ]
