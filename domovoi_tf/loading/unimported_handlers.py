"""Finds modules of the project that declare handlers of the app, but that nothing imports, by their source.

Nobody misses a module that is not imported, neither Python nor Terraform: its handlers are just not there.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import domovoi_tf
from domovoi_tf.loading.project_modules import APP, VENDOR, find_roots, parse_imports
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.model.declarations import Location, Notice

#: Folders whose modules are not the app's own, or not deployed: copies, tests and installed packages.
_OTHER_FOLDERS = re.compile(r"\..*|__.*__|.*\.egg-info|build|dist|node_modules|site-packages|tests?")
_OTHER_MODULES = re.compile(r"test_.*|.*_test|conftest|setup")
#: A project with more folders or larger modules is not searched any further.
_MAX_FOLDERS, _MAX_BYTES = 1000, 1024 * 1024
#: More handlers than these are counted in a message.
_MAX_NAMES = 3
_DECORATORS = frozenset(
    name for name, value in vars(domovoi_tf.Domovoi).items() if type(value).__name__ == "EventSource"
)
_DECLARING = re.compile(rf"\.\s*({'|'.join(sorted(_DECORATORS))})\b".encode())


class UnimportedModule(NamedTuple):
    """A module with declarations of handlers, and the line of the first one.

    ``function`` is the function that takes the app and declares them, or empty if the module imports the app.
    """

    file: str
    line: int
    name: str
    handlers: tuple[str, ...]
    function: str

    @property
    def statement(self) -> str:
        """The statements that the app's module lacks."""
        parent, _, name = self.name.rpartition(".")
        if self.function:
            return f"from {self.name} import {self.function}, and {self.function}(app)"
        return f"from {parent} import {name}" if parent else f"import {name}"

    def list_handlers(self) -> str:
        """Returns the names of the handlers, as the subject or object of a sentence."""
        names = [*self.handlers[:_MAX_NAMES]]
        more = len(self.handlers) - len(names)
        names += [f"{more} more"] if more else []
        return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


class _Declaration(NamedTuple):
    line: int
    handler: str
    function: str


def find_unimported_modules(project: Path, applications: Sequence[ReadApplication]) -> list[UnimportedModule]:
    """Returns the modules of the project that declare handlers of the app and that no stage imports.

    Modules that an imported one names in an import statement count as imported: a stage may decide about it.

    Args:
        project: the project's folder.
        applications: the app in each stage, with what importing it read.
    """
    project = project.resolve()
    read = [module for each in applications for module in each.modules]
    own = {module.file: module.name for module in read if Path(module.file).is_relative_to(project)}
    run = {opened.file for each in applications for opened in each.files}
    roots = sorted(map(Path.resolve, find_roots(project, read)), reverse=True)
    names = {APP, *own.values()}
    found: list[UnimportedModule] = []
    imported: set[str] | None = None
    for path in _list_modules(project):
        if str(path) in own or str(path) in run or str(path.resolve()) in own:
            continue
        root = next((each for each in roots if path.is_relative_to(each)), project)
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        declarations = _find_declarations(path, parts if path.stem == "__init__" else parts[:-1], names)
        if not (declarations and all(map(str.isidentifier, parts))):
            continue
        imported = imported or {name for file in own for name in _list_imports(Path(file), project, roots)}
        name = ".".join(parts)
        if not any(f"{each}.".startswith(f"{name}.") for each in imported):
            found.append(_describe(path.relative_to(project).as_posix(), name, declarations))
    return found


def find_unimported_handlers(project: Path, applications: Sequence[ReadApplication]) -> tuple[Notice, ...]:
    """Returns a notice for each module that `find_unimported_modules` finds.

    Args:
        project: the project's folder.
        applications: the app in each stage, with what importing it read.
    """
    entry = "app.py" if (project / "app.py").is_file() else "app/__init__.py"
    return tuple(
        Notice(
            location=Location(file=each.file, line=each.line),
            message=f"{each.list_handlers()} {'is' if len(each.handlers) == 1 else 'are'} not deployed, "
            f"because no module of the app imports {each.file}: write {each.statement} in {entry}, "
            "below app = Domovoi()",
        )
        for each in find_unimported_modules(project, applications)
    )


