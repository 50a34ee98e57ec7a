"""The log of a child process, as its parent reads it."""

from __future__ import annotations

import asyncio
import contextlib
import time

from domovoi_tf.recorder.records import LogLine

#: Seconds to wait for the rest of a log.
LOG_SECONDS = 1.0
#: A longer log is cut. All of it is in memory, and travels to the emulator in one message.
_MOST_LINES, _MOST_CHARACTERS = 20_000, 16 * 1024 * 1024
_CUT = "[dev] The rest of the log was left out, because it is too long."


class WorkerLog:
    """The lines that a process writes, with the time since the start of the event."""

    def __init__(self) -> None:
        self._lines: list[LogLine] = []
        self._size = 0
        self._start = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._mark = ""
        self._is_complete = asyncio.Event()

    def follow(self, stream: asyncio.StreamReader) -> None:
        """Reads the lines of a stream until its end."""
        self._task = asyncio.create_task(self._read(stream))

    def begin(self, mark: str) -> None:
        """Begins the log of an event, which a line ends. Lines from before belong to it, as in Lambda."""
        self._start, self._mark = time.monotonic(), mark
        self._lines = [LogLine(0.0, line.text) for line in self._lines]
        self._is_complete.clear()

    async def complete(self) -> None:
        """Waits for the line that ends the log of the event; the handler may have closed its output."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._is_complete.wait(), LOG_SECONDS)

    async def end(self) -> None:
        """Waits for the end of the stream, which a process that the app started may keep open."""
        if self._task:
            with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._task, LOG_SECONDS)

    def take(self) -> tuple[LogLine, ...]:
        """Returns the lines since the last call."""
        lines, self._lines, self._size = self._lines, [], 0
        return tuple(lines)

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the limit
                self._receive(_CUT)
                continue
            if not line:
                return
            self._receive(line.decode(errors="replace").rstrip("\n"))

    def _receive(self, text: str) -> None:
        if text == self._mark:
            if self._lines and not self._lines[-1].text:  # the child ends a line before the mark
                self._lines.pop()
            self._is_complete.set()
            return
        is_cut = len(self._lines) >= _MOST_LINES or self._size > _MOST_CHARACTERS
        self._size += len(text)
        if is_cut:
            text = _CUT
        if not (is_cut and self._lines[-1].text == _CUT):
            self._lines.append(LogLine(round((time.monotonic() - self._start) * 1000, 1), text))
