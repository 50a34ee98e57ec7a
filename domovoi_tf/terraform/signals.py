"""Forwards termination signals to the running program, each exactly once.

Ctrl-C signals every process of the terminal's process group. ``kill``, a supervisor or a CI runner may signal
this process only. Terraform shuts down gracefully at the first signal and aborts at the second, so it must
not get a signal twice. A terminal that is closed sends SIGHUP to the group, sometimes several times, by which
Terraform would end without writing its state: it ignores the signal, and gets one SIGTERM for it.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import FrameType

from domovoi_tf.system.signal_handlers import handle_signals

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long to wait for the probe process to end before concluding that its group was not signalled.
_GROUP_SECONDS = 2.0


@contextlib.contextmanager
def forward_signals(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Forwards signals to a child process instead of ending this process; yields the list of those it got.

    Only the main thread can handle signals; in other threads nothing changes.

    Args:
        process: the child, in the same process group.
    """
    received: list[int] = []
    with _GroupProbe() as probe:

        def forward(number: int, _: FrameType | None) -> None:
            if number == signal.SIGHUP and number in received:
                return
            received.append(number)
            if number == signal.SIGHUP:
                process.send_signal(signal.SIGTERM)
            elif not probe.was_signalled():
                process.send_signal(number)

        # The child inherits ignored signals, as under nohup, and ignores them too.
        with handle_signals(_SIGNALS, forward):
            yield received


def ignore_hangup() -> AbstractContextManager[None]:
    """Makes a program that the block starts ignore SIGHUP, as Go programs and their plugins then do."""
    return handle_signals([signal.SIGHUP], signal.SIG_IGN)


class _GroupProbe:
    """An idle process in the same process group: if a signal ends it, the whole group was signalled."""

    def __enter__(self) -> _GroupProbe:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def was_signalled(self) -> bool:
        """Returns whether the last signal went to the whole group; if so, starts the process again."""
        try:
            self.process.wait(_GROUP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        self._end()
        self._start()
        return True

    def _start(self) -> None:
        # `cat` ends by itself when this process is gone, because its standard input is closed.
        self.process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def _end(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
