"""Reads the inputs and outputs of Terraform modules, with the attributes of objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.plans.sources.expressions import Block, Call, Expression, ObjectOf, Template, Traversal
from domovoi_tf.plans.sources.parser import parse_source
from domovoi_tf.system import assets

ROOT = assets.find_modules().parent


def read_blocks(*paths: Path) -> list[Block]:
    """Returns the blocks of files."""
    return [block for path in paths for block in parse_source(path.read_text(encoding="utf-8"))]


def list_attributes(expression: Expression | None) -> Iterator[str]:
    """Yields the paths of the attributes in a type or a value."""
    if isinstance(expression, Call):
        for argument in expression.arguments[: None if expression.name == "merge" else 1]:
            yield from list_attributes(argument)
    elif isinstance(expression, ObjectOf):
        for key, value in expression.items:
            assert isinstance(key, Template)
            (name,) = key.parts
            yield str(name)
            yield from (f"{name}.{inner}" for inner in list_attributes(value))
    elif isinstance(expression, Traversal) and expression.steps[0] == "module":
        outputs = read_blocks(ROOT / "modules" / "lambda" / "outputs.tf")
        found = [block for block in outputs if block.labels == (expression.steps[2],)]
        yield from (path for block in found for path in list_attributes(block.arguments["value"]))


def list_paths(blocks: list[Block], argument: str) -> set[str]:
    """Returns the labels of blocks, and the paths of the attributes in an argument of each."""
    paths = set()
    for block in blocks:
        (name,) = block.labels
        attributes = list_attributes(block.arguments.get(argument))
        paths |= {name, *(f"{name}.{attribute}" for attribute in attributes)}
    return paths