def _describe(file: str, name: str, declarations: Sequence[_Declaration]) -> UnimportedModule:
    handlers = tuple(dict.fromkeys(each.handler or "a handler" for each in declarations))
    functions = [each.function for each in declarations]
    return UnimportedModule(
        file, declarations[0].line, name, handlers, functions[0] if all(functions) else ""
    )


def _list_modules(project: Path) -> Iterator[Path]:
    """Yields the modules of the project that may be the app's own."""
    for count, (folder, folders, files) in enumerate(os.walk(project)):
        if count >= _MAX_FOLDERS:
            return
        path = Path(folder)
        folders[:] = [each for each in sorted(folders) if not _is_other_folder(path / each, path == project)]
        for name in sorted(files):
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 - there may be very many
            if suffix == ".py" and not _OTHER_MODULES.fullmatch(stem):
                yield path / name


def _is_other_folder(folder: Path, at_top: bool) -> bool:
    """Returns whether a folder is not the app's: a virtual environment, another project, or tests."""
    if _OTHER_FOLDERS.fullmatch(folder.name) or (at_top and folder.name == VENDOR):
        return True
    if at_top and folder.name == APP:
        return False
    return any((folder / each).exists() for each in ("pyvenv.cfg", ".chalice", "app.py", "app/__init__.py"))


def _find_declarations(path: Path, package: Sequence[str], modules: Iterable[str]) -> list[_Declaration]:
    """Returns the handlers that a module declares for the app of another one, or for one that it is passed.

    Args:
        path: the module.
        package: the parts of the name of its package.
        modules: the names of the modules from which it may import the app.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b""
        tree = ast.parse(content) if _DECLARING.search(content) else None
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []
    if tree is None:
        return []
    apps = {name: "" for node in ast.walk(tree) for name in _find_app(node, package, {*modules})}
    return list(_walk(tree, apps))


def _find_app(node: ast.AST, package: Sequence[str], modules: set[str]) -> Iterator[str]:
    """Yields the expression by which a module refers to the app that an import statement binds."""
    if isinstance(node, ast.Import):
        yield from (f"{each.asname or APP}.{APP}" for each in node.names if each.name == APP)
    elif isinstance(node, ast.ImportFrom) and node.level <= len(package):
        parents = package[: len(package) - node.level + 1] if node.level else ()
        base = ".".join([*parents, *([node.module] if node.module else [])])
        yield from (each.asname or each.name for each in node.names if base in modules)


def _walk(node: ast.AST, apps: dict[str, str]) -> Iterator[_Declaration]:
    """Yields the declarations inside a node.

    Args:
        node: the node.
        apps: the expressions that are the app, each with the function that is passed it, or an empty string.
    """
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for decorator in node.decorator_list:
            if (function := _get_declaring(decorator, apps)) is not None:
                yield _Declaration(decorator.lineno, node.name, function)
                break
        parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        apps = {**apps, **{each.arg: node.name for each in parameters if each.arg not in ("self", "cls")}}
        children: Iterable[ast.AST] = node.body
    else:
        if isinstance(node, ast.Call) and (function := _get_declaring(node.func, apps)) is not None:
            yield _Declaration(node.lineno, getattr(node.args[0], "id", "") if node.args else "", function)
        children = ast.iter_child_nodes(node)
    for child in children:
        yield from _walk(child, apps)


def _get_declaring(node: ast.expr, apps: dict[str, str]) -> str | None:
    """Returns the function whose argument declares a handler, an empty string for a module, or None."""
    called = node.func if isinstance(node, ast.Call) else node
    if not (isinstance(called, ast.Attribute) and called.attr in _DECORATORS and called is not node):
        return None
    return apps.get(ast.unparse(called.value))


def _list_imports(file: Path, project: Path, roots: Iterable[Path]) -> Iterator[str]:
    """Yields the names in the import statements of an imported module."""
    root = next((each for each in roots if file.is_relative_to(each)), project)
    try:
        content = file.read_bytes() if file.suffix == ".py" else b""
    except OSError:
        return
    yield from parse_imports(content, ".".join(file.relative_to(root).parts[:-1]))
