"""Recognizes that the last run of Terraform that changed something was killed."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.system.user_folder import write_private_file

_MARK = "domovoi-tf.running"
_CHANGING = ("apply", "destroy")


class Run:
    """A run of Terraform, whose caller sets ``succeeded`` when it has ended."""

    succeeded = False


@contextlib.contextmanager
def mark_run(command: str, data_folder: Path) -> Iterator[Run]:
    """Keeps a locked file in Terraform's data folder while a command runs that changes resources.

    The file of an earlier run that was killed remains until a run succeeds: one that fails, for example
    because of the lock that the killed run left, recovers nothing.

    Args:
        command: Terraform's command.
        data_folder: the folder; nothing happens if it does not exist.
    """
    if command not in _CHANGING or not data_folder.is_dir():
        yield Run()
        return
    mark, run, is_left = data_folder / _MARK, Run(), was_killed(data_folder)
    write_private_file(mark, "")
    with mark.open("rb") as file:
        with contextlib.suppress(OSError):  # another run has it, or the file system has no locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield run
        finally:
            if run.succeeded or not is_left:
                mark.unlink(missing_ok=True)


def was_killed(data_folder: Path) -> bool:
    """Returns whether the process of the last run ended before Terraform did, and nobody has recovered since.

    Args:
        data_folder: Terraform's data folder; need not exist.
    """
    try:
        with (data_folder / _MARK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # there is no mark, or a process holds it
        return False
    return True


def forget(data_folder: Path) -> None:
    """Forgets that a run was killed.

    Args:
        data_folder: Terraform's data folder.
    """
    (data_folder / _MARK).unlink(missing_ok=True)
