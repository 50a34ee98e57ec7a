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


class SignalForwarder:
    """Passes signals on to a program, which is attached once it has started.

    Attributes:
        received: the signals that this process got.
    """

    def __init__(self, probe: _GroupProbe) -> None:
        self.received: list[int] = []
        self._probe = probe
        self._process: subprocess.Popen[bytes] | None = None

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """Forwards signals to a program from now on, and the one that arrived while it was started.

        It may get that one twice, before it has done anything.

        Args:
            process: the program, in the same process group.
        """
        self._process = process
        if self.received:
            self._send(self.received[-1])

    def handle(self, number: int, _: FrameType | None) -> None:
        """Handles a signal that this process got."""
        if number == signal.SIGHUP and number in self.received:
            return
        self.received.append(number)
        if number == signal.SIGHUP or not self._probe.was_signalled():
            self._send(number)

    def _send(self, number: int) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)


@contextlib.contextmanager
def forward_signals() -> Iterator[SignalForwarder]:
    """Forwards signals to a program instead of ending this process; yields what the program is attached to.

    Only the main thread can handle signals; in other threads nothing changes.
    """
    with _GroupProbe() as probe:
        forwarder = SignalForwarder(probe)
        # The program inherits ignored signals, as under nohup, and ignores them too.
        with handle_signals(_SIGNALS, forwarder.handle):
            yield forwarder


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
