"""Collects the requirements of the project and of installed packages that apply to a Lambda runtime.

https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from domovoi_tf.packaging.dependencies.distributions import Distribution, normalize_name
from domovoi_tf.packaging.dependencies.requirement_lines import parse_lines, read_text
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.local_sources.source_tree import read_toml
from domovoi_tf.packaging.target import Target
from domovoi_tf.system.records import Record


class Need(Record):
    """A requirement of the project or of a package.

    Args:
        origin: what requires it: a file, or a distribution with its version.
        requirement: the requirement, which applies to the target.
        is_constraint: whether it only limits the version of a package that something else requires.
    """

    origin: str
    requirement: Requirement
    is_constraint: bool = False

    @property
    def name(self) -> str:
        """The normalized name of the package that is required."""
        return normalize_name(self.requirement.name)

    def __str__(self) -> str:
        return f"{self.origin} requires {self.requirement.name}{self.requirement.specifier}"


def find_needs(
    distributions: Iterable[Distribution], requirements: Requirements, target: Target
) -> list[Need]:
    """Returns the requirements of a project and of installed packages, with the extras that are in use.

    Args:
        distributions: the packages.
        requirements: the file that lists the project's requirements.
        target: the Lambda runtime.

    Raises:
        PackageError: a file cannot be read.
    """
    environment, packages = _make_environment(target), list(distributions)
    direct = [each for each in list_direct_needs(requirements) if _applies(each, environment, ())]
    needs = direct
    while True:
        extras = _collect_extras(needs)
        if requirements.file.name == "pylock.toml":  # which does not record them
            extras = {package.name: {*package.extras} for package in packages}
        further = [each for package in packages for each in _list_needs(package, environment, extras)]
        if [*direct, *further] == needs:
            return needs
        needs = [*direct, *further]


def list_direct_needs(requirements: Requirements) -> list[Need]:
    """Returns the requirements of a project. The versions in a lock file are choices and not bounds.

    Args:
        requirements: the file that lists them.

    Raises:
        PackageError: a file cannot be read.
    """
    name = requirements.file.name
    if name == "pylock.toml":
        packages = read_toml(requirements.file).get("packages", [])
        texts = [(str(package.get("name", "")), False) for package in packages]
    elif requirements.file.suffix == ".txt":
        texts = [*_list_lines(requirements)]
    else:
        name = "pyproject.toml"
        texts = [*_list_dependencies(read_toml(requirements.folder / name), requirements.groups)]
    return [need for text, is_constraint in texts for need in _parse_need(name, text, is_constraint)]


def _parse_need(origin: str, text: str, is_constraint: bool = False) -> Iterator[Need]:
    """Yields a requirement, unless it is not valid, such as a path."""
    try:
        yield Need(origin, Requirement(text), is_constraint)
    except InvalidRequirement:
        return


def _list_lines(requirements: Requirements) -> Iterator[tuple[str, bool]]:
    """Yields the requirements of a requirements.txt and of the files that it includes."""
    for path, is_constraint in requirements.walk_files():
        for line in parse_lines(read_text(path)):
            if not line.option:
                yield line.value.partition(" --")[0], is_constraint


def _list_dependencies(document: Mapping[str, Any], groups: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yields the dependencies of a pyproject.toml and of its groups, and uv's constraints and overrides."""
    for text in document.get("project", {}).get("dependencies", []):
        yield text, False
    tables = {normalize_name(name): table for name, table in document.get("dependency-groups", {}).items()}
    pending, seen = [normalize_name(name) for name in groups], set[str]()
    while pending:
        group = pending.pop()
        for item in tables.get(group, []) if group not in seen else ():
            if isinstance(item, str):
                yield item, False
            else:
                pending.append(normalize_name(item.get("include-group", "")))
        seen.add(group)
    uv = document.get("tool", {}).get("uv", {})
    for text in [*uv.get("constraint-dependencies", []), *uv.get("override-dependencies", [])]:
        yield text, True


def _collect_extras(needs: Iterable[Need]) -> dict[str, set[str]]:
    extras: dict[str, set[str]] = {}
    for need in needs:
        extras.setdefault(need.name, set()).update(need.requirement.extras)
    return extras


def _list_needs(
    package: Distribution, environment: Mapping[str, str], extras: Mapping[str, Collection[str]]
) -> Iterator[Need]:
    for text in package.requirements:
        for need in _parse_need(str(package), text):
            if _applies(need, environment, extras.get(package.name, ())):
                yield need


def _applies(need: Need, environment: Mapping[str, str], extras: Collection[str]) -> bool:
    marker = need.requirement.marker
    return marker is None or any(marker.evaluate({**environment, "extra": each}) for each in ("", *extras))


def _make_environment(target: Target) -> dict[str, str]:
    """Returns the values of environment markers in Lambda's runtime."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{target.python}.0",
        "os_name": "posix",
        "platform_machine": target.platform.partition("-")[0],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{target.python}.0",
        "python_version": target.python,
        "sys_platform": "linux",
    }
