"""The runtime without what only rendering needs: Lambda compiles its source at every cold start.

Dropped are docstrings, annotations of functions, what is for type checkers, the methods of triggers that
judge and describe, and then all that nothing refers to any more. Every line that stays keeps its number, so
that tracebacks are true.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

#: What a trigger's class or module has for rendering an app or trying it out.
RENDERING = frozenset(
    """
    subject describe summary source grants arguments names problems warnings source_problems event sample
    send prepare conflicts outputs source_outputs trigger_outputs variable_holds principal namespace exclusive
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)
#: What the runtime asks of an event source kind, and what handlers do.
_ASKED = frozenset(
    """
    declare identify unwrap records choose addressed key bind wrap through
    arn start_execution start_named_execution
    """.split()  # noqa: SIM905
)
_KINDS = "domovoi_tf/triggers/"


def lean(files: Mapping[str, bytes], kinds: Collection[str] | None = None) -> dict[str, bytes]:
    """Returns the runtime's modules without what the runtime does not need.

    Args:
        files: the source of each module, as UTF-8, by its path in the package.
        kinds: the event source kinds in use; all if missing.
    """
    optional = {name for name in files if name.startswith(_KINDS)}
    always = {name: strip(source) for name, source in files.items() if name not in optional}
    names = {name.removeprefix(_KINDS).removesuffix(".py") for name in optional}
    every = {name for name in names if not name.startswith("_") and "/" not in name}
    roots = every if kinds is None else set(kinds)
    used: dict[str, set[str]] = {name: set() for name in optional}
    while True:
        stripped = {name: strip(files[name], used[name]) for name in optional}
        reached = {name: stripped[name] for name in _reached(roots, stripped)}
        shipped = {name: _identifiers(source) for name, source in (always | reached).items()}
        again = {name: _all(shipped, name) for name in optional}
        if again == used:
            return dict(sorted((always | reached).items()))
        used = again


def _reached(roots: Iterable[str], sources: Mapping[str, bytes]) -> set[str]:
    """Returns the modules of these kinds and those that they import."""
    reached: set[str] = set()
    waiting = [f"{_KINDS}{name}.py" for name in ("__init__", *roots)]
    while waiting:
        name = waiting.pop()
        if name in sources and name not in reached:
            reached.add(name)
            waiting += _imported(name, sources[name])
    return reached


def _imported(path: str, source: bytes) -> Iterator[str]:
    """Yields the paths of the modules that one of ours imports, with the packages that they are in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = PurePosixPath(path).parents[node.level - 1]
            module = folder.joinpath(*(node.module or "").split("."))
            yield from (f"{each}.py" for each in (module, *(module / alias.name for alias in node.names)))
            yield from (f"{each}/__init__.py" for each in (module, *module.parents))


def _all(shipped: Mapping[str, set[str]], but: str) -> set[str]:
    return set().union(*(names for name, names in shipped.items() if name != but))


def strip(source: bytes, used: Collection[str] | None = None) -> bytes:
    """Returns Python source without what the runtime does not need; every other line stays where it was.

    Args:
        source: a module, as UTF-8.
        used: for a module of an event source kind the identifiers in the other modules, whatever they mean
            there; None for another module, from which docstrings and what is for type checkers go.
    """
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    for line, start, end in sorted(_annotations(tree, lines), reverse=True):
        lines[line] = lines[line][:start] + lines[line][end:]
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
        ):
            _empty(lines, node.body[0])
    for node in _for_checkers(tree) if used is None else _unneeded(tree, {*used, *_ASKED}):
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        last = node.end_lineno or first
        lines[first - 1 : last] = [b"\n"] * (last - first + 1)
    return b"".join(lines)


def _annotations(tree: ast.Module, lines: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yields the line, and where in it, of each annotation of a function: none is ever evaluated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation and node.lineno == node.annotation.end_lineno:
            end = node.annotation.end_col_offset or 0
            yield node.lineno - 1, node.col_offset + len(node.arg.encode()), end
        elif isinstance(node, ast.FunctionDef) and node.returns:
            line, end = node.returns.lineno - 1, node.returns.end_col_offset or 0
            if line == (node.returns.end_lineno or 0) - 1 and node.body[0].lineno - 1 > line:
                yield line, lines[line].rindex(b" ->", 0, node.returns.col_offset), end


def _identifiers(source: bytes) -> set[str]:
    return set(_names([ast.parse(source)]))


def _unneeded(tree: ast.Module, used: set[str]) -> set[ast.stmt]:
    """Returns the statements of a kind's module to which nothing leads that the runtime calls."""
    dropped = _for_checkers(tree) | {node for node in _optional(tree) if _renders(node)}
    waiting = {node for node in _optional(tree) if node not in dropped and _waits(node)}
    own = set(_names(_others(tree, dropped | waiting)))
    while found := {node for node in waiting if _bound(node) & (own if _imports(node) else own | used)}:
        waiting -= found
        own.update(_names(found))
    return dropped | waiting


def _for_checkers(tree: ast.Module) -> set[ast.stmt]:
    return {
        node
        for node in tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and not node.orelse
    }


def _optional(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yields the statements that may go: those of the module and of its classes."""
    for node in tree.body:
        yield from node.body if isinstance(node, ast.ClassDef) else [node]


def _renders(node: ast.stmt) -> bool:
    names = _bound(node)
    return bool(names) and names <= RENDERING


def _waits(node: ast.stmt) -> bool:
    """Whether a statement is there for the names that it defines alone. A class's attributes are not."""
    return bool(_bound(node)) and not (isinstance(node, (ast.Assign, ast.AnnAssign)) and node.col_offset)


def _imports(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _others(tree: ast.Module, left_out: set[ast.stmt]) -> Iterator[ast.AST]:
    """Yields the rest of the module, a class as its parts."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (*node.bases, *(item for item in node.body if item not in left_out))
        elif node not in left_out:
            yield node


def _bound(node: ast.stmt) -> set[str]:
    """Returns the names that a statement defines, where nothing else would miss it."""
    if isinstance(node, ast.FunctionDef):
        return set() if node.name.startswith("__") else {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names} - {"annotations"}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [each for target in targets for each in getattr(target, "elts", [target])]
        return {name.id for name in names if isinstance(name, ast.Name)}
    return set()


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for outer in nodes:
        for node in _evaluated(outer):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.ImportFrom) and node.level:
                yield from (alias.name for alias in node.names)


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yields a node and those below it, but no annotations, which are never evaluated."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield from _evaluated(child)


def _empty(lines: list[bytes], docstring: ast.stmt) -> None:
    first, last = docstring.lineno - 1, (docstring.end_lineno or docstring.lineno) - 1
    after = lines[last][docstring.end_col_offset or 0 :]
    lines[first] = lines[first][: docstring.col_offset] + b'""' + after
    for number in range(first + 1, last + 1):
        lines[number] = b"\n"
