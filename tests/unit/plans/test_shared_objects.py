"""Objects that a plan destroys under one address and creates under another."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.plans.shared_objects import SharedObject, describe_shared_objects, find_shared_objects

SQS = {"role": "orders-west", "name": "sqs"}


def change(address: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    actions = {(False, True): ["delete"], (True, False): ["create"], (False, False): ["delete", "create"]}
    return {
        "mode": "managed",
        "type": "aws_iam_role_policy",
        "address": address,
        "change": {"actions": actions[before is None, after is None], "before": before, "after": after},
    }


def test_policy_that_leaves_one_address_for_another_is_found() -> None:
    assert find_shared_objects([change("needed", SQS, None), change("mappings", None, SQS)]) == [
        SharedObject("needed", "mappings")
    ]
    assert find_shared_objects([change("needed", SQS, SQS), change("mappings", None, SQS)]) == [
        SharedObject("needed", "mappings")
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
def test_other_changes_are_not_found(changes: list[dict[str, Any]]) -> None:
    assert find_shared_objects(changes) == []


def test_pair_of_addresses_is_described_once_without_what_is_the_same() -> None:
    old = [
        change("module.app.module.tend.aws_iam_role_policy.this", SQS, None),
        change("module.app.module.tend.aws_iam_role_policy.other", {**SQS, "name": "s3"}, None),
        change('module.app.module.iam.aws_iam_role_policy.needed["x.y"]', {**SQS, "name": "x"}, None),
    ]
    new = [
        change("module.app.module.serve.aws_iam_role_policy.this", None, SQS),
        change("module.app.module.serve.aws_iam_role_policy.other", None, {**SQS, "name": "s3"}),
        change('module.app.module.iam.aws_iam_role_policy.mappings["x.y"]', None, {**SQS, "name": "x"}),
    ]
    assert describe_shared_objects([*old, *new]) == [
        'module.app.module.iam.aws_iam_role_policy.needed["x.y"] -> '
        'module.app.module.iam.aws_iam_role_policy.mappings["x.y"]',
        "module.app.module.tend -> module.app.module.serve",
    ]
