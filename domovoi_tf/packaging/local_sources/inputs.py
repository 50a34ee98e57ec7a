"""Finds everything on this machine that determines what uv installs, whatever the spelling of the references.

It starts from the file that lists the dependencies and from uv's settings, and follows all references to
other files, to folders of wheels, to archives, and to local packages, which refer to further ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.requirement_lines import (
    INCLUDES,
    LOCATIONS,
    expand_variables,
    parse_lines,
    read_text,
    remove_users,
)
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.local_sources import source_tree
from domovoi_tf.packaging.local_sources.lock_file import find_locked_paths
from domovoi_tf.packaging.local_sources.paths import find_paths
from domovoi_tf.packaging.local_sources.source_tree import read_toml
from domovoi_tf.system.records import Record

#: Environment variables of uv that change a resolution. https://docs.astral.sh/uv/reference/environment/
_VARIABLES = (
    *(
        "UV_BUILD_CONSTRAINT",
        "UV_CONFIG_FILE",
        "UV_CONSTRAINT",
        "UV_DEFAULT_INDEX",
        "UV_EXCLUDE",
        "UV_EXCLUDE_NEWER",
    ),
    *("UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_INDEX_URL", "UV_NO_CONFIG"),
    *("UV_NO_INDEX", "UV_NO_SOURCES", "UV_OVERRIDE", "UV_PRERELEASE", "UV_RESOLUTION"),
)
_ARCHIVE = re.compile(r".*\.(?:whl|zip|tgz|tar(?:\.\w+)?)", re.IGNORECASE)
_LINK = re.compile(r"href=[\"']([^\"'#]+)", re.IGNORECASE)
_STRING = re.compile(r"[\"']([^\"'\n]*)[\"']|(?<![\w\"'])(\.\.?/[^\s\"',;]+)")


class Inputs(Record):
    """Everything on this machine that determines what uv installs.

    Args:
        files: the files, sorted.
        packages: the folders of local packages.
        texts: settings from the environment, and requirements whose variables have been replaced.
    """

    files: tuple[Path, ...]
    packages: tuple[Path, ...]
    texts: tuple[str, ...]

    def covers(self, path: Path) -> bool:
        """Returns whether a file, or a folder with all its files, is among the inputs."""
        return path.resolve() in {*self.packages, *(each.resolve() for each in self.files)}


def find_inputs(requirements: Requirements, more: Iterable[Path] = ()) -> Inputs:
    """Finds everything on this machine that determines what uv installs.

    Args:
        requirements: the file that lists the dependencies.
        more: local packages and archives that an earlier installation used.

    Raises:
        PackageError: a file cannot be read.

    https://docs.astral.sh/uv/concepts/configuration-files/
    """
    search = _Search(requirements.folder)
    if requirements.file.name == "uv.lock":
        search.add_file(requirements.file)
        search.add_paths(find_locked_paths(requirements))
    elif requirements.file.suffix == ".toml":
        search.add_settings(requirements.file)
    else:
        search.add_requirements(requirements.file)
    search.add_environment()
    for path in _list_settings(requirements):
        search.add_settings(path)
    search.add_paths(more)
    return Inputs(tuple(sorted(search.files)), tuple(sorted(search.packages)), tuple(search.texts))


@dataclass
class _Search:
    """Collects files, and follows the references in them."""

    project: Path
    files: set[Path] = field(default_factory=set)
    packages: set[Path] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    def add_file(self, path: Path) -> bool:
        """Returns whether the file is new. The name of a link counts: the name of a wheel has a meaning."""
        place = path.parent.resolve() / path.name
        is_new = place not in self.files
        self.files.add(place)
        return is_new

    def add_requirements(self, path: Path) -> None:
        if not self.add_file(path):
            return
        bases = {self.project, path.parent}
        for line in parse_lines(read_text(path)):
            self.add_line(line.option, line.value, bases)

    def add_line(self, option: str, value: str, bases: set[Path]) -> None:
        expanded = expand_variables(remove_users(value), self.project)
        if expanded != remove_users(value):
            self.texts.append(expanded)
        for path in find_paths(expanded, bases):
            if option in INCLUDES and path.is_file():
                self.add_requirements(path)
            elif path.is_file() or option in LOCATIONS or source_tree.is_project(path):
                self.add_path(path)

    def add_settings(self, path: Path) -> None:
        """Adds a TOML file with dependencies or with uv's settings."""
        if not self.add_file(path):
            return
        try:
            document = read_toml(path)
        except PackageError:
            return  # uv reports it, if it matters
        for table, may_be_folder in _select_tables(path.name, document):
            for value in _list_strings(table):
                for each in find_paths(expand_variables(value, self.project), {path.parent}):
                    self.add_setting(each, may_be_folder)

    def add_setting(self, path: Path, may_be_folder: bool) -> None:
        if path.suffix in (".txt", ".in") and path.is_file():
            self.add_requirements(path)
        elif _ARCHIVE.fullmatch(path.name) or (
            path.is_dir() and (may_be_folder or source_tree.is_project(path))
        ):
            self.add_path(path)

    def add_environment(self) -> None:
        for name in _VARIABLES:
            value = os.environ.get(name, "")
            if value:
                self.texts.append(f"{name}={remove_users(value)}")
            for part in {value, *re.split(r"[\s,]+", value)}:
                for path in find_paths(part, {self.project}):
                    self.add_listed(path)

    def add_listed(self, path: Path) -> None:
        """Adds a file or folder that an environment variable names."""
        if path.suffix == ".toml":
            self.add_settings(path)
        elif path.suffix in (".txt", ".in"):
            self.add_requirements(path)
        else:
            self.add_path(path)

    def add_paths(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self.add_path(path)

    def add_path(self, path: Path) -> None:
        """Adds an archive, the folder of a local package, or a folder of wheels."""
        if path.is_dir():
            add = self.add_package if source_tree.is_project(path) else self.add_folder
            add(path.resolve())
        elif path.is_file() and self.add_file(path) and path.suffix == ".html":
            for link in _LINK.findall(read_text(path)):
                self.add_paths(find_paths(link, {path.parent}))

    def add_folder(self, folder: Path) -> None:
        if folder in self.packages:
            return
        if self._is_around_project(folder):
            paths: Iterable[Path] = (path for path in folder.iterdir() if _ARCHIVE.fullmatch(path.name))
        else:
            self.packages.add(folder)
            paths = source_tree.list_source_files(folder)
        for path in paths:
            self.add_path(path)

    def add_package(self, folder: Path) -> None:
        if folder in self.packages:
            return
        self.packages.add(folder)
        self.files |= set(source_tree.list_source_files(folder))
        for path in source_tree.list_project_files(folder):
            for value in _list_references(path):
                for other in find_paths(expand_variables(value, self.project), {folder}):
                    if not _overlap(other.resolve(), folder):
                        self.add_path(other)

    def _is_around_project(self, folder: Path) -> bool:
        return self.project.resolve().is_relative_to(folder)


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _select_tables(name: str, document: Mapping[str, Any]) -> Iterator[tuple[object, bool]]:
    """Yields the parts of a TOML file about dependencies, and whether they may name folders of wheels."""
    if name == "pyproject.toml":
        project, uv = document.get("project", {}), document.get("tool", {}).get("uv", {})
        yield [project.get("dependencies"), project.get("optional-dependencies")], False
        yield document.get("dependency-groups"), False
        # The other members of a workspace are not dependencies.
        yield [value for key, value in uv.items() if key not in ("workspace", "cache-keys")], True
    elif name == "pylock.toml":
        yield [*_find_values(document, ("path", "url", "index"))], True
    else:
        yield document, True


def _find_values(value: object, keys: Collection[str]) -> Iterator[object]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from [each] if key in keys else _find_values(each, keys)
    elif isinstance(value, list):
        for each in value:
            yield from _find_values(each, keys)


def _list_references(path: Path) -> Iterator[str]:
    """Yields the strings of a build's configuration that may refer to something outside of its folder."""
    text = read_text(path)
    for match in _STRING.finditer(text):
        value = match[1] or match[2] or ""
        if ".." in value or "file:" in value or "/" in value[:2] or "@" in value:
            yield value


def _list_strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _list_strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _list_strings(each)


def _list_settings(requirements: Requirements) -> Iterator[Path]:
    """Yields uv's settings of the project, of the folders above it, of the user and of the machine."""
    project, home = requirements.folder.absolute(), os.environ.get("XDG_CONFIG_HOME")
    for folder in (project, *project.parents):
        for path in (folder / "uv.toml", folder / "pyproject.toml"):
            if path.is_file() and (
                folder == project or path.name == "uv.toml" or "[tool.uv" in read_text(path)
            ):
                yield path
    user = (Path(home) if home else Path.home() / ".config") / "uv" / "uv.toml"
    yield from (path for path in (user, Path("/etc/uv/uv.toml")) if path.is_file())
