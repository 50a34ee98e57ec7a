"""Reads what a version of the AWS provider accepts from its bindings for CDK, without importing them.

Each type has a module with a class for the resource or data source, whose properties are its attributes, one
for its arguments, and one for each kind of nested block.
https://cdktn.io/docs/concepts/providers
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

#: What Terraform itself accepts in every resource and data source.
_META = ("connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners")
_BASES = ("TerraformResource", "TerraformDataSource")
#: The name of an argument in Terraform, at the end of its description.
_NAME = re.compile(r":param (\w+):(?:(?!:param).)*#(\w+) \w+#\w+\}", re.DOTALL)


class Body(NamedTuple):
    """The contents of a resource, a data source or a block.

    Args:
        arguments: the names of arguments and blocks, each with the class of its contents, or an empty string.
        attributes: the names of further values that other resources can refer to.
    """

    arguments: Mapping[str, str]
    attributes: frozenset[str] = frozenset()


class Bindings:
    """The bindings of one version of the provider."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_type(self, kind: str, name: str) -> Body | None:
        """Returns what a type contains, or None if the provider has no such type.

        Args:
            kind: ``resource`` or ``data``.
            name: the type, such as ``aws_sqs_queue``.
        """
        classes = _read_classes(self.folder / _get_module(kind, name) / "__init__.py")
        own = [node for node in classes.values() if _derives(node, *_BASES)]
        arguments = [node for node in classes.values() if _derives(node, "TerraformMetaArguments")]
        if not own:
            return None
        return Body(_read_arguments(arguments[0], _META), _read_attributes(own[0]))

    def find_block(self, kind: str, name: str, block: str) -> Body:
        """Returns what the class of a block contains."""
        classes = _read_classes(self.folder / _get_module(kind, name) / "__init__.py")
        return Body(_read_arguments(classes[block]))


def _derives(node: ast.ClassDef, *names: str) -> bool:
    return any(ast.unparse(base).endswith(names) for base in node.bases)


def _get_module(kind: str, name: str) -> str:
    return f"data_{name}" if kind == "data" else name.removeprefix("aws_")


@cache
def _read_classes(path: Path) -> Mapping[str, ast.ClassDef]:
    if not path.exists():
        return {}
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _read_arguments(node: ast.ClassDef, without: tuple[str, ...] = ()) -> dict[str, str]:
    (init,) = (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    names = dict(_NAME.findall(ast.get_docstring(init) or ""))
    return {
        names.get(each.arg, each.arg): _find_class(each.annotation)
        for each in init.args.kwonlyargs
        if each.arg not in without
    }


def _find_class(annotation: ast.expr | None) -> str:
    """Returns the class of a block in an annotation; other annotations name no class of the module."""
    text = ast.unparse(annotation) if annotation else ""
    found = re.search(r"(?<![\w.])[A-Z]\w+(?![\w.])", text)
    return found[0] if found else ""


def _read_attributes(node: ast.ClassDef) -> frozenset[str]:
    return frozenset(
        each.name
        for each in node.body
        if isinstance(each, ast.FunctionDef) and "builtins.property" in map(ast.unparse, each.decorator_list)
    )
