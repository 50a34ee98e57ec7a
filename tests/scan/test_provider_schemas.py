"""The provider has every argument, block and attribute that is used, in its oldest and its newest version.

And the newest version deprecates none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .provider_bindings import Bindings
from .pulumi_deprecations import find_deprecations, find_module
from .terraform_files import list_blocks, list_paths, list_references

VERSIONS = {"oldest": "cdktf_cdktf_provider_aws", "newest": "cdktn_provider_aws"}
#: What Terraform itself accepts in every resource and data source.
META = {"count", "for_each", "depends_on", "provider", "lifecycle"}


@pytest.fixture(scope="module")
def used(trees: Path) -> set[tuple[str, str, tuple[str, ...]]]:
    """The kind and type of each resource and data source, with the path of each argument and block in it."""
    found = {
        (block.kind, block.type, path)
        for block in list_blocks(trees)
        for path in list_paths(block.body)
        if path[0] not in META
    }
    assert len(found) > 200, "too few arguments were found"
    return found


@pytest.fixture(scope="module")
def read(trees: Path) -> set[tuple[str, str, str]]:
    """The kind and type of each resource and data source, with the attributes that others refer to."""
    found = {each for path in trees.rglob("*.tf") for each in list_references(path)}
    assert len(found) > 20, "too few references were found"
    return found


def spell(kind: str, name: str, *path: str) -> str:
    return ".".join((*(["data"] if kind == "data" else []), name, *path))


def find_unknown_paths(bindings: Bindings, used: set[tuple[str, str, tuple[str, ...]]]) -> Iterator[str]:
    for kind, name, path in sorted(used):
        body = bindings.find_type(kind, name)
        for index, each in enumerate(path):
            if body is None or each not in body.arguments:
                yield spell(kind, name, *path[: index + 1])
                break
            body = bindings.find_block(kind, name, body.arguments[each]) if index + 1 < len(path) else body


def find_unknown_attributes(bindings: Bindings, read: set[tuple[str, str, str]]) -> Iterator[str]:
    for kind, name, attribute in sorted(read):
        body = bindings.find_type(kind, name)
        if body is None or attribute not in body.attributes | body.arguments.keys():
            yield spell(kind, name, attribute)


@pytest.mark.parametrize("version", VERSIONS)
def test_provider_has_what_is_used(
    version: str,
    packages: Path,
    used: set[tuple[str, str, tuple[str, ...]]],
    read: set[tuple[str, str, str]],
) -> None:
    bindings = Bindings(packages / "files" / VERSIONS[version])
    unknown = {*find_unknown_paths(bindings, used), *find_unknown_attributes(bindings, read)}
    assert "\n".join(sorted(unknown)) == ""


def test_newest_provider_deprecates_nothing_that_is_used(
    packages: Path, used: set[tuple[str, str, tuple[str, ...]]], read: set[tuple[str, str, str]]
) -> None:
    folder = packages / "files" / "pulumi_aws"
    everything = {*used, *((kind, name, (attribute,)) for kind, name, attribute in read)}
    found = {
        f"{spell(kind, name, *path)}: {message}"
        for kind, name in {(kind, name) for kind, name, _ in everything}
        for path, message in find_deprecations(find_module(folder, kind, name)).items()
        if (kind, name, path) in everything
    }
    assert "\n".join(sorted(found)) == ""
