"""Tests that trees are formatted however many functions an app has, and whatever their names are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:spilt"


def build_application(count: int, name: str) -> Domovoi:
    """Returns an app with functions, each with a handler of each kind of source with a policy or a list."""
    app = Domovoi()
    for number in range(count):
        function = app.function(f"{name}{number}", starts=[])

        @app.sns_topic_subscriber(f"{name}-topic-{number}", name=f"topic{number}", function=function)
        @app.sqs_queue_subscriber(f"{name}-queue-{number}", name=f"queue{number}", function=function)
        @app.s3_event_handler(
            f"{name.replace('_', '-')}-bucket-{number}",
            ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            create=True,
            use_sns=False,
            name=f"bucket{number}",
            function=function,
        )
        @app.email_receipt_handler(
            [f"{name}-{each}@example.com" for each in range(count)],
            rule_set_name=f"{name}-rules",
            name=f"mail{number}",
            function=function,
        )
        def handle(event: object, context: object) -> None: ...

    return app


@pytest.mark.parametrize(("count", "name"), [(1, "a"), (7, "rather_long_name_of_a_function_"), (15, "bar")])
def test_tree_of_many_names_is_formatted(
    count: int,
    name: str,
    tmp_path: Path,
    terraform_binary: Binary,
    terraform_environment: Mapping[str, str],
) -> None:
    settings = Settings(
        app_name="bar",
        stage="prod",
        layers=tuple(f"arn:aws:lambda:eu-west-1:123456789012:layer:{name}-{each}:1" for each in range(5)),
        subnet_ids=tuple(f"subnet-0123456789abcde{each:02x}" for each in range(min(count, 16))),
        security_group_ids=tuple(f"sg-0123456789abcde{each:02x}" for each in range(min(count, 5))),
        tags={f"{name}{each}": "x" for each in range(count)},
        dead_letter_queue_target_arn=QUEUE,
    )
    tree = render(
        synthesize(build_application(count, name).freeze(), settings),
        assets.find_templates(),
        assets.find_modules(),
    )
    for file in tree:
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(file.content)
    runner = Terraform(tmp_path, dict(terraform_environment), terraform_binary)
    assert runner.capture("fmt", "-list=true", "-write=true", "-recursive") == ""
