"""Reads the blocks and references of Terraform files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import hcl2
from hcl2.utils import SerializationOptions

#: A reference to an attribute of a resource or data source, perhaps of one instance of it.
_REFERENCE = re.compile(r"(?<![\w.\"])(data\.)?(aws_\w+)\.([\w-]+)(?:\[[^\]]*\])?\.(\w+)")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


class Block(NamedTuple):
    """A resource or data source.

    Args:
        kind: ``resource`` or ``data``.
        type: its type.
        body: its arguments and blocks, as hcl2 returns them.
        file: the file that has it.
    """

    kind: str
    type: str
    body: dict[str, Any]
    file: Path


@cache
def parse(text: str) -> dict[str, Any]:
    """Returns the blocks of a file by their types, as hcl2 does."""
    return hcl2.loads(text, serialization_options=SerializationOptions(with_comments=False))


def list_labelled(text: str, kind: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yields the labels and the body of each block of a type in a file."""
    for block in parse(text).get(kind, ()):
        labels: tuple[str, ...] = ()
        while "__is_block__" not in block:
            ((label, block),) = block.items()
            labels = (*labels, label.strip('"'))
        yield labels, block


def list_blocks(folder: Path) -> Iterator[Block]:
    """Yields the resources and data sources in the files below a folder, those of equal files once."""
    for text, path in sorted({path.read_text("utf-8"): path for path in folder.rglob("*.tf")}.items()):
        for kind in ("resource", "data"):
            for (name, _), body in list_labelled(text, kind):
                yield Block(kind, name, body, path)


def list_paths(body: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the paths of the arguments and blocks in a body; dynamic blocks are like others."""
    for name, value in body.items():
        if name == "__is_block__":
            continue
        blocks = [each for each in value if _is_block(each)] if isinstance(value, list) else []
        if name == "dynamic":
            for block in blocks:
                ((label, dynamic),) = ((key, each) for key, each in block.items() if key != "__is_block__")
                yield (*path, label.strip('"'))
                for content in dynamic["content"]:
                    yield from list_paths(content, (*path, label.strip('"')))
        else:
            yield (*path, name)
            for block in blocks:
                yield from list_paths(block, (*path, name))


def list_references(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yields the kind, the type and the attribute of each reference to an attribute in a file."""
    for data, name, _, attribute in _REFERENCE.findall(_COMMENT.sub("", path.read_text("utf-8"))):
        yield "data" if data else "resource", name, attribute


def _is_block(value: object) -> bool:
    return isinstance(value, dict) and "__is_block__" in value
