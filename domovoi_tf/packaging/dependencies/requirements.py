"""Finds the file that lists an app's dependencies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.other_tools import reject_other_files
from domovoi_tf.packaging.dependencies.requirement_lines import (
    INCLUDES,
    expand_variables,
    parse_lines,
    read_text,
)
from domovoi_tf.packaging.local_sources.paths import find_paths
from domovoi_tf.packaging.local_sources.source_tree import read_toml
from domovoi_tf.packaging.local_sources.workspaces import find_required_members, find_workspace
from domovoi_tf.system.records import Record

#: The files that may list dependencies; a project's first one is used.
FILES = ("requirements.txt", "pylock.toml", "uv.lock", "pyproject.toml")
#: The files that may have dependency groups. https://packaging.python.org/en/latest/specifications/dependency-groups/
_GROUPED = ("uv.lock", "pyproject.toml")
#: The AWS SDK, which Lambda's runtime has. https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
SDK = ("boto3", "botocore", "s3transfer")
#: The runtime of domovoi-tf is in the package anyway.
OWN = "domovoi-tf"

_HASH = re.compile(r"\s--hash[=\s]")


class Requirements(Record):
    """The file that lists an app's dependencies.

    Args:
        file: one of `FILES`; paths in it are relative to its folder.
        groups: additional dependency groups.
        boto3: whether to package the AWS SDK (boto3, botocore, s3transfer); None to package it if Lambda's
            runtime may not satisfy all bounds on it.
        unused: names of other files with dependencies, which are not used.
        project: the project's folder, if that is not the file's.
    """

    file: Path
    groups: tuple[str, ...] = ()
    boto3: bool | None = None
    unused: tuple[str, ...] = ()
    project: Path | None = None

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.project or self.file.parent

    @property
    def name(self) -> str:
        """The path of the file, relative to the project."""
        return os.path.relpath(self.file.resolve(), self.folder.resolve()) if self.project else self.file.name

    @property
    def has_hashes(self) -> bool:
        """Whether a requirements.txt has hashes, in which case all packages need one, as with pip."""
        texts = [read_text(path) for path, _ in self.walk_files()]
        return any(_HASH.search(line.value) for text in texts for line in parse_lines(text))

    def walk_files(self) -> Iterator[tuple[Path, bool]]:
        """Yields a requirements file and those that it includes, and whether they only have constraints."""
        yield from _walk_included(self.file, False, set())


def find_requirements(
    project: Path, groups: tuple[str, ...] = (), boto3: bool | None = None
) -> Requirements | None:
    """Finds the file that lists an app's dependencies: the first of `FILES` in the project.

    Args:
        project: the project's folder.
        groups: additional dependency groups.
        boto3: whether to package the AWS SDK (boto3, botocore, s3transfer); None to package it if Lambda's
            runtime may not satisfy all bounds on it.

    Returns:
        None if no file lists dependencies.

    Raises:
        PackageError: the file cannot be read, lacks its pyproject.toml, or cannot have groups; or the
            dependencies are in the file of another tool.

    https://docs.astral.sh/uv/pip/dependencies/
    """
    workspace = find_workspace(project)
    places = {name: project / name for name in FILES} | {"uv.lock": (workspace or project) / "uv.lock"}
    names = [name for name in FILES[:-1] if places[name].is_file()]
    has_dependencies = _may_have_dependencies if names else _has_dependencies
    if not names:
        reject_other_files(project, _may_have_dependencies(project / FILES[-1], ()))
    if has_dependencies(project / FILES[-1], groups):
        names.append(FILES[-1])
    if not names:
        _reject_groups(groups, "The project")
        return None
    name, *unused = names
    if name not in _GROUPED:
        _reject_groups(groups, name)
    if name == "uv.lock" and not (project / FILES[-1]).is_file():
        raise PackageError(
            "uv.lock has no pyproject.toml beside it.", "Restore pyproject.toml, or remove uv.lock."
        )
    if workspace and name == FILES[-1]:
        _check_members(project, workspace)
    # uv.lock and pyproject.toml belong together.
    others = tuple(each for each in unused if not {name, each} <= {*_GROUPED})
    is_elsewhere = places[name].parent != project
    return Requirements(places[name], groups, boto3, others, project if is_elsewhere else None)


def _check_members(project: Path, workspace: Path) -> None:
    """Checks that a project without a lock file requires nothing from its workspace."""
    for name in find_required_members(project, workspace):
        raise PackageError(
            f"pyproject.toml requires {name} from the uv workspace in {workspace}, which has no uv.lock.",
            "Run `uv lock`.",
        )


def _has_dependencies(path: Path, groups: tuple[str, ...]) -> bool:
    """Returns whether a pyproject.toml has dependencies, if no other file lists any."""
    if not path.is_file():
        return False
    project = read_toml(path).get("project", {})
    if "dependencies" in project.get("dynamic", ()):
        raise PackageError(
            f"{path.name}: the dependencies are dynamic, and only known after a build of the project.",
            f"List them under [project], or write them to {FILES[0]}, for example with "
            f"`uv pip compile {path.name} -o {FILES[0]}`.",
        )
    return bool(project.get("dependencies") or groups)


def _may_have_dependencies(path: Path, _: tuple[str, ...]) -> bool:
    """Returns whether an unused pyproject.toml has dependencies; errors in it do not matter."""
    try:
        return path.is_file() and bool(read_toml(path).get("project", {}).get("dependencies"))
    except PackageError:
        return False


def _reject_groups(groups: tuple[str, ...], where: str) -> None:
    if groups:
        raise PackageError(
            f"{where} has no dependency group {groups[0]!r}.",
            f"Groups are read from pyproject.toml, if there is neither {FILES[0]} nor {FILES[1]}.",
        )


def _walk_included(path: Path, is_constraint: bool, seen: set[Path]) -> Iterator[tuple[Path, bool]]:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    yield path, is_constraint
    for line in parse_lines(read_text(path)) if path.suffix not in (".toml", ".lock") else ():
        # Other names are URLs or mistakes, which uv reports.
        value = expand_variables(line.value, path.parent)
        for nested in find_paths(value, {path.parent}) if line.option in INCLUDES else ():
            if nested.is_file():
                yield from _walk_included(nested, is_constraint or line.option == "--constraint", seen)
