"""Tests that what 0.1.0 rendered for S3 is moved to its new address, once, and nothing else is moved."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, variable

from .test_app_module import make_handler, synthesize_valid

CREATED = ["s3:ObjectCreated:*"]
PERMISSION, SUBSCRIPTION = "aws_lambda_permission.this", "aws_sns_topic_subscription.this"
MAPPING, POLICY = "aws_lambda_event_source_mapping.this", "aws_sqs_queue_policy.this"


def list_moves(app: Domovoi) -> dict[str, str]:
    """Returns the new address of each resource or module call, by its address in 0.1.0."""
    return {str(move.old): str(move.new) for move in synthesize_valid(app).moves}


@pytest.mark.parametrize(
    ("options", "moves"),
    [
        ({"use_sns": False}, {"module.tend": "module.s3_photos_direct"}),
        (
            {},
            {
                "aws_sns_topic.tend-s3": "aws_sns_topic.s3_photos_sns",
                f"module.tend.{PERMISSION}": f"module.s3_photos_sns.{PERMISSION}",
                f"module.tend.{SUBSCRIPTION}": f"module.s3_photos_sns.{SUBSCRIPTION}",
                "module.s3_to_sns_tend.aws_sns_topic_policy.this": (
                    "module.s3_photos_sns.aws_sns_topic_policy.this"
                ),
            },
        ),
        (
            {"use_sns": False, "use_sqs": True},
            {
                "aws_sqs_queue.tend-s3": "aws_sqs_queue.s3_photos_sqs",
                f"module.tend.{MAPPING}": f"module.s3_photos_sqs.{MAPPING}",
                f"module.s3_to_sqs_tend.{POLICY}": f"module.s3_photos_sqs.{POLICY}",
            },
        ),
        (
            {"use_sqs": True},
            {
                "aws_sns_topic.tend-s3": "aws_sns_topic.s3_photos_sns_sqs",
                "aws_sqs_queue.tend-s3": "aws_sqs_queue.s3_photos_sns_sqs",
                f"module.tend.{MAPPING}": f"module.s3_photos_sns_sqs.{MAPPING}",
                f"module.sns_to_sqs_tend.{POLICY}": f"module.s3_photos_sns_sqs.{POLICY}",
                f"module.sns_to_sqs_tend.{SUBSCRIPTION}": f"module.s3_photos_sns_sqs.{SUBSCRIPTION}",
                "module.s3_to_sns_tend.aws_sns_topic_policy.this": (
                    "module.s3_photos_sns_sqs.aws_sns_topic_policy.this[0]"
                ),
            },
        ),
        ({"sns_topic": "theirs"}, {"module.tend": "module.s3_topic_theirs_sns"}),
        (
            {"sns_topic": variable("theirs"), "use_sqs": True},
            {
                "aws_sqs_queue.tend-s3": "aws_sqs_queue.s3_photos_theirs_sns_sqs",
                f"module.tend.{MAPPING}": f"module.s3_photos_theirs_sns_sqs.{MAPPING}",
                f"module.sns_to_sqs_tend.{POLICY}": f"module.s3_photos_theirs_sns_sqs.{POLICY}",
                f"module.sns_to_sqs_tend.{SUBSCRIPTION}": f"module.s3_photos_theirs_sns_sqs.{SUBSCRIPTION}",
            },
        ),
        ({"use_eventbridge": True}, {}),
    ],
)
def test_resources_of_each_route_are_moved(options: dict[str, Any], moves: dict[str, str]) -> None:
    app = Domovoi()
    app.s3_event_handler("photos", CREATED, **options)(make_handler("tend"))
    assert list_moves(app) == moves


def test_first_of_several_topics_that_become_one_is_moved() -> None:
    app = Domovoi()
    for name in ("tend", "serve"):
        app.s3_event_handler("photos", CREATED, f"{name}/")(make_handler(name))
    moves = list_moves(app)
    assert [old for old in moves if old.startswith("aws_sns_topic.")] == ["aws_sns_topic.serve-s3"]
    assert len(set(moves.values())) == len(moves) == 4


def test_handlers_that_shared_a_module_call_are_moved_together() -> None:
    app = Domovoi()
    for name in ("tend", "serve"):
        app.s3_event_handler("photos", CREATED, f"{name}/", use_sns=False)(make_handler(name))
    assert list_moves(app) == {"module.serve": "module.s3_photos_direct"}


def test_call_of_a_second_trigger_had_its_kind_as_a_suffix() -> None:
    app, handler = Domovoi(), make_handler("tend")
    app.sns_topic_subscriber("orders")(handler)
    app.s3_event_handler("photos", CREATED, use_sns=False)(handler)
    assert list_moves(app) == {"module.tend_s3": "module.s3_photos_direct"}


def test_nothing_is_moved_away_from_an_address_of_the_tree() -> None:
    app = Domovoi()
    app.s3_event_handler("photos", CREATED)(make_handler("tend"))
    app.sns_topic_subscriber("tend-s3")(make_handler("serve"))
    assert "aws_sns_topic.tend-s3" not in list_moves(app)


def test_nothing_is_moved_to_its_own_address() -> None:
    app = Domovoi()
    app.s3_event_handler("photos", CREATED)(make_handler("s3_photos_sns"))
    assert list_moves(app) == {
        "aws_sns_topic.s3_photos_sns-s3": "aws_sns_topic.s3_photos_sns",
        "module.s3_to_sns_s3_photos_sns.aws_sns_topic_policy.this": (
            "module.s3_photos_sns.aws_sns_topic_policy.this"
        ),
    }


def test_function_whose_name_begins_with_a_digit() -> None:
    app = Domovoi()
    tiles = app.function("3d-tiles")
    app.s3_event_handler("photos", CREATED, function=tiles, use_sqs=True)(make_handler("tend"))
    new = "_3d_tiles_s3_photos_sns_sqs"
    assert list_moves(app)["aws_sqs_queue.tend-s3"] == f"aws_sqs_queue.{new}"
    assert list_moves(app)[f"module.tend.{MAPPING}"] == f"module.{new}.{MAPPING}"


def test_app_without_s3_has_no_moves() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("orders")(make_handler("tend"))
    assert list_moves(app) == {}
