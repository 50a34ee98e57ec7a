"""The moves that a state still needs are those that would move something in it."""

from __future__ import annotations

import json

import pytest

from domovoi_tf.renames.pruning import find_needed_moves, list_state_addresses

MOVES = {
    "module.tend": "module.serve",
    "module.serve": "module.pour",
    "aws_sns_topic.a": "aws_sns_topic.b",
    "module.s3.aws_sns_topic_policy.this": "module.photos.aws_sns_topic_policy.this",
    "module.s3.aws_lambda_permission.this[0]": "module.photos.aws_lambda_permission.this",
}


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("module.tend.aws_lambda_permission.this", ["module.serve", "module.tend"]),
        ("module.serve.aws_lambda_permission.this", ["module.serve"]),
        ("module.pour.aws_lambda_permission.this", []),
        ("module.tender.aws_lambda_permission.this", []),
        ("aws_sns_topic.a", ["aws_sns_topic.a"]),
        ("aws_sns_topic.b", []),
        ("module.s3.aws_sns_topic_policy.this", ["module.s3.aws_sns_topic_policy.this"]),
        ("module.s3.aws_lambda_permission.this", ["module.s3.aws_lambda_permission.this[0]"]),
    ],
)
def test_needed_moves(address: str, needed: list[str]) -> None:
    assert sorted(find_needed_moves(MOVES, [address])) == needed


def test_circle_of_a_damaged_manifest_ends() -> None:
    assert find_needed_moves({"module.a": "module.b", "module.b": "module.a"}, ["module.a.x.y"]) == {
        "module.a",
        "module.b",
    }


def test_addresses_of_the_app_in_a_state() -> None:
    resources = [
        {
            "module": "module.app.module.tend",
            "mode": "managed",
            "type": "aws_lambda_permission",
            "name": "this",
        },
        {"module": "module.app", "mode": "managed", "type": "aws_sns_topic", "name": "a"},
        {"module": "module.app", "mode": "data", "type": "aws_sns_topic", "name": "b"},
        {"module": "module.load_balancer", "mode": "managed", "type": "aws_lb", "name": "this"},
        {"mode": "managed", "type": "aws_lb", "name": "mine"},
    ]
    assert list_state_addresses(json.dumps({"version": 4, "resources": resources})) == [
        "aws_sns_topic.a",
        "module.tend.aws_lambda_permission.this",
    ]
    assert list_state_addresses("") == []


@pytest.mark.parametrize(
    "text", ["[]", "{}", "{", '{"resources": [1]}', '{"resources": [{"mode": "managed"}]}']
)
def test_what_is_not_a_state_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list_state_addresses(text)
