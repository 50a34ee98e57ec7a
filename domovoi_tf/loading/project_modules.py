"""Finds the project's own modules that the app imports, without running them.

https://docs.python.org/3/reference/import.html#searching
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from domovoi_tf.errors import AppLoadError
from domovoi_tf.model.declarations import Location, Notice

#: The module or package that the imports start from.
APP = "app"
#: Folders that the deployment package contains whole, whether they are imported or not.
WHOLE_FOLDERS = ("domovoilib", "chalicelib")
#: Files that editors, tools and Python itself leave beside the source.
NOT_SOURCE = re.compile(
    r"__pycache__|.*\.py[co]|\.DS_Store"
    r"|\.git|\.hg|\.svn|\.(?:mypy|pytest|ruff)_cache"
    r"|.*~|\.#.*|#.*#|\..*\.sw[a-p]"  # Emacs and Vim
)
#: Tests in a package. They are not part of the app unless it imports them.
_TESTS = re.compile(r"tests|test_.*\.py|.*_test\.py|conftest\.py")


def find_project_modules(project: Path) -> tuple[Path, ...]:
    """Returns the sorted paths of the app's modules, and of all files of the packages that it imports.

    These are the files that ``import`` statements reach from ``app.py`` or ``app/`` and from `WHOLE_FOLDERS`,
    without the files in `WHOLE_FOLDERS`. A module that cannot be parsed imports nothing here: importing the
    app reports the error.

    Args:
        project: the project's folder. The returned paths begin with it.

    Raises:
        AppLoadError: a folder of the app cannot be read.
    """
    packages: dict[Path, str] = {}
    pending, markers = _find_start(project), _list_import_markers(project)
    while pending:
        for path, package in pending.items():
            packages.setdefault(path, package)
        imported: dict[Path, str] = {}
        for path, package in pending.items():
            for name in _find_imports(path, package, markers):
                imported |= _resolve_import(project, name)
        pending = {path: package for path, package in imported.items() if path not in packages}
    folders = tuple(project / name for name in WHOLE_FOLDERS)
    return tuple(sorted(path for path in packages if not any(map(path.is_relative_to, folders))))


def find_shadowing_modules(project: Path) -> tuple[Notice, ...]:
    """Returns a notice for each module of the app that has the name of a standard library module.

    Args:
        project: the project's folder.
    """
    names = {path.name.removesuffix(".py") for path in project.iterdir()} & sys.stdlib_module_names
    first: dict[str, str] = {}
    for path in find_project_modules(project) if names else ():
        inside = path.relative_to(project)
        first.setdefault(inside.parts[0].removesuffix(".py"), inside.as_posix())
    return tuple(
        Notice(
            location=Location(file=file, line=1),
            message=f"the module {name} hides Python's standard library module of the same name from the app "
            "and from everything that it imports: rename it",
        )
        for name, file in first.items()
        if name in names
    )


def _find_start(project: Path) -> dict[Path, str]:
    start = _resolve_import(project, APP)
    for name in WHOLE_FOLDERS:
        start |= {path: _get_package(project, path) for path in _list_files(project / name)}
    return start


def _list_import_markers(project: Path) -> tuple[bytes, ...]:
    """Returns byte strings of which any file that imports other modules of the project contains one.

    Files without them need not be parsed.
    """
    try:
        paths = [path for path in project.iterdir() if path.suffix == ".py" or path.is_dir()]
    except OSError:
        return ()
    return (b"from .", *(os.fsencode(path.stem) for path in paths if path.stem not in (APP, *WHOLE_FOLDERS)))


def _find_imports(path: Path, package: str, markers: Iterable[bytes]) -> Iterator[str]:
    """Yields the dotted names that a file imports. Each is a module or an attribute of one."""
    if path.suffix != ".py":
        return
    try:
        source = path.read_bytes()
        tree = ast.parse(source) if any(marker in source for marker in markers) else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return
    for node in _walk_statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _walk_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all statements inside a node. Expressions are skipped, for they contain no imports."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            yield child
            yield from _walk_statements(child)


def _resolve_import(project: Path, name: str) -> dict[Path, str]:
    """Returns the project's files that importing a name loads, each with its package."""
    folder, parts = project, name.split(".")
    # vendor/ is packaged separately; an empty name is a relative import that leaves the project.
    if parts[0] in ("vendor", ""):
        return {}
    for part in parts:
        if (folder / part / "__init__.py").is_file():
            return {path: _get_package(project, path) for path in _list_files(folder / part)}
        if (folder / f"{part}.py").is_file():
            path = folder / f"{part}.py"
            return {path: _get_package(project, path)}
        folder /= part
        if not folder.is_dir():
            break
    return {}


def _get_package(project: Path, path: Path) -> str:
    return ".".join(path.relative_to(project).parts[:-1])


def _list_files(folder: Path, parents: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yields the files of a package. It follows links, but not into a folder that contains them."""
    real = folder.resolve()
    if not folder.is_dir() or real in parents or (folder / "pyvenv.cfg").is_file():
        return
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise AppLoadError(
            f"{folder} cannot be read: {error.strerror}.", "Correct its permissions, or remove it."
        ) from error
    for path in children:
        if NOT_SOURCE.fullmatch(path.name) or _TESTS.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from _list_files(path, (*parents, real))
        elif path.is_file():
            yield path
