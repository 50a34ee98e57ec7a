"""Makes sure that `dev` runs once in a project."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.errors import DomovoiError

_NAME = "dev.lock"


@contextlib.contextmanager
def hold_project(folder: Path, stage: str) -> Iterator[None]:
    """Holds the lock of a project while the block runs. The system releases it if this process is killed.

    Args:
        folder: the tool's folder in the project.
        stage: the stage, which the error of another process names.

    Raises:
        DomovoiError: another process holds it.
    """
    with (folder / _NAME).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise _make_error(lock.read()) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "stage": stage}))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _make_error(text: str) -> DomovoiError:
    other = {"pid": "unknown", "stage": "unknown"}
    with contextlib.suppress(ValueError, TypeError):
        other |= json.loads(text)
    return DomovoiError(
        f"`dev` is already running in this project, for the stage {other['stage']} (process {other['pid']}).",
        "Use that one, or end it with q or Ctrl-C first.",
    )
