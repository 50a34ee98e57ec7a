"""Finds objects on AWS that a plan destroys at one address and creates at another.

Terraform does not order two such operations: if the removal comes last, the object is gone, although the
apply succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.triggers import list_resource_types


class SharedObject(NamedTuple):
    """An object with two addresses: the one that is destroyed, and the one that is created."""

    destroyed: str
    created: str


def find_shared_objects(resources: Iterable[Mapping[str, Any]]) -> list[SharedObject]:
    """Returns the objects that a plan destroys at one address and creates at another, sorted.

    Args:
        resources: the changes of resources, as in the output of ``terraform show -json``.
    """
    managed = [each for each in resources if each.get("mode") == "managed"]
    destroyed = dict(_list_objects(managed, "delete", "before"))
    created = _list_objects(managed, "create", "after")
    return sorted(
        SharedObject(destroyed[key], address)
        for key, address in created
        if destroyed.get(key, address) != address
    )


def _list_objects(
    resources: Iterable[Mapping[str, Any]], action: str, side: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields the identity of each object with an action, and its address. Unknown ones are new ones."""
    types = list_resource_types()
    for each in resources:
        values = each["change"].get(side) or {}
        declared = types.get(each["type"])
        identity = [values.get(name) for name in declared.identity] if declared else [None]
        if action in each["change"]["actions"] and None not in identity:
            yield (each["type"], *map(str, identity)), each["address"]


def describe_shared_objects(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Returns a line for each pair of addresses with a shared object: without what is the same in both.

    Args:
        resources: the changes of resources, as in the output of ``terraform show -json``.
    """
    lines = []
    for destroyed, created in find_shared_objects(resources):
        old, new = destroyed.split("."), created.split(".")
        while len(old) > 2 and len(new) > 2 and old[-2:] == new[-2:]:
            del old[-2:], new[-2:]
        lines.append(f"{'.'.join(old)} -> {'.'.join(new)}")
    return [*dict.fromkeys(lines)]
