"""The syntax trees of domovoi_tf: names, functions, calls, and where a variable gets its values."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PACKAGE = "domovoi_tf"
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
#: The branches of statements and expressions around a node: what decides, as text, and the branch.
Branches = tuple[tuple[str, str], ...]


@cache
def walk(node: ast.AST) -> Mapping[ast.AST, None]:
    """Returns a node and all nodes in it as the keys of a mapping, because most are searched many times."""
    return dict.fromkeys(ast.walk(node))


class Binding(NamedTuple):
    """A place where a variable gets a value.

    Args:
        kind: ``assign``, ``add`` (for ``+=``), ``each`` (an item of an iterable) or ``other``.
        value: the expression with the value, or the iterable.
        path: the indexes of the value in the tuples that are unpacked.
        node: the statement or expression.
    """

    kind: str
    value: ast.expr | None
    path: tuple[int, ...]
    node: ast.AST


class Module:
    """A module of domovoi_tf.

    Args:
        path: its file.
        root: the folder of the package.
    """

    def __init__(self, path: Path, root: Path = ROOT) -> None:
        self.path = path.relative_to(root).as_posix()
        parts = path.relative_to(root).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions: dict[str, FunctionNode] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.constants: dict[str, ast.expr] = {}
        #: The module and the name that an imported name stands for; the name is empty for a module.
        self.imports: dict[str, tuple[str, str]] = {}
        for node in self.tree.body:
            self._add_definition(node)
        for each in walk(self.tree):
            self._add_imports(each)

    def _add_definition(self, node: ast.stmt) -> None:
        if isinstance(node, FunctionNode):
            self.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            self.classes[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            self.constants[node.target.id] = node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.constants[target.id] = node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for name, value in zip(target.elts, node.value.elts, strict=False):
                        if isinstance(name, ast.Name):
                            self.constants[name.id] = value

    def _add_imports(self, node: ast.AST) -> None:
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = self.name.split(".")
                parts = parts[: len(parts) - node.level + self.is_package]
                base = ".".join([*parts, *([base] if base else [])])
            for alias in node.names:
                self.imports[alias.asname or alias.name] = (base, alias.name)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        return {child: node for node in walk(self.tree) for child in ast.iter_child_nodes(node)}

    def find_function(self, node: ast.AST) -> FunctionNode | None:
        """Returns the function around a node."""
        return next((each for each in self._walk_up(node) if isinstance(each, FunctionNode)), None)

    def find_class(self, node: ast.AST) -> ast.ClassDef | None:
        """Returns the class around a node."""
        return next((each for each in self._walk_up(node) if isinstance(each, ast.ClassDef)), None)

    def _walk_up(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self.parents:
            node = self.parents[node]
            yield node

    def find_branches(self, node: ast.AST) -> Branches:
        """Returns the branches around a node, up to its function."""
        branches = []
        child = node
        for parent in self._walk_up(node):
            if isinstance(parent, FunctionNode):
                break
            if isinstance(parent, (ast.If, ast.IfExp)):
                if child is not parent.test:
                    body = parent.body if isinstance(parent.body, list) else [parent.body]
                    branches.append((ast.unparse(parent.test), "yes" if child in body else "no"))
            elif isinstance(parent, ast.Try):
                branches.append((f"try {parent.lineno}", "body" if child in parent.body else str(id(child))))
            elif isinstance(parent, ast.Match):
                branches.append((f"match {parent.lineno}", str(id(child))))
            child = parent
        return tuple(reversed(branches))

    @cached_property
    def bindings(self) -> dict[tuple[ast.AST | None, str], list[Binding]]:
        """The places where each variable of each function gets a value, in the order of the source."""
        found: dict[tuple[ast.AST | None, str], list[Binding]] = defaultdict(list)
        for node in walk(self.tree):
            for name, binding in _list_bindings(node):
                found[self.find_function(node), name].append(binding)
        for each in found.values():
            each.sort(key=lambda binding: getattr(binding.node, "lineno", 0))
        return found


def _list_bindings(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    targets: list[ast.expr] = []
    kind, value = "assign", getattr(node, "value", None)
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and value is not None:
        targets = [node.target]
    elif isinstance(node, ast.AugAssign):
        kind, targets = "add", [node.target]
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        kind, value, targets = "each", node.iter, [node.target]
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        kind, value = "other", None
        targets = [item.optional_vars for item in node.items if item.optional_vars]
    for target in targets:
        for name, path in _list_names(target, ()):
            yield name, Binding(kind, value, path, node.iter if isinstance(node, ast.comprehension) else node)


def _list_names(target: ast.expr, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    if isinstance(target, ast.Name):
        yield target.id, path
    elif isinstance(target, (ast.Tuple, ast.List)):
        for number, each in enumerate(target.elts):
            yield from _list_names(each, (*path, number))


class Located(NamedTuple):
    """A function, class or call, and its module."""

    module: Module
    node: ast.AST


class Code:
    """All modules of domovoi_tf.

    Args:
        root: the folder of the package.
    """

    def __init__(self, root: Path = ROOT) -> None:
        files = sorted((root / PACKAGE).rglob("*.py"))
        self.modules = {module.name: module for module in (Module(file, root) for file in files)}
        self.methods: dict[str, list[Located]] = defaultdict(list)
        self.classes: dict[str, list[Located]] = defaultdict(list)
        self.calls: dict[str, list[Located]] = defaultdict(list)
        for module in self.modules.values():
            for node in walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    self.classes[node.name].append(Located(module, node))
                    for each in node.body:
                        if isinstance(each, FunctionNode):
                            self.methods[each.name].append(Located(module, each))
                elif isinstance(node, ast.Call):
                    self.calls[get_name(node.func)].append(Located(module, node))

    def find_definition(self, module: Module, name: str) -> Located | None:
        """Returns the function, class or constant that a name of a module stands for."""
        for _ in range(5):
            for kind in (module.functions, module.classes, module.constants):
                if name in kind:
                    return Located(module, kind[name])
            if name not in module.imports:
                return None
            base, name = module.imports[name]
            if f"{base}.{name}" in self.modules:
                return Located(self.modules[f"{base}.{name}"], self.modules[f"{base}.{name}"].tree)
            if base not in self.modules:
                return None
            module = self.modules[base]
        return None

    def find_called(self, module: Module, function: ast.expr) -> list[Located]:
        """Returns the functions or classes that a call can mean."""
        if isinstance(function, ast.Name):
            if found := self.find_definition(module, function.id):
                return [found]
            return [
                Located(module, each)
                for each in walk(module.tree)
                if isinstance(each, FunctionNode) and each.name == function.id
            ]
        if not isinstance(function, ast.Attribute):
            return self._find_dispatched(module, function)
        if isinstance(function.value, ast.Name):
            owner = self.find_definition(module, function.value.id)
            if owner and isinstance(owner.node, ast.Module):
                found = self.find_definition(owner.module, function.attr)
                return [found] if found else []
        own = module.find_class(function)
        value = function.value
        if isinstance(value, ast.Call) and get_name(value.func) == "super" and own:
            bases = [get_name(base) for base in own.bases]
            return next(filter(None, (self._find_inherited(base, function.attr) for base in bases)), [])
        if isinstance(value, ast.Name) and value.id in ("self", "cls") and own:
            return self.find_methods(own.name, function.attr)
        kind = self.find_type(module, value) if isinstance(value, ast.Name) else ""
        own_methods = self.find_methods(kind, function.attr) if kind else []
        return own_methods or self.methods[function.attr] or self._find_functions(function.attr)

    def _find_dispatched(self, module: Module, function: ast.expr) -> list[Located]:
        """Returns the functions in a table from which a call chooses one: ``TABLE[key](...)``."""
        table = function.value if isinstance(function, ast.Subscript) else None
        if isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute):
            table = function.func.value if function.func.attr == "get" else None
        found = self.find_definition(module, table.id) if isinstance(table, ast.Name) else None
        if not found or not isinstance(found.node, ast.Dict):
            return []
        names = [get_name(value) for value in found.node.values]
        definitions = [self.find_definition(found.module, name) for name in dict.fromkeys(names) if name]
        return [each for each in definitions if each]

    def _find_functions(self, name: str) -> list[Located]:
        """Returns the functions of a name in all modules, such as those of each kind of sources."""
        modules = self.modules.values()
        return [Located(module, module.functions[name]) for module in modules if name in module.functions]

    def find_methods(self, kind: str, name: str) -> list[Located]:
        """Returns the method that a class has or inherits, and those of its subclasses."""
        found = self._find_inherited(kind, name)
        for each in self._list_subclasses(kind):
            found += [method for method in self.methods[name] if method.node in each.body]
        return list(dict.fromkeys(found))

    def _find_inherited(self, kind: str, name: str) -> list[Located]:
        for located in self.classes[kind]:
            assert isinstance(located.node, ast.ClassDef)
            for each in located.node.body:
                if isinstance(each, FunctionNode) and each.name == name:
                    return [Located(located.module, each)]
            for base in map(get_name, located.node.bases):
                if base and base != kind and (found := self._find_inherited(base, name)):
                    return found
        return []

    def _list_subclasses(self, kind: str) -> Iterator[ast.ClassDef]:
        for each in self._subclasses.get(kind, []):
            yield each
            yield from self._list_subclasses(each.name)

    @cached_property
    def _subclasses(self) -> dict[str, list[ast.ClassDef]]:
        """The classes that name each class as a base."""
        found: dict[str, list[ast.ClassDef]] = defaultdict(list)
        for each in [located.node for group in self.classes.values() for located in group]:
            assert isinstance(each, ast.ClassDef)
            for base in dict.fromkeys(map(get_name, each.bases)):
                if base != each.name:
                    found[base].append(each)
        return found

    def find_type(self, module: Module, variable: ast.Name) -> str:
        """Returns the name of a variable's class, if an annotation tells it."""
        function = module.find_function(variable)
        annotations: list[ast.expr | None] = []
        if function:
            arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            annotations += [each.annotation for each in arguments if each.arg == variable.id]
        for binding in module.bindings.get((function, variable.id), []):
            names = {each.id for each in walk(binding.value or variable) if isinstance(each, ast.Name)}
            if variable.id in names:  # it is made from itself
                continue
            if isinstance(binding.value, ast.Call) and binding.kind == "each" and not binding.path:
                called = self.find_called(module, binding.value.func)
                returned = [each.node.returns for each in called if isinstance(each.node, FunctionNode)]
                annotations += [each.slice for each in returned if isinstance(each, ast.Subscript)]
            elif isinstance(binding.value, ast.Call) and binding.kind == "assign" and not binding.path:
                if get_name(binding.value.func) in self.classes:
                    return get_name(binding.value.func)
                called = self.find_called(module, binding.value.func)
                annotations += [each.node.returns for each in called if isinstance(each.node, FunctionNode)]
        kinds = {get_name(each) for each in annotations if each is not None}
        return kinds.pop() if len(kinds) == 1 and kinds & self.classes.keys() else ""


def get_name(node: ast.expr) -> str:
    """Returns the last name of a dotted name; empty for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
