"""The controls of a running `dev`, for its keys and its console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from domovoi_tf.dev import session
from domovoi_tf.dev.tree_changes import PendingChange, TreeWatch
from domovoi_tf.errors import DomovoiError


class DevControls:
    """Replays events and applies changes; see `console.ports.Controls`.

    Args:
        running: runs the events.
        tree: finds and applies changes of the tree.
        on_applied: called after changes have been applied.
    """

    def __init__(
        self, running: session.Session, tree: TreeWatch, on_applied: Callable[[], Awaitable[None]]
    ) -> None:
        self._session, self._tree, self._on_applied = running, tree, on_applied
        self._applying = asyncio.Lock()

    async def replay(self, run: int, event: Any | None) -> int:
        """Replays a run; see `console.ports.Controls`."""
        invocation = (await asyncio.to_thread(self._session.recorder.get, run)).invocation
        given = invocation.event if event is None else event
        return await self._session.replay(invocation.function, given, run)

    async def apply_changes(self) -> None:
        """Applies the pending change; see `console.ports.Controls`."""
        async with self._applying:
            pending = self._tree.pending
            if pending is None:
                raise DomovoiError("No changes are pending.", "Save a file that declares another source.")
            try:
                await self._tree.apply(pending)
            except DomovoiError as error:
                self.publish_change(PendingChange(problem=f"{error.message}\n{error.remedy}".strip()))
                raise
            await self._on_applied()
            self.publish_change(PendingChange())

    def publish_change(self, change: PendingChange) -> None:
        """Tells the terminal and the console what would change now."""
        data = {"pending": bool(change.lines), "lines": list(change.lines), "problem": change.problem}
        self._session.publish(session.CHANGE, data)

    async def subscribe(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yields news; see `console.ports.Controls`."""
        with self._session.observe() as news:
            while True:
                kind, data = await news.get()
                if kind in (session.CODE, session.CHANGE):
                    yield kind, data
