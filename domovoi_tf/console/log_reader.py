"""Reads the logs of a stage for all pages, and numbers their lines and the requests that wrote them."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from domovoi_tf.operations.logs import Group, Line, Tail, find_groups, poll

if TYPE_CHECKING:
    from domovoi_tf.console.ports import ConsoleProject

#: Lines that are kept for pages that open later.
_MAX_KEPT = 20_000
#: The age of the first lines of a deployed stage. The emulator's logs are read from the beginning.
_FIRST_SECONDS = 600
#: Pages share the lines, so that several of them do not read the log groups more often.
_POLL_SECONDS = 1.0


class LogReader:
    """Reads the log groups of the app's functions. Threads may share it.

    Args:
        project: the project and its stage.
    """

    def __init__(self, project: ConsoleProject) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._tails: dict[str, tuple[Group, Tail]] = {}
        #: The time of the first lines to read, and then of the last line, in milliseconds since 1970.
        self._since = int((time.time() - _FIRST_SECONDS) * 1000) if project.place == "aws" else 0
        self._lines: deque[tuple[int, Line]] = deque(maxlen=_MAX_KEPT)
        self._number = 0
        self._polled: float | None = None

    def read_lines(self, since: int) -> tuple[list[Line], int]:
        """Returns the lines with higher numbers than one, and the number of the last line.

        Args:
            since: the number; 0 for all lines that are kept.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        with self._lock:
            self._poll()
            return [line for number, line in self._lines if number > since], self._number

    def read_requests(self) -> dict[int, list[Line]]:
        """Returns the lines of each request, by the number of its first line, oldest first.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        with self._lock:
            self._poll()
            numbers: dict[str, int] = {}
            requests: dict[int, list[Line]] = {}
            for number, line in self._lines:
                if line.request_id:
                    first = numbers.setdefault(line.request_id, number)
                    requests.setdefault(first, []).append(line)
            return requests

    def _poll(self) -> None:
        if self._polled is not None and time.monotonic() - self._polled < _POLL_SECONDS:
            return
        for group in find_groups(*self._project.read_app()):
            known, _ = self._tails.get(group.name, (None, None))
            if known != group:  # it is new, or a file was saved and its function has other handlers
                client = self._project.open_account().create_client("logs")
                self._tails[group.name] = group, Tail(client, group, self._since)
        for line in poll(tail for _, tail in self._tails.values()):
            self._number += 1
            self._lines.append((self._number, line))
            self._since = max(self._since, line.time + 1)
        self._polled = time.monotonic()
