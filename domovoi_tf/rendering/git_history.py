"""Finds earlier renderings of a file in the history of the user's Git repository.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Collection
from pathlib import Path

#: The number of commits to look at. A merge is healed soon, when its parents are among the last commits.
_MAX_COMMITS = 100
_TIMEOUT = 20.0


def find_versions(path: Path, digests: Collection[str]) -> list[bytes]:
    """Returns the contents that a file had in recent commits of any branch, of those with the given digests.

    There are none if the folder is not in a repository, or Git is missing.

    Args:
        path: the file, whose folder exists.
        digests: the SHA-256 of the contents.
    """
    try:
        # After a rebase, only the reflog has the commits of one side.
        revisions = _run_git(
            path.parent,
            "rev-list",
            f"--max-count={_MAX_COMMITS}",
            "--full-history",
            "--all",
            "--reflog",
            "--",
            path.name,
        ).decode()
        names = "".join(f"{revision}:./{path.name}\n" for revision in revisions.split())
        contents = _split_batch(_run_git(path.parent, "cat-file", "--batch", stdin=names.encode()))
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    return [content for content in contents if hashlib.sha256(content).hexdigest() in digests]


def _run_git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True, timeout=_TIMEOUT
    ).stdout


def _split_batch(output: bytes) -> set[bytes]:
    """Returns the distinct objects in the output of ``git cat-file --batch``."""
    contents = set()
    while output:
        header, _, output = output.partition(b"\n")
        if header.endswith(b" missing"):
            continue
        size = int(header.rsplit(b" ", 1)[1])
        contents.add(output[:size])
        output = output[size + 1 :]
    return contents
