"""Names the local packages in requirements files, because uv builds only packages whose names it knows.

A requirement such as ``./common`` has no name, and a setup.py reveals it only if it is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from domovoi_tf.packaging.dependencies.requirement_lines import (
    INCLUDES,
    LOCATIONS,
    Line,
    expand_variables,
    parse_lines,
    read_text,
)
from domovoi_tf.packaging.local_sources.paths import find_paths
from domovoi_tf.packaging.local_sources.source_tree import is_project, read_package_name

_NAMED = re.compile(r"[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@.*", re.DOTALL)
_PARTS = re.compile(r"(?P<path>.*?)(?P<extras>\[[^\[\]]*\])?(?P<rest>\s*;.*|\s+--.*)?", re.DOTALL)


def name_requirements(file: Path, work: Path, find_name: Callable[[Path], str]) -> Path:
    """Returns a requirements file in which every local package has a name: the file itself, or a copy.

    Args:
        file: a requirements file; paths of local packages in it are relative to its folder.
        work: the folder for copies.
        find_name: returns the name of the package in a folder; called if no file of the package states it.

    Raises:
        PackageError: a file cannot be read.

    https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """
    copies = _Copies(file.parent, work, find_name)
    copy = copies.add(file)
    return copy if copies.names else file


class _Copies:
    """Copies of a requirements file and of those that it includes."""

    def __init__(self, project: Path, work: Path, find_name: Callable[[Path], str]) -> None:
        self.project, self.work, self.find_name = project, work, find_name
        self.copies: dict[Path, Path] = {}
        self.names: dict[Path, str] = {}

    def add(self, file: Path) -> Path:
        real = file.resolve()
        if real not in self.copies:
            self.copies[real] = self.work / f"requirements-{len(self.copies)}.txt"
            lines = [self._format_line(line, file.parent) for line in parse_lines(read_text(file))]
            self.copies[real].write_text("\n".join([*lines, ""]), encoding="utf-8")
        return self.copies[real]

    def _format_line(self, line: Line, folder: Path) -> str:
        value = expand_variables(line.value, self.project)
        if not line.option:
            return self._format_requirement(line.value, value)
        for path in find_paths(value, {folder}):
            if line.option in INCLUDES and path.is_file():
                return f"{line.option} {self.add(path)}"
            if line.option in LOCATIONS:
                return f"{line.option} {path.resolve().as_uri()}"
        return f"{line.option} {line.value}"

    def _format_requirement(self, value: str, expanded: str) -> str:
        if _NAMED.fullmatch(value):
            return value
        for path in find_paths(expanded, {self.project}):
            if path.is_dir() and is_project(path) and read_package_name(path) is None:
                real = path.resolve()
                self.names[real] = self.names.get(real) or self.find_name(real)
                match = _PARTS.fullmatch(expanded)
                extras, rest = (match["extras"] or "", match["rest"] or "") if match else ("", "")
                return f"{self.names[real]}{extras} @ {real.as_uri()} {rest}"
        return value
