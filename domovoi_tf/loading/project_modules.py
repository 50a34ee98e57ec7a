"""Finds the project's own modules that its app is made from: what it imports, seen without running it.

https://docs.python.org/3/reference/import.html#searching
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from domovoi_tf.model.declarations import Location, Notice

#: Where an app begins: a module or a package of this name.
APP = "app"
#: Folders that the deployment package has whole, whatever is imported.
WHOLE = ("domovoilib", "chalicelib")
#: What editors, tools and Python itself leave beside source.
NOT_SOURCE = re.compile(
    r"__pycache__|.*\.py[co]|\.DS_Store"
    r"|\.git|\.hg|\.svn|\.(?:mypy|pytest|ruff)_cache"
    r"|.*~|\.#.*|#.*#|\..*\.sw[a-p]"  # Emacs and Vim
)
#: What a package has for its tests: they are not the app's, unless it imports them.
_TESTS = re.compile(r"tests|test_.*\.py|.*_test\.py|conftest\.py")


def project_modules(project: Path) -> tuple[Path, ...]:
    """Returns the files of a project that its app is made from, sorted: modules, and packages as a whole.

    They are those that ``import`` statements reach from ``app.py`` or ``app/``, which are among them, and
    from the folders of `WHOLE`, which are not. A module that cannot be parsed imports nothing here; who
    imports it in earnest says what is wrong.

    Args:
        project: the project's folder; the paths begin with it.
    """
    found: dict[Path, str] = {}
    pending, names = _start(project), _names(project)
    while pending:
        for path, package in pending.items():
            found.setdefault(path, package)
        reached: dict[Path, str] = {}
        for path, package in pending.items():
            for name in _imported(path, package, names):
                reached |= _resolved(project, name)
        pending = {path: package for path, package in reached.items() if path not in found}
    whole = tuple(project / name for name in WHOLE)
    return tuple(sorted(path for path in found if not any(path.is_relative_to(tree) for tree in whole)))


def shadows(project: Path) -> tuple[Notice, ...]:
    """Returns a notice for each module of the app that hides one of the standard library.

    Args:
        project: the project's folder.
    """
    names = {path.name.removesuffix(".py") for path in project.iterdir()} & sys.stdlib_module_names
    first: dict[str, str] = {}
    for path in project_modules(project) if names else ():
        inside = path.relative_to(project)
        first.setdefault(inside.parts[0].removesuffix(".py"), inside.as_posix())
    return tuple(
        Notice(
            location=Location(file=file, line=1),
            message=f"the module {name} hides the one of Python's standard library, from the app and from "
            "all that it imports: rename it",
        )
        for name, file in first.items()
        if name in names
    )


def _start(project: Path) -> dict[Path, str]:
    start = _resolved(project, APP)
    for name in WHOLE:
        start |= {path: _package(project, path) for path in _files(project / name)}
    return start


def _names(project: Path) -> tuple[bytes, ...]:
    """Returns what stands in each file that imports something new of the project's: few need be parsed."""
    try:
        paths = [path for path in project.iterdir() if path.suffix == ".py" or path.is_dir()]
    except OSError:
        return ()
    return (b"from .", *(os.fsencode(path.stem) for path in paths if path.stem not in (APP, *WHOLE)))


def _imported(path: Path, package: str, names: Iterable[bytes]) -> Iterator[str]:
    """Yields the dotted names that a file imports, each of which may be a module or something inside one."""
    if path.suffix != ".py":
        return
    try:
        text = path.read_bytes()
        tree = ast.parse(text) if any(name in text for name in names) else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all statements inside a node, and enters no expression: no import is in one."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, part, ()):
            yield inner
            yield from _statements(inner)


def _resolved(project: Path, name: str) -> dict[Path, str]:
    """Returns the files that importing a name needs, each with its package, where they are the project's."""
    folder, parts = project, name.split(".")
    if parts[0] in ("vendor", ""):  # vendor/ is in the package at its root; above the project is nothing
        return {}
    for part in parts:
        if (folder / part / "__init__.py").is_file():
            return {path: _package(project, path) for path in _files(folder / part)}
        if (folder / f"{part}.py").is_file():
            path = folder / f"{part}.py"
            return {path: _package(project, path)}
        folder /= part
        if not folder.is_dir():
            break
    return {}


def _package(project: Path, path: Path) -> str:
    return ".".join(path.relative_to(project).parts[:-1])


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yields the files of a package, through links but not in circles."""
    real = folder.resolve()
    if not folder.is_dir() or real in above or (folder / "pyvenv.cfg").is_file():
        return
    for path in sorted(folder.iterdir()):
        if NOT_SOURCE.fullmatch(path.name) or _TESTS.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from _files(path, (*above, real))
        elif path.is_file():
            yield path
