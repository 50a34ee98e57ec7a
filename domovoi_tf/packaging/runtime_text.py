"""Edits the source of a module of the packaged runtime, whose lines keep their numbers."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from types import NoneType

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def strip_module(
    source: bytes,
    tree: ast.Module,
    dropped: Iterable[ast.stmt],
    narrowed: Mapping[ast.ImportFrom, Sequence[ast.alias]] = {},
) -> bytes:
    """Returns the source of a tree without docstrings, comments, annotations and the given statements.

    Fields of classes keep an annotation, by which records know them. A module in which no annotation needs
    the import of ``annotations`` from ``__future__`` does not import it: that is another file to open.

    Args:
        source: the source of the module.
        tree: its syntax tree.
        dropped: statements of the module, or of its classes.
        narrowed: imports at the top of the module, with the names that remain.
    """
    dropped = [*dropped]
    lines = source.splitlines(keepends=True)
    for token in tokenize.tokenize(BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, comment = token.start[0] - 1, token.string.encode()
            lines[row] = lines[row].rstrip().removesuffix(comment).rstrip() + b"\n"
    for line, start, end in sorted({*_find_annotations(tree, lines)}, reverse=True):
        value = lines[line][end:]
        lines[line] = lines[line][:start] + (b"=" + value[3:] if value.startswith(b" = ") else value)
    for line, start, end, name in _find_field_types(tree):
        lines[line] = lines[line][:start] + name + lines[line][end:]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, *_FUNCTIONS)) and ast.get_docstring(node) is not None:
            is_body = all(each in dropped for each in node.body[1:])
            _clear_docstring(lines, node.body[0], is_body)
    dropped += _find_needless(tree, dropped)
    for node, names in narrowed.items():
        text = ast.unparse(ast.ImportFrom(node.module, [*names], node.level)).encode() + b"\n"
        lines[node.lineno - 1 : node.end_lineno] = [text, *[b"\n"] * _count_further_lines(node)]
    for statement in dropped:
        first, last = _get_first_line(statement), statement.end_lineno or statement.lineno
        lines[first - 1 : last] = [b"\n"] * (last - first + 1)
    return _drop_future(b"".join(lines).rstrip() + b"\n")


def _find_needless(tree: ast.Module, dropped: Collection[ast.stmt]) -> list[ast.stmt]:
    """Returns the assignment to ``TYPE_CHECKING`` if no remaining statement reads it."""
    nodes = [node for statement in tree.body if statement not in dropped for node in ast.walk(statement)]
    names = [node for node in nodes if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"]
    if any(isinstance(name.ctx, ast.Load) for name in names):
        return []
    return [each for each in tree.body if isinstance(each, ast.Assign) and each.targets[0] in names]


def _drop_future(source: bytes) -> bytes:
    """Returns a source without the import of ``annotations`` if its annotations are none or strings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and not isinstance(
            node.annotation, (ast.Constant, NoneType)
        ):
            return source
        if isinstance(node, _FUNCTIONS) and not isinstance(node.returns, (ast.Constant, NoneType)):
            return source
    return source.replace(b"\nfrom __future__ import annotations\n", b"\n\n", 1)


def list_statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, ast.ClassDef | None]]:
    """Yields the statements of a module and of its classes, each with its class."""
    for node in tree.body:
        yield node, None
        if isinstance(node, ast.ClassDef):
            yield from ((item, node) for item in node.body)


def is_always_kept(node: ast.stmt) -> bool:
    """Returns whether a statement is needed with its class: special methods, and fields of records."""
    if isinstance(node, _FUNCTIONS):
        return node.name.startswith("__")
    if isinstance(node, ast.AnnAssign):
        return not ast.unparse(node.annotation).startswith("ClassVar")
    return not isinstance(node, ast.Assign)


def _find_annotations(tree: ast.Module, lines: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yields the line and the columns of each annotation that is none of a field: nothing reads these."""
    others = [each for each, owner in list_statements(tree) if owner is None or not is_always_kept(each)]
    yield from _find_variable_annotations(others)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation and node.lineno == node.annotation.end_lineno:
            end = node.annotation.end_col_offset or 0
            yield node.lineno - 1, node.col_offset + len(node.arg.encode()), end
        if isinstance(node, _FUNCTIONS):
            yield from _find_variable_annotations(ast.walk(node))
        if isinstance(node, _FUNCTIONS) and node.returns:
            line, end = node.returns.lineno - 1, node.returns.end_col_offset or 0
            if line == (node.returns.end_lineno or 0) - 1 and node.body[0].lineno - 1 > line:
                yield line, lines[line].rindex(b" ->", 0, node.returns.col_offset), end


def _find_variable_annotations(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, int, int]]:
    for node in nodes:
        if isinstance(node, ast.AnnAssign) and node.value and node.lineno == node.annotation.end_lineno:
            yield node.lineno - 1, node.target.end_col_offset or 0, node.annotation.end_col_offset or 0


def _find_field_types(tree: ast.Module) -> Iterator[tuple[int, int, int, bytes]]:
    """Yields the line and the columns of the types of fields, and the string that replaces each."""
    for statement, owner in list_statements(tree):
        if owner is not None and isinstance(statement, ast.AnnAssign):
            kind, is_field = statement.annotation, is_always_kept(statement)
            if kind.lineno == kind.end_lineno and (is_field or not statement.value):
                name = b'"Any"' if is_field else b'"ClassVar"'
                yield kind.lineno - 1, kind.col_offset, kind.end_col_offset or 0, name


def _count_further_lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno


def _get_first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return int(min([node.lineno, *(decorator.lineno for decorator in decorators)]))


def _clear_docstring(lines: list[bytes], docstring: ast.stmt, is_body: bool) -> None:
    """Removes a docstring, or replaces it with an empty one if it is the body of its function or class."""
    first, last = docstring.lineno - 1, (docstring.end_lineno or docstring.lineno) - 1
    after = lines[last][docstring.end_col_offset or 0 :]
    is_needed = is_body or after.strip() or lines[first][: docstring.col_offset].strip()
    lines[first] = lines[first][: docstring.col_offset] + b'""' + after if is_needed else b"\n"
    for number in range(first + 1, last + 1):
        lines[number] = b"\n"
