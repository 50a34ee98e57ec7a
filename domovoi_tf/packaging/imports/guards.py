"""Finds out whether a program goes on if a module that it imports is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_TOLERANT = {"ImportError", "ModuleNotFoundError", "PackageNotFoundError", "Exception", "BaseException"}
#: Conditions whose value in Lambda may differ from that on this machine.
_ENVIRONMENT = re.compile(r"version_info|hexversion|\bplatform\b|\bos\.name\b|TYPE_CHECKING|AWS_|LAMBDA_")


def is_optional(file: str, line: int) -> bool:
    """Returns whether an import on a line may fail, or depends on the Python or the machine.

    Args:
        file: the source. One that cannot be read or parsed has no optional imports.
        line: the line of an import statement, or of a call that leads to an import.
    """
    try:
        content = Path(file).read_bytes()
    except OSError:
        return False
    return any(first <= line <= last for first, last in _find_optional_lines(content))


def find_import(file: Path, name: str) -> int | None:
    """Returns the line on which a source imports a module when it is imported itself, unless that may fail.

    Args:
        file: the source. One that cannot be read or parsed imports nothing.
        name: the dotted name of the module.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return None
    tree = _parse(content) if name.rpartition(".")[2].encode() in content else None
    return next((line for line in _find_imports(tree, name) if not is_optional(str(file), line)), None)


@lru_cache(maxsize=256)
def _find_optional_lines(content: bytes) -> tuple[tuple[int, int], ...]:
    tree = _parse(content)
    nodes = ast.walk(tree) if tree else ()
    return tuple(_get_lines(body) for node in nodes for body in _select_optional(node) if body)


def _parse(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _select_optional(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yields the statements inside a node that may fail or may not be executed in Lambda."""
    suppresses = isinstance(node, (ast.With, ast.AsyncWith)) and any(map(_is_suppression, node.items))
    if suppresses or (isinstance(node, ast.Try) and any(map(_is_tolerant, node.handlers))):
        yield node.body  # type: ignore[attr-defined]
    elif isinstance(node, ast.If) and _ENVIRONMENT.search(ast.unparse(node.test)):
        yield node.body
        yield node.orelse


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
