"""The replays that the emulator was asked for, and has not handed to this process yet."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple


class Replay(NamedTuple):
    """An invocation that repeats a run.

    Args:
        run: the ID of the run that is repeated.
        began: gets the ID of the new run, or None if that is not recorded.
        key: the function's name and the event as JSON.
    """

    run: int
    began: asyncio.Future[int | None]
    key: tuple[str, str]


class ExpectedReplays:
    """Replays in the order in which they were asked for.

    The emulator gives each invocation an ID of its own, so they are found by their function and event.
    """

    def __init__(self) -> None:
        self._replays: dict[tuple[str, str], list[Replay]] = {}

    def add(self, function: str, event: Any, run: int) -> Replay:
        """Adds a replay, and returns it.

        Args:
            function: the function's name on AWS.
            event: the event.
            run: the ID of the run that is repeated.
        """
        began = asyncio.get_running_loop().create_future()
        replay = Replay(run, began, (function, _encode(event)))
        self._replays.setdefault(replay.key, []).append(replay)
        return replay

    def take(self, function: str, event: Any) -> Replay | None:
        """Removes the first replay of an event that has arrived, and returns it; None if there is none.

        Args:
            function: the function's name on AWS.
            event: the event.
        """
        if not self._replays:  # usually: the event, which may be large, need not be encoded
            return None
        replays = self._replays.get((function, _encode(event)))
        if not replays:
            return None
        replay = replays[0]
        self.discard(replay)
        return replay

    def discard(self, replay: Replay) -> None:
        """Removes a replay, if it is still expected.

        Args:
            replay: the replay.
        """
        replays = self._replays.get(replay.key, [])
        if replay in replays:
            replays.remove(replay)
        if not replays:
            self._replays.pop(replay.key, None)


def _encode(event: Any) -> str:
    return json.dumps(event, sort_keys=True)
