"""Tests that what 0.1.0 rendered is moved to its new address, once, and nothing else is moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, settings, variable
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.synthesis.moves import find_legacy_moves
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

from .test_app_module import SETTINGS, make_handler

RELEASE = Path(__file__).parents[2] / "upgrades" / "0.1.0"
CREATED = ["s3:ObjectCreated:*"]
PERMISSION, SUBSCRIPTION = "aws_lambda_permission.this", "aws_sns_topic_subscription.this"
MAPPING, POLICY = "aws_lambda_event_source_mapping.this", "aws_sqs_queue_policy.this"


def list_moves(app: Domovoi) -> dict[str, str]:
    """Returns the new address of each resource or module call, by its address in 0.1.0."""
    application = app.freeze()
    assert validate(application, SETTINGS) == ()
    return find_legacy_moves(application)


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
    assert list_moves(app) == {
        "module.tend": "module.tend_orders",
        "module.tend_s3": "module.s3_photos_direct",
    }


def test_calls_sources_functions_and_machines_are_moved_to_their_labels() -> None:
    app, tend = Domovoi(), make_handler("tend")
    tiles = app.function("3d-tiles")
    app.sns_topic_subscriber("orders-west")(tend)
    app.sqs_queue_subscriber("jobs", max_receive_count=2)(tend)
    app.sns_topic_subscriber(variable("news_arn"), function=tiles)(tend)
    app.sns_topic_subscriber("menu", create=False)(make_handler("pourAle"))
    app.s3_event_handler("my-photos", CREATED, create=True, use_sns=False)(make_handler("print_it"))
    definition = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}
    machine = app.register_state_machine(definition, "brew-2")
    app.step_function_task("Brew", machine)(tend)
    app.lambda_function()(tend)
    assert list_moves(app) == {
        "module.lambda_3d-tiles": "module.lambda_3d_tiles",
        "module.iam_3d-tiles": "module.iam_3d_tiles",
        "module.state_machine_brew-2": "module.state_machine_brew_2",
        "aws_sns_topic.orders-west": "aws_sns_topic.orders_west",
        "aws_sqs_queue.jobs-dead-letters": "aws_sqs_queue.jobs_dead_letters",
        "aws_s3_bucket.my-photos": "aws_s3_bucket.my_photos",
        "aws_s3_bucket_notification.my-photos": "aws_s3_bucket_notification.my_photos",
        "module.tend": "module.tend_orders_west",
        "module.tend_sqs": "module.tend_jobs",
        "module.tend_sns": "module.tend_news_arn",
        "module.pourAle": "module.pour_ale",
        "module.print_it": "module.s3_my_photos_direct",
    }


def test_labels_of_the_first_version_depended_on_the_order() -> None:
    app, tend = Domovoi(), make_handler("tend")
    app.sqs_queue_subscriber("jobs")(tend)
    app.sns_topic_subscriber("orders")(tend)
    app.sns_topic_subscriber("menu")(tend)
    assert list_moves(app) == {
        "module.tend": "module.tend_jobs",
        "module.tend_sns": "module.tend_orders",
        "module.tend_sns_2": "module.tend_menu",
    }


def list_addresses(text: str) -> set[str]:
    """Returns the addresses of the resources and module calls in Terraform files."""
    modules = re.findall(r'^module "([^"]+)"', text, re.MULTILINE)
    resources = re.findall(r'^resource "([^"]+)" "([^"]+)"', text, re.MULTILINE)
    return {*(f"module.{label}" for label in modules), *(f"{kind}.{label}" for kind, label in resources)}


def cut(address: str) -> str:
    """Returns the address of the module call that a resource is in, or that of the resource."""
    return ".".join(address.split(".")[:2])


def test_every_address_in_the_tree_of_the_first_version_is_kept_or_moved() -> None:
    files = sorted((RELEASE / "terraform" / "app").glob("*.tf"))
    before = list_addresses("\n".join(path.read_text() for path in files))
    configured = settings.load(RELEASE / "project", "dev")
    application = loader.load(RELEASE / "project", configured.environment_variables)
    tree = render(synthesize(application, configured), assets.find_templates(), assets.find_modules())
    rendered = [file.content.decode() for file in tree if re.fullmatch(r"app/\w+\.tf", file.path)]
    after = list_addresses("\n".join(rendered))
    moves = find_legacy_moves(application)
    assert {cut(old) for old in moves} <= before
    assert {cut(new) for new in moves.values()} <= after
    assert before - after - {cut(old) for old in moves} == set()


def test_nothing_is_moved_away_from_an_address_of_the_tree() -> None:
    app, tend = Domovoi(), make_handler("tend")
    for topic in ("orders", "menu"):
        app.sns_topic_subscriber(topic)(tend)
    app.sns_topic_subscriber("jobs")(make_handler("tend_sns"))
    assert list_moves(app) == {
        "module.tend": "module.tend_orders",
        "module.tend_sns_sns": "module.tend_sns",
    }


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
    new = "x3d_tiles_s3_photos_sns_sqs"
    assert list_moves(app)["aws_sqs_queue.tend-s3"] == f"aws_sqs_queue.{new}"
    assert list_moves(app)[f"module.tend.{MAPPING}"] == f"module.{new}.{MAPPING}"


def test_app_without_s3_has_no_moves() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("orders")(make_handler("tend"))
    assert list_moves(app) == {}
