"""Objects that a plan destroys under one address and creates under another."""

from __future__ import annotations

from typing import Any

import pytest
from races import IDENTITIES, Race, find_races

from domovoi_tf.triggers import list_resource_types

SQS = {"role": "orders-west", "name": "sqs"}


def change(address: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    actions = {(False, True): ["delete"], (True, False): ["create"], (False, False): ["delete", "create"]}
    return {
        "mode": "managed",
        "type": "aws_iam_role_policy",
        "address": address,
        "change": {"actions": actions[before is None, after is None], "before": before, "after": after},
    }


def test_policy_that_leaves_one_address_for_another_is_a_race() -> None:
    assert find_races([change("needed", SQS, None), change("mappings", None, SQS)]) == [
        Race("needed", "mappings")
    ]
    assert find_races([change("needed", SQS, SQS), change("mappings", None, SQS)]) == [
        Race("needed", "mappings")
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([change("needed", SQS, SQS)], id="replaced in place"),
        pytest.param([change("needed", SQS, None), change("other", None, {**SQS, "name": "s3"})], id="other"),
        pytest.param([change("needed", SQS, None), change("new", None, {"name": "sqs"})], id="unknown role"),
        pytest.param([change("mappings", None, SQS)], id="only created"),
    ],
)
def test_other_changes_are_no_race(changes: list[dict[str, Any]]) -> None:
    assert find_races(changes) == []


def test_each_type_has_an_identity() -> None:
    missing = sorted(list_resource_types().keys() - IDENTITIES.keys())
    assert missing == [], "add what identifies them on AWS to IDENTITIES in tests/races.py"
