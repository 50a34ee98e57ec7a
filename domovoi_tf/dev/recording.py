"""Records runs in a thread of its own, and hands events over even if they cannot be recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Invocation, Outcome, Run

T = TypeVar("T")


class RunRecords:
    """The records of runs. A full disk or a locked file delays and loses records, but no events.

    Args:
        recorder: writes the records.
        warn: called with a text for the user when records begin to fail, and again after they have worked.
    """

    def __init__(self, recorder: Recorder, warn: Callable[[str], None]) -> None:
        self._recorder, self._warn = recorder, warn
        self._has_warned = False
        # One thread, which SQLite may let wait for another process: the event loop must not.
        self._thread = ThreadPoolExecutor(1, "recorder")

    async def begin(self, invocation: Invocation) -> int:
        """Records an event that has arrived, and returns the ID of its run; 0 if that failed.

        Args:
            invocation: the event.
        """
        return await self._call(lambda: self._recorder.begin(invocation)) or 0

    async def finish(self, run: int, invocation: Invocation, outcome: Outcome) -> Run:
        """Records how a run ended, and returns the run, as it was recorded if that worked.

        Args:
            run: the ID of the run; 0 if its begin was not recorded.
            invocation: the event.
            outcome: how it ended.
        """
        recorded = await self._call(lambda: self._finish(run, outcome)) if run else None
        return recorded or Run(run, invocation, outcome)

    def _finish(self, run: int, outcome: Outcome) -> Run | None:
        self._recorder.finish(run, outcome)
        try:
            return self._recorder.get(run)
        except KeyError:  # it was removed to make room for others, or with the file
            return None

    async def _call(self, function: Callable[[], T]) -> T | None:
        """Calls a function in the thread; tells the user if it fails."""
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._thread, function)
        except Exception as error:
            if not self._has_warned:
                self._has_warned = True
                reason = f"{error.message}\n{error.remedy}" if isinstance(error, DomovoiError) else str(error)
                self._warn(f"Events are handled, but not recorded: {reason}")
            return None
        self._has_warned = False
        return result
