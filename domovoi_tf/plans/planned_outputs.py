"""Reads the outputs of a stage from a plan, so that they need not be read after it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read_planned_outputs(plan: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
    """Returns the outputs that a stage has after a plan is applied; None if the plan lacks one.

    Args:
        plan: the output of ``terraform show -json``, which omits a value of which a part is not known.

    https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
    """
    outputs: Mapping[str, Mapping[str, Any]] | None = plan.get("planned_values", {}).get("outputs")
    return outputs if outputs and all("value" in output for output in outputs.values()) else None
