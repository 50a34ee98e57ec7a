"""Finds out whether a program goes on if a module that it imports is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

_TOLERANT = {"ImportError", "ModuleNotFoundError", "PackageNotFoundError", "Exception", "BaseException"}
#: Conditions whose value in Lambda may differ from that on this machine.
_ENVIRONMENT = re.compile(
    r"version_info|hexversion|\bplatform\b|\bos\.name\b|TYPE_CHECKING|AWS_|LAMBDA_|\bfind_spec\b"
)


def is_optional(file: str, line: int, any_condition: bool = False) -> bool:
    """Returns whether an import on a line may fail, or depends on the Python or the machine.

    Args:
        file: the source. One that cannot be read or parsed has no optional imports.
        line: the line of an import statement, or of a call that leads to an import.
        any_condition: whether an import is also optional if any ``if`` outside of functions contains it,
            because nobody here knows the conditions of another project.
    """
    try:
        content = Path(file).read_bytes()
    except OSError:
        return False
    return any(first <= line <= last for first, last in _find_optional_lines(content, any_condition))


def find_import(file: Path, name: str, any_condition: bool = False) -> int | None:
    """Returns the line on which a source imports a module when it is imported itself, unless that may fail.

    Args:
        file: the source. One that cannot be read or parsed imports nothing.
        name: the dotted name of the module.
        any_condition: see `is_optional`.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return None
    tree = _parse(content) if name.rpartition(".")[2].encode() in content else None
    lines = _find_imports(tree, name)
    return next((line for line in lines if not is_optional(str(file), line, any_condition)), None)


@lru_cache(maxsize=256)
def _find_optional_lines(content: bytes, any_condition: bool) -> tuple[tuple[int, int], ...]:
    tree = _parse(content)
    if tree is None:
        return ()
    nodes = tuple(ast.walk(tree))
    conditions = [*_select_conditions(nodes), *(_list_conditions(tree) if any_condition else ())]
    bodies = [node.body for node in nodes if _is_guard(node)]  # type: ignore[attr-defined]
    bodies += [body for node in conditions for body in (node.body, node.orelse)]
    return tuple(_get_lines(body) for body in bodies if body)


def _parse(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _is_guard(node: ast.AST) -> bool:
    """Returns whether the program goes on if the statements inside a node fail."""
    if isinstance(node, ast.Try):
        return any(map(_is_tolerant, node.handlers))
    return isinstance(node, (ast.With, ast.AsyncWith)) and any(map(_is_suppression, node.items))


def _list_conditions(node: ast.AST) -> Iterator[ast.If]:
    """Yields the ``if`` statements outside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            yield from _list_conditions(child)


def _select_conditions(nodes: Iterable[ast.AST]) -> Iterator[ast.If]:
    """Yields the ``if`` statements whose condition may have another value in Lambda."""
    names = {name for node in nodes for name in _list_names_of_environment(node)}
    for node in nodes:
        if isinstance(node, ast.If) and (_depends(node.test) or _list_names(node.test) & names):
            yield node


def _list_names_of_environment(node: ast.AST) -> Iterator[str]:
    """Yields the names that a statement gives to a value that depends on the machine."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value and _depends(node.value):
            yield from (name for target in targets for name in _list_names(target))
    elif isinstance(node, ast.FunctionDef):
        if any(_depends(each) for each in node.body if isinstance(each, ast.Return)):
            yield node.name
    elif _is_guard(node):
        stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
        yield from (each.id for each in stored if isinstance(each.ctx, ast.Store))


def _depends(node: ast.AST) -> bool:
    return _ENVIRONMENT.search(ast.unparse(node)) is not None


def _is_tolerant(handler: ast.ExceptHandler) -> bool:
    caught = handler.type is None or bool(_list_names(handler.type) & _TOLERANT)
    return caught and not isinstance(handler.body[-1], ast.Raise)


def _is_suppression(item: ast.withitem) -> bool:
    call = item.context_expr
    return (
        isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith("suppress")
        and any(_list_names(argument) & _TOLERANT for argument in call.args)
    )


def _list_names(node: ast.expr) -> set[str]:
    names = (each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute)))
    return {each.id if isinstance(each, ast.Name) else each.attr for each in names}


def _get_lines(body: list[ast.stmt]) -> tuple[int, int]:
    return body[0].lineno, body[-1].end_lineno or body[-1].lineno


def _find_imports(node: ast.AST | None, name: str) -> Iterator[int]:
    """Yields the lines of the statements outside of functions that import a module or a part of it."""
    for child in ast.iter_child_nodes(node) if node else ():
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom) and not child.level:
            names = [f"{child.module}.{alias.name}" for alias in child.names]
        else:
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
                yield from _find_imports(child, name)
            continue
        if any(f"{each}.".startswith(f"{name}.") for each in names):
            yield child.lineno
