"""Records the errors, problems and explanations that tests make, and finds those that the registry lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from domovoi_tf import errors
from domovoi_tf.failures.explanation import Explanation
from domovoi_tf.model.declarations import Fault

from .registry import Registry, read_registry
from .reviewed import JOINING, PASSED_ON
from .sources import PACKAGE, ROOT

FOLDER = str(ROOT / PACKAGE)
#: Functions that make an error for their caller.
_MAKERS = {"__init__", "initialize", "make_explanation", errors.join_problems.__name__}


class Made(NamedTuple):
    """A message and a remedy that the code has made.

    Args:
        message: the message.
        remedy: the remedy; empty if it has none.
        place: the file and line that made it.
    """

    message: str
    remedy: str
    place: str


class Recorder:
    """Records what the code makes."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._new: list[Made] = []

    def add(self, message: str, remedy: str, frame: FrameType | None) -> None:
        """Records a message, unless it is known, or no code of the package made it.

        Args:
            message: the message.
            remedy: the remedy.
            frame: the frame that made it.
        """
        if (message, remedy) in self._seen:
            return
        self._seen.add((message, remedy))
        parts = [message]
        while frame and frame.f_code.co_name in _MAKERS:
            if frame.f_code is errors.join_problems.__code__:
                parts = list(frame.f_locals["parts"])
            frame = frame.f_back
        if frame is None or not frame.f_code.co_filename.startswith(FOLDER):
            return
        path = str(Path(frame.f_code.co_filename).relative_to(FOLDER))
        if not _is_passed_on(path, frame.f_code.co_name):
            self._new += [Made(part, remedy, f"{path}:{frame.f_lineno}") for part in parts]

    def take_unknown(self) -> list[Made]:
        """Returns the messages since the last call that the registry lacks."""
        made, self._new = self._new, []
        return [each for each in made if not _get_registry().has(each.message, each.remedy)]


def _is_passed_on(path: str, function: str) -> bool:
    """Whether a function makes errors of texts that are recorded elsewhere. Comprehensions have no name."""
    if function.startswith("<"):
        return any(each == path for each, _ in PASSED_ON.keys() - JOINING)
    return (path, function) in PASSED_ON.keys() - JOINING


@cache
def _get_registry() -> Registry:
    return read_registry()


@contextmanager
def record_errors() -> Iterator[Recorder]:
    """Records what the code makes until the end of the context."""
    recorder = Recorder()
    make = Explanation.__new__

    def make_explanation(cls: type[Explanation], message: str, remedy: str) -> Explanation:
        recorder.add(message, remedy, sys._getframe(1))
        return make(cls, message, remedy)

    with pytest.MonkeyPatch.context() as patch:
        for kind in (errors.DomovoiError, errors.Problem, Fault):
            patch.setattr(kind, "__init__", _record_with(recorder, kind.__init__))
        patch.setattr(Explanation, "__new__", make_explanation)
        yield recorder


def _record_with(recorder: Recorder, original: Callable[..., None]) -> Callable[..., None]:
    def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        recorder.add(self.message, self.remedy, sys._getframe(1))

    return initialize
