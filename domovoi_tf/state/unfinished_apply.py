"""Remembers that an apply has begun until it succeeds, so that the next one knows that it was killed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.system.user_folder import write_private_file
from domovoi_tf.terraform import locks


@contextlib.contextmanager
def remember_apply(mark: Path) -> Iterator[None]:
    """Creates a file, and removes it when the block ends without an exception.

    Args:
        mark: the file; its folder must exist.
    """
    write_private_file(mark, "")
    yield
    mark.unlink(missing_ok=True)


def discard_broken_state(path: Path) -> bool:
    """Removes a local state that a killed Terraform has left half-written, and returns whether it did.

    Terraform overwrites the file in place. A Terraform that still runs holds its lock. Only a state whose
    resources can be found again may go.

    Args:
        path: the state; need not exist.
    """
    if locks.read_file_lock(path):
        return False
    try:
        json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return False
    except ValueError:
        path.unlink()
        return True
    return False
