"""Recognizes the files in which other tools list dependencies, and names the command that converts each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.requirement_lines import parse_lines, read_text
from domovoi_tf.packaging.local_sources.source_tree import read_toml

_COMPILE = "uv pip compile --universal {file} -o requirements.txt"
_POETRY_EXPORT = "poetry self add poetry-plugin-export && poetry export -o requirements.txt"
#: The names of requirements files for deployment in a folder `requirements`, the most specific first.
_DEPLOYED = ("production", "prod", "main", "base", "common", "requirements")
_INSTALL_REQUIRES = re.compile(r"\binstall_requires\b")


def reject_other_files(project: Path, has_dependencies: bool) -> None:
    """Raises an error if dependencies are in a file that cannot be read.

    Args:
        project: the project's folder, without a requirements.txt, pylock.toml or uv.lock.
        has_dependencies: whether the pyproject.toml has dependencies; then only a lock file is missing.

    Raises:
        PackageError: there is such a file. The remedy is the command that converts it.
    """
    for file, command, is_lock in _find_files(project):
        if is_lock or not has_dependencies:
            raise PackageError(
                f"The dependencies are in {file}, which domovoi-tf cannot read.",
                f"Run `{command}`, now and whenever they change.",
            )


def _find_files(project: Path) -> Iterator[tuple[str, str, bool]]:
    """Yields the files, each with the command that converts it, and whether it is a lock file."""
    document = _read(project / "pyproject.toml", read_toml)
    if (project / "poetry.lock").is_file() and _needs_poetry_lock(document):
        yield "poetry.lock", _POETRY_EXPORT, True
    elif _list_poetry_dependencies(document):
        yield "pyproject.toml under [tool.poetry.dependencies]", f"poetry lock && {_POETRY_EXPORT}", False
    if (project / "pdm.lock").is_file():
        yield "pdm.lock", "pdm export -f requirements -o requirements.txt", True
    if _read(project / "Pipfile.lock", _read_json).get("default"):
        yield "Pipfile.lock", "pipenv requirements > requirements.txt", True
    elif _read(project / "Pipfile", read_toml).get("packages"):
        yield "Pipfile", "pipenv lock && pipenv requirements > requirements.txt", False
    yield from ((file, command, False) for file, command in _find_sources(project))


def _find_sources(project: Path) -> Iterator[tuple[str, str]]:
    """Yields the files that pip or setuptools can read, and their commands."""
    path = project / "requirements.in"
    if path.is_file() and any(parse_lines(read_text(path))):
        yield path.name, _COMPILE.format(file=path.name)
    files = [project / "requirements" / f"{name}{suffix}" for name in _DEPLOYED for suffix in (".txt", ".in")]
    for path in files:
        if path.is_file():
            file = f"requirements/{path.name}"
            command = _COMPILE if path.suffix == ".in" else "echo '-r {file}' > requirements.txt"
            yield file, command.format(file=file)
            break
    # uv accepts a setup.cfg only beside one of these.
    is_complete = any((project / name).is_file() for name in ("setup.py", "pyproject.toml"))
    prefix = "" if is_complete else "echo 'import setuptools; setuptools.setup()' > setup.py && "
    for name in ("setup.cfg", "setup.py"):
        if (project / name).is_file() and _INSTALL_REQUIRES.search(read_text(project / name)):
            yield name, prefix + _COMPILE.format(file=name)


def _needs_poetry_lock(document: Mapping[str, Any]) -> bool:
    """Returns whether a project has other dependencies than those of its groups for development."""
    return bool(
        not document or document.get("project", {}).get("dependencies") or _list_poetry_dependencies(document)
    )


def _list_poetry_dependencies(document: Mapping[str, Any]) -> list[str]:
    dependencies = document.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return [name for name in dependencies if name != "python"]


def _read(path: Path, parse: Callable[[Path], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Returns the content of a file; nothing if it does not exist or is not valid."""
    try:
        return parse(path) if path.is_file() else {}
    except (PackageError, ValueError):
        return {}


def _read_json(path: Path) -> Mapping[str, Any]:
    document = json.loads(read_text(path))
    return document if isinstance(document, dict) else {}
