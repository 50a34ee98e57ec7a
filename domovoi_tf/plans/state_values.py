"""Reads the state before a plan, and the outputs after it, from ``terraform show -json``.

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


def read_planned_outputs(plan: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
    """Returns the outputs that a stage has after a plan is applied; None if the plan lacks one.

    Args:
        plan: the output of ``terraform show -json``, which omits a value of which a part is not known.
    """
    outputs: Mapping[str, Mapping[str, Any]] | None = plan.get("planned_values", {}).get("outputs")
    return outputs if outputs and all("value" in output for output in outputs.values()) else None


def _walk_module(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield module.get("address", ""), {"values": {}, **resource}
    for child in module.get("child_modules", []):
        yield from _walk_module(child)
