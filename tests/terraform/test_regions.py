"""Tests that a plan rejects inputs that AWS would reject at apply: Regions of sources, names of buckets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tftest
from paper_states import plan_changes, pretend_apply, write_files

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import TerraformError
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform

HOST = """\
provider "aws" {}

resource "aws_sns_topic" "orders" {
  name = "orders"
}

module "bar" {
  source    = "./app"
  name      = "bar"
  topic     = TOPIC
  letters   = LETTERS
  clicks    = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  changes   = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2030-01-01T00:00:00.000"
  log_lines = "arn:aws:logs:us-east-1:123456789012:log-group:/bar"
  bus       = "central"
  alb_listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/0/0"
}
"""
LETTERS = '"arn:aws:sqs:us-east-1:123456789012:letters"'


def handle(event: object, context: object) -> None: ...


def build_app() -> Domovoi:
    app = Domovoi()
    app.sns_topic_subscriber(variable("topic"), name="order")(handle)
    app.sqs_queue_subscriber(variable("letters"), name="read")(handle)
    app.kinesis_stream_handler(variable("clicks"), name="click")(handle)
    app.dynamodb_stream_handler(variable("changes"), name="follow")(handle)
    app.cloudwatch_logs_sub_filter_handler(variable("log_lines"), "", name="watch")(handle)
    app.cloudwatch_event_handler(event_bus_name=variable("bus"), source=["a"], name="restock")(handle)
    app.alb_target("/bar", name="serve")(handle)
    return app


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a root module that calls the app's module."""
    return tmp_path_factory.mktemp("regions")


@pytest.fixture(scope="module")
def runner(root: Path, attached_terraform: Binary, aws_environment: dict[str, str]) -> tftest.TerraformTest:
    """The runner of the root module, whose functions exist: their ARNs tell the Region."""
    stack = synthesize(build_app().freeze(), Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    texts = {file.path: file.content.decode() for file in files if file.path.startswith("app/")}
    topic = '"arn:aws:sns:us-east-1:123456789012:orders"'
    host = HOST.replace("TOPIC", topic).replace("LETTERS", LETTERS)
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, root, {**texts, "app/package.zip": "zip", "main.tf": host}, rounds=2)
    return runner


def plan(root: Path, runner: tftest.TerraformTest, topic: str, letters: str = LETTERS) -> dict[str, Any]:
    """Plans the root module, in which the functions exist, and returns the changes by address."""
    write_files(root, {"main.tf": HOST.replace("TOPIC", topic).replace("LETTERS", letters)})
    return plan_changes(runner)


@pytest.mark.parametrize("topic", ['"arn:aws:sns:us-east-1:123456789012:orders"', "aws_sns_topic.orders.arn"])
def test_sources_of_the_region_of_the_functions_are_planned(
    topic: str, root: Path, runner: tftest.TerraformTest
) -> None:
    assert plan(root, runner, topic)["module.bar.module.order.aws_sns_topic_subscription.this"]


