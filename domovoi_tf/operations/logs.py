"""Reads the log groups of an app's functions, and finds the handler of each line.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import get_error_code, translate_errors

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
    """

    time: int
    function: str
    handler: str
    request_id: str
    message: str
    is_platform: bool = False
    failed: bool = False


class Reader:
    """Turns the events of a log group into lines with handlers.

    The requests of a log stream follow one another, so a line belongs to the last request and handler that
    its stream has named.

    Args:
        group: the log group.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._only_handler = group.handlers[0] if len(group.handlers) == 1 else ""
        self._streams: dict[str, tuple[str, str]] = {}

    def read(self, event: Mapping[str, Any]) -> Line | None:
        """Returns the line of an event; None for the dispatcher's mark, which names the handler.

        Args:
            event: the next event of its log stream.
        """
        stream, message = event["logStreamName"], event["message"]
        entry = log_format.parse_entry(message)
        request, handler = self._streams.get(stream, ("", self._only_handler))
        if entry.request_id not in ("", request):  # Lambda does not log starts at a higher log level
            request, handler = entry.request_id, self._only_handler
        if entry.kind == "start":
            request, handler = entry.value, self._only_handler
        elif entry.kind == "mark":
            handler = entry.value
        self._streams[stream] = request, handler
        if entry.kind == "mark":
            return None
        failed = entry.kind == "report" and log_format.is_failure(message)
        is_platform = entry.kind != "line"
        return Line(event["timestamp"], self._group.function, handler, request, message, is_platform, failed)


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
