"""Blocks that are included from a file of the repository, whole or in part.

``<!-- include: PATH -->`` includes a file, ``PATH#NAME`` a function, class or assignment at the top of a
Python file with its decorators, or in other files the lines between ``# [NAME]`` and the next ``# [...]``.
``PATH#A,B`` includes several.
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block, Page


def check_include(block: Block, references: list[str]) -> None:
    """Checks that a block is what it includes."""
    (reference,) = references
    if block.text != read_reference(reference):
        raise WrongBlockError(
            f"The block differs from {reference}: run `make golden` and review the difference."
        )


def renew_page(page: Page) -> str:
    """Returns the text of a page with its included blocks as they are in their files."""
    lines = page.text.splitlines()
    for block in reversed(page.blocks):
        for reference in block.list_values("include"):
            content = textwrap.indent(read_reference(reference), block.indent).splitlines()
            lines[block.line : block.line + len(block.text.splitlines())] = content
    return "\n".join([*lines, ""])


def read_reference(reference: str, root: Path = ROOT) -> str:
    """Returns the text that a comment names.

    Args:
        reference: a path in the repository, with ``#`` and names for parts of the file.
        root: the folder of the repository.
    """
    path, _, names = reference.partition("#")
    if not (root / path).is_file():
        raise WrongBlockError(f"{path} does not exist")
    text = (root / path).read_text(encoding="utf-8")
    if not names:
        return text
    is_python = path.endswith(".py")
    parts = [_read_definition(text, n) if is_python else _read_section(text, n) for n in names.split(",")]
    if missing := [name for name, part in zip(names.split(","), parts, strict=True) if part is None]:
        raise WrongBlockError(f"{path} has no {missing[0]}")
    return ("\n\n" if is_python else "\n").join(part for part in parts if part is not None)


def _read_definition(source: str, name: str) -> str | None:
    for node in ast.parse(source).body:
        if name in _list_names(node):
            decorators = getattr(node, "decorator_list", [])
            start = min([node.lineno, *(each.lineno for each in decorators)])
            return "\n".join([*source.splitlines()[start - 1 : node.end_lineno], ""])
    return None


def _list_names(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _read_section(text: str, name: str) -> str | None:
    found = re.search(
        rf"^ *(?:#|//) \[{re.escape(name)}\]\n(.*?)^ *(?:#|//) \[", text, re.DOTALL | re.MULTILINE
    )
    return textwrap.dedent(found[1]) if found else None
