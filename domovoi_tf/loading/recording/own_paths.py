"""Distinguishes the files of a project from others, also those that are reached through a symbolic link."""

from __future__ import annotations

import os
from pathlib import Path

#: Folders of installed packages, which may be below that of the standard library or of the project.
INSTALLED = ("/site-packages/", "/dist-packages/")


class OwnPaths:
    """Recognizes the files of a project.

    Args:
        project: the absolute path of the project's folder, without symbolic links.
    """

    def __init__(self, project: str) -> None:
        self._project = os.path.join(project, "")  # noqa: PTH118 - pathlib is slower
        self._folders: dict[str, str] = {}

    def contains(self, file: str) -> bool:
        """Returns whether a normalized path is in the project, but not in a virtual environment there."""
        inside = file.removeprefix(self._project)
        return inside != file and not any(folder in f"/{inside}" for folder in INSTALLED)

    def normalize(self, file: str) -> str:
        """Removes ``..`` from a path, and the links of its folder if it leads to a file of the project."""
        file = os.path.normpath(file) if "/." in file else file
        if self.contains(file) or not file.startswith("/"):
            return file
        folder, _, name = file.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = f"{self._folders[folder]}/{name}"
        return real if self.contains(real) else file


def locate_root(file: Path, name: str) -> Path | None:
    """Returns the folder on Python's path from which a module is imported; None if its file has another name.

    Args:
        file: the file of the module.
        name: its dotted name.
    """
    path = file.parent if file.name.partition(".")[0] == "__init__" else file
    parts = name.split(".")
    stems = [*path.parts[:-1], path.name.partition(".")[0] if path == file else path.name]
    return path.parents[len(parts) - 1] if stems[-len(parts) :] == parts else None
