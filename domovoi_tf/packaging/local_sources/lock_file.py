"""Reads from a uv.lock which local packages and archives an app needs.

https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.distributions import normalize_name
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.local_sources.paths import find_paths
from domovoi_tf.packaging.local_sources.source_tree import read_package_name, read_toml

_LOCAL = ("directory", "editable", "path", "virtual")


def find_locked_paths(requirements: Requirements) -> Iterator[Path]:
    """Yields the local packages, archives and folders of wheels that the app's locked dependencies come from.

    Args:
        requirements: a uv.lock, which may be that of the workspace of which the app is a member.

    Raises:
        PackageError: a file cannot be read.
    """
    try:
        packages = read_toml(requirements.file).get("package", ())
    except PackageError:
        return  # uv reports it
    root = read_package_name(requirements.folder)
    needed = _find_needed(packages, normalize_name(root) if root else "")
    for package in packages:
        if package.get("name") in needed and package.get("name") != root:
            yield from _find_sources(package, requirements.file.parent)


def _find_needed(packages: list[Mapping[str, Any]], root: str) -> set[str]:
    """Returns the names of the packages that one package needs; of all if the lock does not have it."""
    requirements: dict[str, set[str]] = {}
    for package in packages:
        requirements.setdefault(package.get("name", ""), set()).update(_list_requirements(package))
    if root not in requirements:
        return {*requirements}
    needed, pending = set[str](), {root}
    while pending:
        needed |= pending
        pending = {name for each in pending for name in requirements.get(each, ())} - needed
    return needed


def _list_requirements(package: Mapping[str, Any]) -> Iterator[str]:
    tables = [package.get("dependencies", [])]
    for key in ("optional-dependencies", "dev-dependencies"):
        tables += package.get(key, {}).values()
    for table in tables:
        yield from (each.get("name", "") for each in table)


def _find_sources(package: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    source = package.get("source", {})
    for key in (*_LOCAL, "registry", "url"):
        if isinstance(value := source.get(key), str):
            yield from find_paths(value, {folder})
