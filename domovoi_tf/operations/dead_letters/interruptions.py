"""Delays Ctrl-C and termination until a step that must not be cut in two has ended."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def defer_interruptions(on_first: Callable[[], None]) -> Iterator[list[int]]:
    """Delays the first interruption of a block; a second one raises `KeyboardInterrupt` at once.

    Yields the list of the signals received, after which the caller ends its work. Only the main thread can
    handle signals; in other threads nothing changes.

    Args:
        on_first: called at the first interruption.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def receive(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt
        on_first()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, receive)
    try:
        yield received
    finally:
        for number in handled:
            signal.signal(number, before[number])
