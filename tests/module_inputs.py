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


def list_wrong_arguments(text: str) -> list[str]:
    """Returns the arguments in calls of modules, with attributes of objects, that the modules do not have."""
    calls = [block for block in parse_source(text) if block.type == "module"]
    return [path for call in calls for path in list_unknown_paths(call, find_inputs(call))]


def find_inputs(call: Block) -> Path:
    """Returns the file with the inputs of a module whose source is a path in the repository."""
    source = call.arguments["source"]
    assert isinstance(source, Template)
    return ROOT / str(source.parts[0]) / "variables.tf"


def list_unknown_paths(call: Block, file: Path) -> Iterator[str]:
    """Yields the arguments of a call, and the attributes of objects, that a module does not have.

    Args:
        call: the block that calls the module.
        file: the file with the variables of the module.
    """
    inputs = read_blocks(file)
    known = list_paths(inputs, "type")
    objects = {
        block.labels[0] for block in inputs if getattr(block.arguments["type"], "name", "") == "object"
    }
    for name, value in call.arguments.items():
        if name not in (*known, "source"):
            yield name
        if name in objects:
            for path in list_attributes(value):
                full = f"{name}.{path}"
                # Keys of maps are of the caller's choice.
                parent = full.rpartition(".")[0]
                is_map = not any(each.startswith(f"{parent}.") for each in known)
                if full not in known and not is_map:
                    yield full
