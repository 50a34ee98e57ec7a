"""Detects debuggers of editors in a child process, and tells its parent, which then sets it no time limit.

Those of VS Code (debugpy) and PyCharm are both pydevd, which follows the processes that a program starts. It
is loaded before our code in the child, or later, for example by ``debugpy.listen()`` in a handler. The child
tells its parent at once, because pydevd suspends all threads at a breakpoint.

https://github.com/microsoft/debugpy
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

_PYDEVD = "_pydevd_bundle"


class Mark(NamedTuple):
    """A pipe by which a child tells that its user debugs it.

    Args:
        file: the end to which the child writes.
        end: the other end, which the child does not inherit.
    """

    file: int
    end: int

    def is_set(self) -> bool:
        """Returns whether the child has written."""
        return bool(select.select([self.end], [], [], 0)[0])


@contextlib.contextmanager
def open_mark() -> Iterator[Mark]:
    """Opens a mark for a child that starts in the block."""
    end, file = os.pipe()
    try:
        yield Mark(file=file, end=end)
    finally:
        os.close(end)
        os.close(file)


def set_mark(file: int) -> None:
    """Tells the parent of this process that its user debugs it.

    Args:
        file: the mark's end in this process.
    """
    os.write(file, b"\n")


def call_once_attached(function: Callable[[], None]) -> None:
    """Calls a function once a debugger is attached to this process: now, or later. It imports nothing."""
    if is_attached():
        function()
    else:
        sys.meta_path.insert(0, _Watcher(function))


def is_attached() -> bool:
    """Returns whether pydevd debugs this process, not only whether it is loaded."""
    # pydevd's own injection into processes relies on these names too, so they stay.
    holder = getattr(sys.modules.get(f"{_PYDEVD}.pydevd_constants"), "GlobalDebuggerHolder", None)
    return getattr(holder, "global_dbg", None) is not None


class _Watcher:
    """A finder that finds no module, but notices pydevd, and then waits until it traces this process.

    An audit hook slows all programs, and cannot be removed. So only processes with pydevd have one.

    https://docs.python.org/3/library/audit_events.html
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._function: Callable[[], None] | None = function

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Leaves the module to the other finders."""
        if name == _PYDEVD and self in sys.meta_path:
            sys.meta_path.remove(self)
            sys.addaudithook(self._observe_event)

    def _observe_event(self, event: str, _: object) -> None:
        if event in ("sys.settrace", "sys.monitoring.register_callback") and is_attached():
            function, self._function = self._function, None
            if function:
                function()
