"""A standard output that records what a program prints, and lets debuggers use the terminal behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, TextIO

#: The modules of debuggers, whose output is not the program's.
_DEBUGGERS = {"bdb", "code", "pdb", "_pytest.debugging"}


class RecordingStream:
    """Passes text on to another stream, with which it shares everything else, and records it.

    What a debugger writes is not recorded, nor what its user prints.

    Args:
        stream: the other stream.
        caller: the name of the module that runs the program.
    """

    def __init__(self, stream: TextIO, caller: str) -> None:
        self._stream = stream
        self._caller = caller
        self._texts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        # Among them `fileno`, by which `input` finds out that its user can edit a line.
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes a text."""
        if _DEBUGGERS.isdisjoint(self._list_modules()):
            self._texts.append(text)
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes several texts."""
        for line in lines:
            self.write(line)

    def _list_modules(self) -> Iterator[object]:
        """Yields the names of the modules whose functions are running, up to that which runs the program."""
        frame: FrameType | None = sys._getframe(2)
        while frame and (name := frame.f_globals.get("__name__")) != self._caller:
            yield name
            frame = frame.f_back

    def get_lines(self) -> list[str]:
        """Returns the lines that the program wrote."""
        return "".join(self._texts).splitlines()
