"""Strips render-only code from the packaged runtime: Lambda compiles its source at every cold start.

Docstrings, comments, annotations in functions and imports for type checkers are removed from every module but
those of types, which an app imports to have their annotations.
The modules of event source kinds, ``errors.py`` and those of ``model/`` lose all code that the handling of
events cannot reach. Remaining lines keep their numbers, so that tracebacks are correct.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from domovoi_tf.packaging.runtime_text import is_always_kept, list_statements, strip_module

_ROOT = "domovoi_tf/__init__.py"
_KINDS = "domovoi_tf/triggers/"
_EVERY_KIND = "domovoi_tf/triggers/[a-z]*.py"
#: The module that names the handlers of apps in which functions share a name.
HANDLER_NAMES = "domovoi_tf/runtime/handler_names.py"
#: The module that calls the handlers of apps in which not all are functions of the event and the context.
CALLS = "domovoi_tf/runtime/calls.py"
#: The module that calls the handlers of apps with middleware.
MIDDLEWARE = "domovoi_tf/runtime/middleware.py"
#: The types of `context` and of events, for apps that import them also where no type checker runs.
TYPES = "domovoi_tf/types/__init__.py"
_TYPES = "domovoi_tf/types/"  # whose annotations libraries such as pydantic read
OPTIONAL = (CALLS, HANDLER_NAMES, MIDDLEWARE, TYPES)
#: Modules of which the runtime needs only parts. A user's app may import anything from the others.
_PRUNED = (_KINDS, "domovoi_tf/errors.py", "domovoi_tf/model/")


def strip_runtime(files: Mapping[str, bytes], kinds: Collection[str] | None = None) -> dict[str, bytes]:
    """Returns the modules that an app's functions need, without the code that only rendering needs.

    Args:
        files: the source of each module of the runtime, as UTF-8, by its path in the package.
        kinds: the event source kinds in use, and those of `OPTIONAL` that the app needs; all if None.
    """
    if kinds is None:
        kinds = {*OPTIONAL, *(path.stem for path in map(PurePosixPath, files) if path.match(_EVERY_KIND))}
    modules = (kind if kind in OPTIONAL else f"{_KINDS}{kind}.py" for kind in kinds)
    reachability = Reachability(files, [_ROOT, *modules])
    return {
        path: files[path]
        if path.startswith(_TYPES)
        else strip_module(
            files[path],
            reachability.parse(path),
            reachability.find_dropped(path),
            reachability.find_narrowed(path),
        )
        for path in sorted(reachability.modules)
    }


class Reachability:
    """The statements that can run when an event is handled, found by following names.

    A function or constant of a module is reached by its name in that module or in an import of it. A method
    is reached if an attribute of its name is read anywhere, because the source does not show of which class.

    Args:
        files: the source of each module, by path.
        roots: the modules that are imported first.
    """

    def __init__(self, files: Mapping[str, bytes], roots: Iterable[str]) -> None:
        self._files = files
        self._trees: dict[str, ast.Module] = {}
        self._names: dict[str, set[str]] = {path: set() for path in files}
        self._attributes: set[str] = set()
        self._live: set[ast.stmt] = set()
        self.modules = {root for root in roots if root in files}
        while self._grow():
            pass

    def parse(self, path: str) -> ast.Module:
        """Returns the syntax tree of a module; modules that are not reached are never parsed."""
        if path not in self._trees:
            self._trees[path] = ast.parse(self._files[path])
        return self._trees[path]

    def find_dropped(self, path: str) -> list[ast.stmt]:
        """Returns the statements of a module that are not reached."""
        return [node for node, owner in list_statements(self.parse(path)) if not self._is_kept(node, owner)]

    def find_narrowed(self, path: str) -> dict[ast.ImportFrom, list[ast.alias]]:
        """Returns the imports of a module of which some names are not reached, with the names that are."""
        kept = {
            node: [alias for alias in node.names if self._is_used(path, alias)]
            for node in self.parse(path).body
            if isinstance(node, ast.ImportFrom) and node in self._live and self._can_narrow(path, node)
        }
        return {node: names for node, names in kept.items() if len(names) < len(node.names)}

    def _is_kept(self, node: ast.stmt, owner: ast.ClassDef | None) -> bool:
        # Statements of a dropped class are dropped with it.
        return node in self._live or (owner is not None and owner not in self._live)

    def _grow(self) -> bool:
        """Adds what the reached statements reach; returns False if there is nothing new."""
        before = self._measure()
        for path in sorted(self.modules):
            for node, owner in list_statements(self.parse(path)):
                if node not in self._live and self._is_needed(path, node, owner):
                    self._live.add(node)
                    self._follow(path, node)
                elif node in self._live and isinstance(node, ast.ImportFrom):
                    self._add_import(path, node)  # names of it may be reached only now
        return self._measure() > before

    def _measure(self) -> int:
        return len(self._live) + len(self.modules) + sum(map(len, self._names.values()))

    def _is_needed(self, path: str, node: ast.stmt, owner: ast.ClassDef | None) -> bool:
        if _is_for_type_checkers(node):
            return False
        if not path.startswith(_PRUNED):
            return True
        if owner is not None:
            return owner in self._live and (
                is_always_kept(node) or bool(_find_defined_names(node) & self._attributes)
            )
        defined = _find_defined_names(node)
        return not defined or bool(defined & (self._names[path] | self._attributes))

    def _follow(self, path: str, node: ast.stmt) -> None:
        """Records the names that a statement uses, and the modules that it imports."""
        pruned = path.startswith(_PRUNED)
        parts: list[ast.AST] = [node]
        if pruned and isinstance(node, ast.ClassDef):  # its statements are followed one by one
            parts = [*node.bases, *node.decorator_list]
        for part in parts:
            for kind, name in _find_uses(part, frozenset()):
                if kind == "name":
                    self._names[path].add(name)
                elif kind == "attribute" or pruned:  # classes of whole modules have no methods in pruned ones
                    self._attributes.add(name)
            for each in ast.walk(part):
                if isinstance(each, ast.ImportFrom):
                    self._add_import(path, each)

    def _can_narrow(self, path: str, node: ast.ImportFrom) -> bool:
        """Returns whether an import can do without the names that are not reached."""
        return path.startswith(_PRUNED) and node.level > 0 and node in self.parse(path).body

    def _is_used(self, path: str, alias: ast.alias) -> bool:
        name = alias.asname or alias.name
        return name in self._names[path] or name in self._attributes

    def _add_import(self, path: str, node: ast.ImportFrom) -> None:
        if not node.level:
            return
        folder = PurePosixPath(path).parents[node.level - 1]
        module = folder.joinpath(*(node.module or "").split("."))
        is_narrow = self._can_narrow(path, node)
        names = [alias.name for alias in node.names if not is_narrow or self._is_used(path, alias)]
        files = [f"{module}.py", f"{module}/__init__.py"]
        for target in (each for each in files if each in self._files):
            self._names[target].update(names)
        packages = [f"{parent}/__init__.py" for parent in module.parents]
        children = [f"{module / name}.py" for name in names]
        self.modules.update(each for each in (*files, *packages, *children) if each in self._files)


def _is_for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not node.orelse


def _find_defined_names(node: ast.stmt) -> set[str]:
    """Returns the names that a statement defines, if defining them is its only effect."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names} - {"annotations"}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [each for target in targets for each in getattr(target, "elts", [target])]
        return {name.id for name in names if isinstance(name, ast.Name)}
    return set()


def _find_uses(node: ast.AST, local: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yields the global names and the attributes that a node reads; attributes of ``self`` are "own"."""
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        local |= _find_local_names(node)
    elif isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
        local |= _find_assigned_names([generator.target for generator in node.generators])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
        yield "name", node.id
    elif isinstance(node, ast.Attribute):
        yield (
            "own" if isinstance(node.value, ast.Name) and node.value.id == "self" else "attribute",
            node.attr,
        )
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr"):
        yield from (("attribute", str(arg.value)) for arg in node.args[1:2] if isinstance(arg, ast.Constant))
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in ("annotation", "returns"):
                yield from _find_uses(child, local)


def _find_local_names(node: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    arguments = node.args
    parameters = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    names = frozenset(each.arg for each in parameters if each)
    return names if isinstance(node, ast.Lambda) else names | _find_assigned_names(node.body)


def _find_assigned_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Returns the names that these nodes assign, except inside nested functions."""
    names: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif not isinstance(node, (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
            pending += ast.iter_child_nodes(node)
    return frozenset(names)
