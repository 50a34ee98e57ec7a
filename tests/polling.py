"""Waits for the emulator, which needs the processor itself: checks less often than domovoi-tf does."""

from __future__ import annotations

import time
from collections.abc import Callable

#: The seconds between two checks, which may read the log of a function or run a command.
_INTERVAL = 0.25


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until a condition is met, and returns whether it was.

    Args:
        condition: called until it returns true.
        seconds: how long to wait.
    """
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(_INTERVAL)
    return met
