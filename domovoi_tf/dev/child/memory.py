"""Watches the memory of a child process while it handles an event."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

_SECONDS = 0.05
_MEGABYTE = 1024 * 1024
_STATM = Path("/proc/self/statm")


class MemoryWatch:
    """Measures the memory while the block runs, and calls a function if it exceeds a limit.

    The system sets no limit: macOS cannot, and Python would raise a MemoryError that Lambda does not raise.

    Args:
        limit: the memory of the function in MB.
        on_excess: called with the used memory in MB, in another thread.
    """

    def __init__(self, limit: int, on_excess: Callable[[int], None]) -> None:
        self.peak = 0
        self._limit, self._on_excess = limit, on_excess
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._measure()

    def _watch(self) -> None:
        while not self._over.wait(_SECONDS):
            self._measure()
            if self.peak > self._limit:
                self._on_excess(self.peak)

    def _measure(self) -> None:
        self.peak = max(self.peak, measure_memory())


def measure_memory() -> int:
    """Returns the resident memory of this process in MB: the current one, or on macOS its peak."""
    if _STATM.exists():
        import resource

        return int(_STATM.read_text().split()[1]) * resource.getpagesize() // _MEGABYTE
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS, otherwise in KB
    return peak // _MEGABYTE if sys.platform == "darwin" else peak // 1024
