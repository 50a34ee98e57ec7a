"""Finds the file to which Terraform writes a plan, and whether it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_OUT = ("-out", "--out")


class WrittenFile:
    """A file that another program may write.

    Args:
        path: the path of the file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = self._describe()

    def has_changed(self) -> bool:
        """Returns whether the file was written since this object was made."""
        return self._describe() != self._before

    def _describe(self) -> tuple[int, ...]:
        try:
            status = self.path.stat()
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns


def find_out_option(arguments: Sequence[str]) -> str | None:
    """Returns the path of the plan file that arguments for Terraform name, of which the last one counts."""
    found = None
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in _OUT:
            found = value or next(iter(arguments[index + 1 :]), None)
    return found
