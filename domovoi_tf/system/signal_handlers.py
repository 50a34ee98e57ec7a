"""Handles signals while a block runs."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

Handler = Callable[[int, FrameType | None], object]


@contextlib.contextmanager
def handle_signals(numbers: Iterable[int], handler: Handler | signal.Handlers) -> Iterator[None]:
    """Handles signals while the block runs, except those that are ignored, as SIGHUP is under nohup.

    Only the main thread can handle signals; in other threads nothing changes.

    Args:
        numbers: the signals.
        handler: the handler, or `signal.SIG_IGN`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number, each in before.items() if each is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
