"""Sends runs and the events of `dev` to the open pages as server-sent events.

One task reads the recorder, another one the events of `dev`; both put them into a short queue for each page.
A page that does not read in time is disconnected: its browser connects again, and names the last event that
it has. So neither a slow page nor many of them delay the recorder or `dev`.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from domovoi_tf.console.ports import Controls
from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Summary, describe_summary
from domovoi_tf.system.text import format_json

#: The seconds between comments that keep a connection open.
HEARTBEAT_SECONDS = 15.0
#: Events that a page may be behind.
_QUEUE_SIZE = 500
_POLL_SECONDS = 0.2
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class _Page:
    """An open page: the events that it has not got yet, and whether it is to be disconnected."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE_SIZE)
        self.is_over = asyncio.Event()

    def put(self, event: bytes) -> None:
        """Adds an event, or disconnects the page if it is too far behind."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.is_over.set()


class Feed:
    """The events for all open pages.

    Args:
        recorder: the recorder; None if nothing is recorded.
        controls: the controls of `dev`; None if it does not run.
        stage: the stage whose runs to send.

    Attributes:
        pages: the open pages.
        state: the data of the last event of each kind that `dev` published, which a new page gets at once.
    """

    def __init__(self, recorder: Recorder | None, controls: Controls | None, stage: str) -> None:
        self._stage = stage
        self._recorder = recorder
        self._controls = controls
        self.pages: set[_Page] = set()
        self._has_pages = asyncio.Event()
        self._revision = 0
        # A page that opens while changes are sent gets each of them once.
        self._lock = asyncio.Lock()
        self._is_closed = False
        self.state: dict[str, dict[str, Any]] = {}

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Sends events as long as the block lasts."""
        tasks = []
        if self._recorder:
            tasks.append(asyncio.create_task(self._follow_recorder()))
        if self._controls:
            tasks.append(asyncio.create_task(self._follow_controls(self._controls)))
        try:
            yield
        finally:
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """Disconnects all pages, and accepts no new ones. The server waits for its connections to end."""
        self._is_closed = True
        for page in self.pages:
            page.is_over.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request for the events, until the page is closed or is too slow."""
        page = _Page()
        if self._is_closed:
            page.is_over.set()
        await self._welcome(page, dict(scope["headers"]).get(b"last-event-id", b""))
        tasks = [
            asyncio.create_task(self._send_events(page, send)),
            asyncio.create_task(_await_disconnection(receive)),
            asyncio.create_task(page.is_over.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.pages.discard(page)
            if not self.pages:
                self._has_pages.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _welcome(self, page: _Page, last_id: bytes) -> None:
        """Adds a page, and gives it the runs since the last event that it has."""
        async with self._lock:
            runs = await self._catch_up(int(last_id) if last_id.isdigit() else None)
            page.put(_format_event("hello", {"revision": self._revision}, self._revision))
            for run in runs[-_QUEUE_SIZE // 2 :]:
                page.put(_format_event("run", describe_summary(run), self._revision))
            for kind, data in self.state.items():
                page.put(_format_event(kind, data))
            self.pages.add(page)
            self._has_pages.set()

    async def _catch_up(self, since: int | None) -> Sequence[Summary]:
        """Makes the other pages and a new one have the same revision, and returns what the new one missed."""
        if self._recorder is None:
            return ()
        if self.pages:
            await self._send_changes()
        else:
            self._revision = await run_in_threadpool(self._recorder.get_revision)
        if since is None:
            return ()
        _, runs = await run_in_threadpool(self._recorder.changed_since, since)
        return [run for run in runs if run.stage == self._stage]

    async def _send_changes(self) -> None:
        """Sends the runs that began or ended since the last call to all pages."""
        if self._recorder:
            self._revision, runs = await run_in_threadpool(self._recorder.changed_since, self._revision)
            for run in runs:
                if run.stage == self._stage:
                    self._broadcast(_format_event("run", describe_summary(run), self._revision))

    async def _follow_recorder(self) -> None:
        while True:
            await self._has_pages.wait()
            # Another process may have locked or removed the file for a while.
            with contextlib.suppress(DomovoiError):
                async with self._lock:
                    await self._send_changes()
            await asyncio.sleep(_POLL_SECONDS)

    async def _follow_controls(self, controls: Controls) -> None:
        async for kind, data in controls.subscribe():
            self.state[kind] = data
            self._broadcast(_format_event(kind, data))

    def _broadcast(self, event: bytes) -> None:
        for page in self.pages:
            page.put(event)

    async def _send_events(self, page: _Page, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
        await send(_make_part(b": domovoi-tf\n\n"))
        while True:
            await send(_make_part(await _take_event(page)))


async def _take_event(page: _Page) -> bytes:
    """Returns the next event for a page, or a comment if there is none for a while.

    Up to Python 3.11, `asyncio.wait_for` ignores a cancellation at the moment at which an event comes: the
    events of a page that was closed would never end. https://github.com/python/cpython/issues/86296
    """
    taking = asyncio.create_task(page.queue.get())
    try:
        await asyncio.wait([taking], timeout=HEARTBEAT_SECONDS)
        return taking.result() if taking.done() else b":\n\n"
    finally:
        taking.cancel()


async def _await_disconnection(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _make_part(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}


def _format_event(kind: str, data: dict[str, Any], revision: int | None = None) -> bytes:
    number = "" if revision is None else f"id: {revision}\n"
    return f"{number}event: {kind}\ndata: {format_json(data, None, ascii_only=True)}\n\n".encode()