@pytest.mark.parametrize(
    ("topic", "letters", "noun", "handler"),
    [
        ('"arn:aws:sns:eu-west-1:123456789012:orders"', LETTERS, "topic", "order"),
        (
            '"arn:aws:sns:us-east-1:123456789012:orders"',
            LETTERS.replace("us-east-1", "eu-west-1"),
            "queue",
            "read",
        ),
    ],
)
def test_source_of_another_region_is_rejected_at_plan(
    topic: str, letters: str, noun: str, handler: str, root: Path, runner: tftest.TerraformTest
) -> None:
    with pytest.raises(tftest.TerraformTestError) as raised:
        plan(root, runner, topic, letters)
    message = " ".join(re.sub(r"\x1b\[\d+m|│", " ", str(raised.value.args[1])).split())
    assert (
        f"The {noun} is in another Region than the function. Pass the ARN of one in the function's Region, "
        "or deploy the app to the other Region."
    ) in message
    assert f'in module "{handler}"' in message


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_first_plan_of_a_stage_compares_the_regions_of_all_arns(
    region: str, tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    """No function tells the Region yet, so the stage's root does."""
    stack = synthesize(build_app().freeze(), Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    write_files(tmp_path, {file.path: file.content.decode() for file in files})
    call = HOST.replace("TOPIC", '"arn:aws:sns:us-east-1:123456789012:orders"').replace("LETTERS", LETTERS)
    values = dict(re.findall('^  ([a-z_]+) += "(.+)"$', call, re.MULTILINE))
    arns = {name: value.replace("us-east-1", region) for name, value in values.items() if "arn:" in value}
    lines = [f'{name} = "{value}"\n' for name, value in {**arns, "bus": "central"}.items()]
    root = tmp_path / "stages" / "dev"
    write_files(root, {"terraform.tfvars": "".join(lines), "../../app/package.zip": "zip"})
    terraform = Terraform(root, aws_environment, attached_terraform)
    terraform.capture("init")
    if region == "us-east-1":
        assert "module.app.module.order.aws_sns_topic_subscription.this" in terraform.capture("plan")
        return
    with pytest.raises(TerraformError) as raised:
        terraform.capture("plan")
    message = " ".join(str(raised.value).replace("│", " ").split())
    rejected = re.findall(
        r"(\w+) is in another Region than the functions\. Pass an ARN in their Region, or deploy the app to "
        r"the other Region\.",
        message,
    )
    assert sorted(rejected) == sorted(arns)
    assert len(arns) == 6


@pytest.mark.parametrize(
    ("name", "problem"), [("bar-dev", None), ("Bar-dev", "Bar-dev-photos"), ("b" * 57, f"{'b' * 57}-photos")]
)
def test_bucket_name_with_the_input_of_a_caller_is_checked_at_plan(
    name: str,
    problem: str | None,
    tmp_path: Path,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    app = Domovoi()
    app.s3_event_handler(scoped("photos"), ["s3:ObjectCreated:*"], create=True, use_sns=False)(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    (tmp_path / "app" / "package.zip").write_bytes(b"zip")
    root = f'provider "aws" {{}}\n\nmodule "bar" {{\n  source = "./app"\n  name   = "{name}"\n}}\n'
    (tmp_path / "main.tf").write_text(root)
    terraform = Terraform(tmp_path, aws_environment, attached_terraform)
    terraform.capture("init")
    if problem is None:
        assert "-photos" in terraform.capture("plan")
        return
    with pytest.raises(TerraformError) as raised:
        terraform.capture("plan")
    assert (
        f"The bucket name {problem} must have at most 63 characters: lower-case letters, digits, and dots "
        "and hyphens between them. It contains an input of the app's module, such as name."
    ) in " ".join(str(raised.value).replace("│", " ").split())


def test_own_file_adds_arguments_to_the_provider(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    """As docs/guides/functions.md advises, because the configuration accepts three arguments only."""
    app = Domovoi()
    app.sns_topic_subscriber("orders")(handle)
    settings = Settings(app_name="bar", stage="dev", provider={"region": "us-east-1"})
    for file in render(synthesize(app.freeze(), settings), assets.find_templates(), assets.find_modules()):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    (tmp_path / "app" / "package.zip").write_bytes(b"zip")
    root = tmp_path / "stages" / "dev"
    (root / "providers_override.tf").write_text('provider "aws" {\n  retry_mode = "adaptive"\n}\n')
    terraform = Terraform(root, aws_environment, attached_terraform)
    terraform.capture("init")
    terraform.capture("plan", "-out=plan")
    configuration = json.loads(terraform.capture("show", "-json", "plan"))["configuration"]
    expressions = configuration["provider_config"]["aws"]["expressions"]
    assert {name: value["constant_value"] for name, value in expressions.items()} == {
        "region": "us-east-1",
        "retry_mode": "adaptive",
    }
