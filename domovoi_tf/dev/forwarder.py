"""Has the emulator forward the invocations of functions to this process, until it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domovoi_tf.local.forwarding import addresses


class Forwarder:
    """The functions whose invocations the emulator forwards.

    Args:
        folder: the emulator's folder.
        forwarding: the address of this process.
    """

    def __init__(self, folder: Path, forwarding: addresses.Forwarding) -> None:
        self._folder, self._forwarding = folder, forwarding
        self._functions: set[str] = set()

    def set_functions(self, functions: Iterable[str]) -> None:
        """Forwards the invocations of these functions, and of no others.

        Args:
            functions: the functions' names on AWS.

        Raises:
            OSError: the emulator has ended.
        """
        functions = set(functions)
        for function in functions - self._functions:
            addresses.register(self._folder, function, self._forwarding)
        for function in self._functions - functions:
            addresses.unregister(self._folder, function, self._forwarding)
        self._functions = functions


@contextmanager
def forward(folder: Path, forwarding: addresses.Forwarding) -> Iterator[Forwarder]:
    """Yields a forwarder, and stops it when the block ends.

    Args:
        folder: the emulator's folder.
        forwarding: the address of this process.
    """
    forwarder = Forwarder(folder, forwarding)
    try:
        yield forwarder
    finally:
        forwarder.set_functions(())
