"""Judges paths that a file such as a manifest contains, before anything at these paths is read or changed."""

from __future__ import annotations

from pathlib import Path


def is_inside(path: str) -> bool:
    """Whether a path is relative, in its shortest form, and names something inside its folder.

    Args:
        path: the path, with slashes.
    """
    return "\0" not in path and not {"", ".", ".."} & {*path.split("/")}


def find_link(folder: Path, path: str) -> Path | None:
    """Returns the first folder on the way to a path that is a link, which could lead out of the tree.

    Args:
        folder: the folder of the tree, which may be a link itself.
        path: a path for which `is_inside` is true.
    """
    parents = [folder / parent for parent in reversed(Path(path).parents[:-1])]
    return next((parent for parent in parents if parent.is_symlink()), None)
