"""Records attributes that an app does not have, such as Chalice's decorators, and lets the import go on.

An exception would hide all other problems of the app. Only code of the project that writes ``app.NAME`` is
recorded: `hasattr`, `getattr` and other people's code get their exception.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import domovoi_tf
from domovoi_tf.loading.recording.own_paths import OwnPaths
from domovoi_tf.model.declarations import Fault, Location

#: The operations of the syntax ``app.NAME``; in Python 3.11 and earlier, a call of it has its own.
_ACCESSES = {"LOAD_ATTR", "LOAD_METHOD"}


class Missing:
    """Stands for an attribute that an app does not have. As a decorator, it returns the function."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the only argument if it is a function, as a decorator without arguments does."""
        return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else self

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Missing:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())


@contextmanager
def record_missing_attributes(paths: OwnPaths) -> Iterator[list[Fault]]:
    """Makes all apps record the attributes that they lack, while the block runs.

    Args:
        paths: the files of the project.

    Yields:
        The faults that have been recorded so far, in their order.
    """
    # Imported now, because imports below a module of the project are recorded as its own.
    from domovoi_tf.loading.explanations.attributes import suggest_attribute

    faults: list[Fault] = []

    def get_missing(app: Any, name: str) -> Missing:
        frame = sys._getframe(1)
        file = paths.normalize(frame.f_code.co_filename)
        if name.startswith("_") or not _is_ready(app) or not _is_access(frame) or not paths.contains(file):
            raise AttributeError(
                f"{type(app).__name__!r} object has no attribute {name!r}", name=name, obj=app
            )
        fault = Fault(
            location=Location(file=frame.f_code.co_filename, line=frame.f_lineno),
            message=f"app.{name} does not exist",
            remedy=suggest_attribute(name),
        )
        if fault not in faults:
            faults.append(fault)
            app._faults.append(fault)
        return Missing()

    domovoi_tf.Domovoi.__getattr__ = get_missing  # type: ignore[attr-defined]
    try:
        yield faults
    finally:
        del domovoi_tf.Domovoi.__getattr__  # type: ignore[attr-defined]


def _is_ready(app: Any) -> bool:
    """Returns whether the constructor of an app has run."""
    return "_faults" in vars(app)


def _is_access(frame: FrameType) -> bool:
    """Returns whether a frame is at an expression such as ``app.route``."""
    return opcode.opname[frame.f_code.co_code[frame.f_lasti]] in _ACCESSES
