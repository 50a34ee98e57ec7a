"""Blocks whose test a comment names: ``<!-- tested: tests/unit/cli/test_x.py::test_y -->``."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block


def check_named_tests(block: Block, names: list[str]) -> None:
    """Checks that the named tests exist, and that their modules name the page."""
    for name in names:
        check_named_test(name, block.page)


def check_named_test(name: str, page: str, root: Path = ROOT) -> None:
    """Checks that a test exists and that its module names a page.

    Args:
        name: the path of a module, ``::`` and the name of a function in it.
        page: the path of the page in the repository.
        root: the folder of the repository.
    """
    path, _, function = name.partition("::")
    if not (root / path).is_file():
        raise WrongBlockError(f"{path} does not exist")
    source = (root / path).read_text(encoding="utf-8")
    functions = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    if function not in functions or not function.startswith("test_"):
        raise WrongBlockError(f"{path} has no test {function!r}")
    if PurePosixPath(page).name not in source:
        raise WrongBlockError(f"{path} does not name {page}, so {function} cannot be its test")


def check_picture(block: Block, _folder: Path) -> None:
    """Accepts a drawing made of characters, which states nothing that a test could compare."""
    if block.language != "text" or not set("─│├└") & set(block.text):
        raise WrongBlockError("A drawing has the language text, and lines.")
