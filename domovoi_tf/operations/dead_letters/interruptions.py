"""Delays Ctrl-C and termination until a step that must not be cut in two has ended."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from domovoi_tf.system.signal_handlers import handle_signals

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

    def receive(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt
        on_first()

    with handle_signals(_SIGNALS, receive):
        yield received
