"""Recognises rendered files that a merge of two branches put together, and that nobody has edited."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from domovoi_tf.rendering.conflict_markers import drop_markers
from domovoi_tf.rendering.git_history import find_versions


def is_merge(path: Path, content: bytes, rendered: bytes, digests: Collection[str]) -> bool:
    """Whether a file has only lines that a branch or the new rendering has, and conflict markers.

    Args:
        path: the file.
        content: the file on the disk.
        rendered: its new rendering, of the app with the changes of both branches.
        digests: the SHA-256 of the versions of the branches, which are looked up in the history.
    """
    return has_only_lines(content, [rendered]) or has_only_lines(
        content, [rendered, *find_versions(path, digests)]
    )


def has_only_lines(content: bytes, versions: Iterable[bytes]) -> bool:
    """Whether a file has only lines of some versions of it, and conflict markers.

    Args:
        content: the file on the disk.
        versions: the versions.
    """
    try:
        lines = {line for version in versions for line in version.decode().split("\n")}
        return lines.issuperset({"", *drop_markers(content.decode().split("\n"))} - {""})
    except UnicodeDecodeError:
        return False
