"""The handlers' lines in the log groups of an app's functions, each with the handler that wrote it.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import code, explained

#: How long a line may take from a function to CloudWatch Logs, in milliseconds, to be seen by who follows.
_LATE = 20_000


class Group(NamedTuple):
    """A function's log group.

    Args:
        function: the function's name on AWS.
        handlers: its handlers. Where there is one, every line is its.
        timeout: of the function, in seconds: so long ago a request may have begun whose lines come now.
    """

    function: str
    handlers: tuple[str, ...]
    timeout: int

    @property
    def name(self) -> str:
        """The name that CloudWatch Logs knows it by."""
        return f"/aws/lambda/{self.function}"


class Line(NamedTuple):
    """A line of a log.

    ``time`` is in milliseconds since 1970. ``handler`` and ``request_id`` are empty where they cannot be
    told. ``lambdas`` says whether Lambda wrote it, and ``failed`` whether it reports a failure.
    """

    time: int
    function: str
    handler: str
    request_id: str
    message: str
    lambdas: bool = False
    failed: bool = False


class Reader:
    """Tells whose the lines of a group are: in a stream one request follows another.

    Args:
        group: the group.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._only = group.handlers[0] if len(group.handlers) == 1 else ""
        self._streams: dict[str, tuple[str, str]] = {}

    def read(self, event: Mapping[str, Any]) -> Line | None:
        """Returns an event as a line, or None where it only says whose the next ones are.

        Args:
            event: an event of the group; those of a stream come in their order.
        """
        stream, message = event["logStreamName"], event["message"]
        found = log_format.entry(message)
        request, handler = self._streams.get(stream, ("", self._only))
        if found.kind == "start":
            request, handler = found.value, self._only
        elif found.kind == "mark":
            handler = found.value
        self._streams[stream] = request, handler
        if found.kind == "mark":
            return None
        failed = found.kind == "report" and log_format.failed(message)
        lambdas = found.kind != "line"
        return Line(event["timestamp"], self._group.function, handler, request, message, lambdas, failed)


class Tail:
    """Reads a log group on and on, every line once.

    Args:
        client: boto3's client of CloudWatch Logs.
        group: the group.
        since: milliseconds since 1970; None for all that there is.
    """

    def __init__(self, client: Any, group: Group, since: int | None) -> None:
        self._client = client
        self._group = group
        self._since = since or 0
        self._reader = Reader(group)
        self._seen: dict[tuple[object, ...], int] = {}
        # A request whose lines are asked for may have begun earlier, and only then has the log said whose.
        self._begin = max(0, self._since - group.timeout * 1000)
        #: Whether the group exists.
        self.exists = False

    def poll(self) -> Iterator[Line]:
        """Yields the lines that came since the last time.

        Raises:
            AwsError: AWS cannot be asked.
        """
        for event in self._new(self._events()):
            line = self._reader.read(event)
            if line and line.time >= self._since:
                yield line

    def _events(self) -> list[Any]:
        from botocore.exceptions import ClientError

        pages = self._client.get_paginator("filter_log_events")
        with explained():
            try:
                given = {"logGroupName": self._group.name, "startTime": self._begin}
                found = [event for page in pages.paginate(**given) for event in page["events"]]
            except ClientError as error:
                if code(error) != "ResourceNotFoundException":
                    raise
                return []
        self.exists = True
        return sorted(found, key=lambda event: event["timestamp"])

    def _new(self, events: list[Any]) -> Iterator[Any]:
        times: Counter[tuple[object, ...]] = Counter()
        for event in events:
            # The emulator gives no eventId: the same line twice in a millisecond is told apart by its number.
            line = event["logStreamName"], event["timestamp"], event["message"]
            times[line] += 1
            key = (event.get("eventId") or line, times[line] if not event.get("eventId") else 0)
            if key not in self._seen:
                self._seen[key] = event["timestamp"]
                yield event
        if events:
            self._begin = max(self._begin, events[-1]["timestamp"] - _LATE)
            self._seen = {key: time for key, time in self._seen.items() if time >= self._begin}


def poll(tails: Iterable[Tail]) -> list[Line]:
    """Returns the new lines of several groups, oldest first.

    Raises:
        AwsError: AWS cannot be asked.
    """
    return sorted((line for tail in tails for line in tail.poll()), key=lambda line: line.time)
