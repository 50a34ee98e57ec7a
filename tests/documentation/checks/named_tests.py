"""Blocks whose test a comment names: ``<!-- tested: tests/unit/cli/test_x.py::test_y -->``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block


def check_named_tests(block: Block, names: list[str]) -> None:
    """Checks that the named tests exist, and name the page."""
    for name in names:
        check_named_test(name, block.page)


def check_named_test(name: str, page: str, root: Path = ROOT) -> None:
    """Checks that a test exists and names a page: in its strings, in what it uses, or for the whole module.

    Args:
        name: the path of a module, ``::`` and the name of a function in it.
        page: the path of the page in the repository.
        root: the folder of the repository.
    """
    path, _, function = name.partition("::")
    if not (root / path).is_file():
        raise WrongBlockError(f"{path} does not exist")
    module = ast.parse((root / path).read_text(encoding="utf-8"))
    definitions = read_definitions(module)
    if not function.startswith("test_") or function not in definitions:
        raise WrongBlockError(f"{path} has no test {function!r}")
    file = PurePosixPath(page).name
    if not (file in (ast.get_docstring(module) or "") or uses_text(definitions, function, file)):
        raise WrongBlockError(f"{function} in {path} does not name {page}, so it cannot be its test")


def read_definitions(module: ast.Module) -> dict[str, list[ast.stmt]]:
    """Returns the statements of a module that define each name at its top."""
    definitions: dict[str, list[ast.stmt]] = {}
    for node in module.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        else:
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            names = [each.id for each in stored if isinstance(each.ctx, ast.Store)]
        for name in names:
            definitions.setdefault(name, []).append(node)
    return definitions


def uses_text(definitions: Mapping[str, list[ast.stmt]], name: str, text: str) -> bool:
    """Returns whether a definition contains a text, or uses fixtures, functions or constants that do.

    Args:
        definitions: the definitions of a module, by name.
        name: the name of the definition to begin with.
        text: the text, in a string.
    """
    seen, waiting = {name}, [name]
    while waiting:
        for node in (each for statement in definitions[waiting.pop()] for each in ast.walk(statement)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and text in node.value:
                return True
            used = str(getattr(node, "id", "") or getattr(node, "arg", ""))
            if used in definitions and used not in seen:
                seen.add(used)
                waiting.append(used)
    return False


def check_picture(block: Block, _folder: Path) -> None:
    """Accepts a drawing made of characters, which states nothing that a test could compare."""
    if block.language != "text" or not set("─│├└") & set(block.text):
        raise WrongBlockError("A drawing has the language text, and lines.")
