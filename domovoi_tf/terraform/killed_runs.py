"""Recognizes that the last run of Terraform that changed something was killed."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from domovoi_tf.system.user_folder import write_private_file

_CHANGING = ("apply", "destroy")


class Run:
    """A run of Terraform, whose caller describes how it has ended.

    Attributes:
        succeeded: whether Terraform did everything.
        was_killed: whether Terraform ended without writing its state.
    """

    succeeded = False
    was_killed = False


@contextlib.contextmanager
def mark_run(command: str, mark: Path) -> Iterator[Run]:
    """Keeps a locked file while a command runs that changes resources.

    The file of a run that was killed remains until a run succeeds: one that fails, for example because of the
    lock that the killed run left, recovers nothing.

    Args:
        command: Terraform's command.
        mark: the file; nothing happens if its folder does not exist.
    """
    if command not in _CHANGING or not mark.parent.is_dir():
        yield Run()
        return
    run, is_left = Run(), was_killed(mark)
    write_private_file(mark, "")
    with mark.open("rb") as file:
        is_own = _lock(file)
        try:
            yield run
        finally:
            if is_own and (run.succeeded or not (run.was_killed or is_left)):
                mark.unlink(missing_ok=True)


def was_killed(mark: Path) -> bool:
    """Returns whether a run was killed, or ended before Terraform did, and nobody has recovered since.

    Args:
        mark: the file of `mark_run`; need not exist.
    """
    try:
        with mark.open("rb") as file:
            return _lock(file)
    except OSError:  # there is no mark
        return False


def forget(mark: Path) -> None:
    """Forgets that a run was killed.

    Args:
        mark: the file of `mark_run`; need not exist.
    """
    mark.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> bool:
    """Locks a file; returns False if another process has locked it, or the file system has no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
