"""Recognizes the files in which other tools list dependencies, and names the command that converts each."""

from __future__ import annotations

import ast
import configparser
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.requirement_lines import parse_lines, read_text
from domovoi_tf.packaging.local_sources.source_tree import read_toml

_COMPILE = "uv pip compile --universal {file} -o requirements.txt"
_PDM_EXPORT = "pdm export --prod -f requirements -o requirements.txt"
_POETRY_EXPORT = "poetry self add poetry-plugin-export && poetry export -o requirements.txt"
#: The names of requirements files for deployment in a folder `requirements`, the most specific first.
_DEPLOYED = ("production", "prod", "main", "base", "common", "requirements")
_INSTALL_REQUIRES = "install_requires"
#: The requirement of domovoi-tf itself, which is never installed.
_OWN = re.compile(r"domovoi[-_.]tf\b(?![-_.]\w)", re.IGNORECASE)


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
    if (project / "pdm.lock").is_file() and _has_pdm_dependencies(document):
        yield "pdm.lock", _PDM_EXPORT, True
    pipfile = _read(project / "Pipfile", read_toml).get("packages", {})
    if _read(project / "Pipfile.lock", _read_json).get("default") and (not pipfile or _has_others(pipfile)):
        yield "Pipfile.lock", "pipenv requirements > requirements.txt", True
    elif _has_others(pipfile):
        yield "Pipfile", "pipenv lock && pipenv requirements > requirements.txt", False
    yield from ((file, command, False) for file, command in _find_sources(project))


def _find_sources(project: Path) -> Iterator[tuple[str, str]]:
    """Yields the files that pip or setuptools can read, and their commands."""
    path = project / "requirements.in"
    if _has_lines(path):
        yield path.name, _COMPILE.format(file=path.name)
    files = [project / "requirements" / f"{name}{suffix}" for name in _DEPLOYED for suffix in (".txt", ".in")]
    for path in files:
        if _has_lines(path):
            file = f"requirements/{path.name}"
            command = _COMPILE if path.suffix == ".in" else "echo '-r {file}' > requirements.txt"
            yield file, command.format(file=file)
            break
    # uv accepts a setup.cfg only beside one of these.
    is_complete = any((project / name).is_file() for name in ("setup.py", "pyproject.toml"))
    prefix = "" if is_complete else "echo 'import setuptools; setuptools.setup()' > setup.py && "
    for name, has_dependencies in (
        ("setup.cfg", _has_cfg_dependencies),
        ("setup.py", _has_setup_dependencies),
    ):
        if (project / name).is_file() and has_dependencies(read_text(project / name)):
            yield name, prefix + _COMPILE.format(file=name)


def _has_lines(path: Path) -> bool:
    """Returns whether a file exists and contains a requirement, or includes other files."""
    lines = parse_lines(read_text(path)) if path.is_file() else ()
    return _has_others(line.value for line in lines if line.option in ("", "--editable", "--requirement"))


def _has_others(requirements: Iterable[str]) -> bool:
    """Returns whether there is a requirement of another package than domovoi-tf."""
    return any(not _OWN.match(requirement) for requirement in requirements)


def _has_cfg_dependencies(text: str) -> bool:
    """Returns whether a setup.cfg has dependencies. One that is not valid has none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return False
    value = parser.get("options", _INSTALL_REQUIRES, fallback="") or ""
    return _has_others(line for each in value.splitlines() if (line := each.strip()))


def _has_setup_dependencies(text: str) -> bool:
    """Returns whether a setup.py passes dependencies to setup, unless they are an empty literal.

    One that is not valid has none.
    """
    try:
        nodes = tuple(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    values = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == _INSTALL_REQUIRES]
    for node in nodes:
        pairs: Iterable[tuple[ast.expr | None, ast.expr]]
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
        elif isinstance(node, ast.Assign):
            pairs = (
                (target.slice, node.value) for target in node.targets if isinstance(target, ast.Subscript)
            )
        else:
            continue
        values += [value for key, value in pairs if getattr(key, "value", None) == _INSTALL_REQUIRES]
    return any(_may_require(_resolve_name(value, nodes)) for value in values)


def _resolve_name(value: ast.expr, nodes: Iterable[ast.AST]) -> ast.expr:
    """Returns the value of a name that is assigned once and not used elsewhere, or else the expression."""
    if not isinstance(value, ast.Name):
        return value
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == value.id]
    assigned = [
        node.value for node in nodes if isinstance(node, ast.Assign) and set(node.targets) & set(uses)
    ]
    return assigned[0] if assigned and len(uses) == 2 else value


def _may_require(value: ast.expr) -> bool:
    """Returns whether an expression may be the requirement of another package than domovoi-tf."""
    try:
        requirements = ast.literal_eval(value)
    except (ValueError, TypeError):
        return True
    if isinstance(requirements, str):
        requirements = requirements.split("\n")
    return _has_others(str(each).strip() for each in requirements or () if str(each).strip())


def _has_pdm_dependencies(document: Mapping[str, Any]) -> bool:
    """Returns whether a project has dependencies, or determines them when it is built."""
    project = document.get("project", {})
    is_dynamic = "dependencies" in project.get("dynamic", ())
    return not document or is_dynamic or _has_others(project.get("dependencies", ()))


def _needs_poetry_lock(document: Mapping[str, Any]) -> bool:
    """Returns whether a project has other dependencies than those of its groups for development."""
    return bool(
        not document or document.get("project", {}).get("dependencies") or _list_poetry_dependencies(document)
    )


def _list_poetry_dependencies(document: Mapping[str, Any]) -> list[str]:
    dependencies = document.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return [name for name in dependencies if name != "python" and not _OWN.match(name)]


def _read(path: Path, parse: Callable[[Path], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Returns the content of a file; nothing if it does not exist or is not valid."""
    try:
        return parse(path) if path.is_file() else {}
    except (PackageError, ValueError):
        return {}


def _read_json(path: Path) -> Mapping[str, Any]:
    document = json.loads(read_text(path))
    return document if isinstance(document, dict) else {}
