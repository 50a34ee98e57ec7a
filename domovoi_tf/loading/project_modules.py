"""Finds the project's own modules that the app imports, without running them.

https://docs.python.org/3/reference/import.html#searching
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading.recording.own_paths import locate_root
from domovoi_tf.loading.recording.records import ImportedModule
from domovoi_tf.model.declarations import Location, Notice
from domovoi_tf.system.reading.folder_walk import LinkError, make_outside_error, walk_files

#: The module or package that the imports start from.
APP = "app"
#: The folder of vendored packages, whose contents are at the root of the deployment package.
VENDOR = "vendor"
#: Folders that the deployment package contains whole, whether they are imported or not.
WHOLE_FOLDERS = ("domovoilib", "chalicelib")
#: Folders of a virtual environment, which may be in the project.
_INSTALLED = frozenset(("site-packages", "dist-packages"))
#: Files that editors, tools and Python itself leave beside the source.
NOT_SOURCE = re.compile(
    r"__pycache__|.*\.py[co]|\.DS_Store"
    r"|\.git|\.hg|\.svn|\.(?:mypy|pytest|ruff)_cache|\.domovoi-tf"
    r"|.*~|\.#.*|#.*#|\..*\.sw[a-p]"  # Emacs and Vim
)
#: Tests in a package. They are not part of the app unless it imports them.
_TESTS = re.compile(r"tests|test_.*\.py|.*_test\.py|conftest\.py")


class _Source(NamedTuple):
    """A file of the app, and the folder on Python's path from which it is imported."""

    path: Path
    root: Path

    @property
    def name(self) -> str:
        """Its path in the package, where every folder on Python's path is the root."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def package(self) -> str:
        return ".".join(self.path.relative_to(self.root).parts[:-1])


def find_project_modules(project: Path, roots: Collection[Path] = ()) -> tuple[Path, ...]:
    """Returns the sorted paths of the files that `find_packaged_modules` finds."""
    return tuple(sorted(find_packaged_modules(project, roots).values()))


def find_packaged_modules(project: Path, roots: Collection[Path] = ()) -> dict[str, Path]:
    """Returns the app's modules and all files of the packages that it imports, by path in the zip.

    These are the files that ``import`` statements reach from ``app.py`` or ``app/`` and from `WHOLE_FOLDERS`,
    without the files in `WHOLE_FOLDERS`. A module that cannot be parsed imports nothing here: importing the
    app reports the error.

    Args:
        project: the project's folder. The returned paths begin with it.
        roots: other folders of the project from which modules are imported, such as ``src``.

    Raises:
        AppLoadError: a folder of the app cannot be read, or a link leaves the project.
    """
    sources: dict[str, _Source] = {}
    folders = (project, *roots)
    pending, markers = _find_start(project), _list_import_markers(folders)
    while pending:
        sources = {**{source.name: source for source in pending}, **sources}
        imported: dict[str, _Source] = {}
        for source in pending:
            for name in _find_imports(source, markers):
                imported |= {each.name: each for each in _resolve_import(folders, name)}
        pending = [source for name, source in imported.items() if name not in sources]
    whole = tuple(project / name for name in WHOLE_FOLDERS)
    return {
        source.name: source.path
        for source in sources.values()
        if not any(map(source.path.is_relative_to, whole))
    }


def find_roots(project: Path, modules: Iterable[ImportedModule]) -> tuple[Path, ...]:
    """Returns the folders of the project, other than itself and vendor/, from which modules were imported.

    Args:
        project: the project's folder.
        modules: the modules that were imported when the app was read.
    """
    base = project.resolve()
    roots = {
        root
        for module in modules
        if not (module.by_path or _is_at_root(module, base)) and Path(module.file).is_relative_to(base)
        for root in [locate_root(Path(module.file), module.name)]
        if root is not None and root.is_relative_to(base) and _INSTALLED.isdisjoint(root.parts)
    }
    return tuple(project / root.relative_to(base) for root in sorted(roots - {base, base / VENDOR}))


def _is_at_root(module: ImportedModule, base: Path) -> bool:
    """Returns whether a module is below the project's folder itself, or of the standard library."""
    path = f"{base}/{module.name.replace('.', '/')}"
    return module.file in ("", f"{path}.py", f"{path}/__init__.py")


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


