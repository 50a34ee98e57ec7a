"""Reads the state that a plan begins with, from ``terraform show -json``.

https://developer.hashicorp.com/terraform/internals/json-format#values-representation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def walk_resources(plan: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the resources and data sources in the state of a plan, each with its module's address.

    Args:
        plan: the output of ``terraform show -json``. It has no state before the first deployment.
    """
    values = plan.get("prior_state", {}).get("values", {})
    yield from _walk_module(values.get("root_module", {}))


def _walk_module(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield module.get("address", ""), {"values": {}, **resource}
    for child in module.get("child_modules", []):
        yield from _walk_module(child)
