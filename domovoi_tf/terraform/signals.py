"""Signals that ask this process to end, passed on to the program that it runs, each once.

Ctrl-C reaches every process of the terminal's process group; ``kill``, a supervisor or a CI runner may
signal this one alone. Terraform finishes cleanly at the first signal and gives up at the second, so it must
not get one twice.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: How long a member of the process group may take to end by a signal that the group got.
_GROUP_SECONDS = 2.0


@contextlib.contextmanager
def forwarding(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Keeps this process alive through signals, which the child gets as well; yields those that came.

    Only the main thread can do so; in others signals do what they did before.

    Args:
        process: the child, in the same process group.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    with _Witness() as witness:

        def forward(number: int, _: FrameType | None) -> None:
            came.append(number)
            if not witness.saw():
                process.send_signal(number)

        before = {number: signal.getsignal(number) for number in _SIGNALS}
        # What is ignored, as under nohup, the child ignores as well.
        mine = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
        for number in mine:
            signal.signal(number, forward)
        try:
            yield came
        finally:
            for number in mine:
                signal.signal(number, before[number])


class _Witness:
    """A process that does nothing, in this one's group: where it ends, the whole group was signalled."""

    def __enter__(self) -> _Witness:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def saw(self) -> bool:
        """Whether the signal that just came went to the whole group; the next one needs a new witness."""
        try:
            self.process.wait(_GROUP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        self._end()
        self._start()
        return True

    def _start(self) -> None:
        # It ends by itself when this process is gone, and its end of the pipe with it.
        self.process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def _end(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
