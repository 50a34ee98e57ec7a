"""Outputs that a plan knows."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.plans.state_values import read_planned_outputs

KNOWN = {"sensitive": False, "type": "string", "value": "https://beers"}
SECRET = {"sensitive": True, "type": "string", "value": "k"}
#: Terraform omits the value of an output of which a part is unknown; null is a value.
UNKNOWN, NULL = {"sensitive": False}, {"sensitive": False, "value": None}


@pytest.mark.parametrize("outputs", [{"url": KNOWN}, {"url": KNOWN, "key": SECRET, "topic": NULL}])
def test_known_outputs_are_returned(outputs: dict[str, Any]) -> None:
    assert read_planned_outputs({"planned_values": {"outputs": outputs}}) == outputs


@pytest.mark.parametrize(
    "plan",
    [{}, {"planned_values": {}}, {"planned_values": {"outputs": {"url": KNOWN, "functions": UNKNOWN}}}],
)
def test_outputs_must_be_read_after_the_apply_if_the_plan_does_not_know_all(plan: dict[str, Any]) -> None:
    assert read_planned_outputs(plan) is None