def _find_start(project: Path) -> list[_Source]:
    whole = [path for name in WHOLE_FOLDERS for path in _list_files(project, project / name)]
    return [*_resolve_import((project,), APP), *(_Source(path, project) for path in whole)]


def _list_import_markers(folders: Iterable[Path]) -> tuple[bytes, ...]:
    """Returns byte strings of which any file that imports other modules of the project contains one.

    Files without them need not be parsed.
    """
    names: set[str] = set()
    for folder in folders:
        with contextlib.suppress(OSError):
            names |= {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    others = names - {APP, *WHOLE_FOLDERS}
    return (b"from .", b"from.", b"from\t", b"from\\", *map(os.fsencode, others))


def _find_imports(source: _Source, markers: Iterable[bytes]) -> Iterator[str]:
    """Yields the dotted names that a file imports. Each is a module or an attribute of one."""
    if source.path.suffix != ".py":
        return
    with contextlib.suppress(OSError):
        content = source.path.read_bytes()
        if any(marker in content for marker in markers):
            yield from parse_imports(content, source.package)


@lru_cache(maxsize=256)
def parse_imports(content: bytes, package: str) -> tuple[str, ...]:
    """Returns the dotted names that a source imports, also when several commands in one process need them."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return ()
    names: list[str] = []
    for node in _walk_statements(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    return tuple(names)


def _walk_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all statements inside a node. Expressions are skipped, for they contain no imports."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            yield child
            yield from _walk_statements(child)


def _resolve_import(folders: Sequence[Path], name: str) -> list[_Source]:
    """Returns the project's files that importing a name loads. The first folder is the project's."""
    parts = name.split(".")
    # vendor/ is packaged separately; an empty name is a relative import that leaves the project.
    if parts[0] in (VENDOR, ""):
        return []
    for root in folders:
        if paths := _resolve_in_folder(folders[0], root, parts):
            return [_Source(path, root) for path in paths]
    return []


def _resolve_in_folder(project: Path, folder: Path, parts: Sequence[str]) -> list[Path]:
    for position, part in enumerate(parts):
        if (folder / part / "__init__.py").is_file():
            tests = _find_imported_tests(folder / part, parts[position + 1 :])
            return [*_list_files(project, folder / part), *tests]
        if (folder / f"{part}.py").is_file():
            return [folder / f"{part}.py"]
        folder /= part
        if not folder.is_dir():
            break
    return []


def _find_imported_tests(package: Path, parts: Sequence[str]) -> list[Path]:
    """Returns the modules below a package that have the name of a test, and that an import names."""
    paths: list[Path] = []
    for part in parts:
        paths += [path for path in (package / f"{part}.py", package / part / "__init__.py") if path.is_file()]
        package /= part
    return paths


def _list_files(project: Path, folder: Path) -> Iterator[Path]:
    """Yields the files of a package or of a whole folder, also through links inside the project."""
    if not folder.is_dir() or (folder / "pyvenv.cfg").is_file():
        return
    try:
        boundary = project.resolve()
        if not folder.resolve().is_relative_to(boundary):
            raise make_outside_error(folder, folder.resolve())
        yield from (path for path in walk_files(folder, _is_skipped, boundary) if path.is_file())
    except LinkError as error:
        name = error.path.relative_to(project).as_posix()
        raise AppLoadError(f"{name} {error.reason}", error.remedy) from None
    except OSError as error:
        raise AppLoadError(
            f"{error.filename or folder} cannot be read: {error.strerror}.",
            "Correct its permissions, or remove it.",
        ) from error


def _is_skipped(path: Path) -> bool:
    """Returns whether a file or folder of a package is not part of the app."""
    name = path.name
    return bool(NOT_SOURCE.fullmatch(name) or _TESTS.fullmatch(name)) or (path / "pyvenv.cfg").is_file()
