"""Tests that a plan rejects inputs that AWS would reject at apply: Regions of sources, names of buckets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
def root(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> Path:
    """A root module that calls the app's module, initialised."""
    folder = tmp_path_factory.mktemp("regions")
    stack = synthesize(build_app().freeze(), Settings(app_name="bar", stage="dev"))
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        if file.path.startswith("app/"):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    (folder / "app" / "package.zip").write_bytes(b"zip")
    (folder / "main.tf").write_text(HOST.replace("TOPIC", '""').replace("LETTERS", LETTERS))
    Terraform(folder, aws_environment, attached_terraform).capture("init")
    return folder


def plan(root: Path, terraform: Terraform, topic: str, letters: str = LETTERS) -> set[str]:
    """Plans the root module and returns the addresses of the resources to create."""
    (root / "main.tf").write_text(HOST.replace("TOPIC", topic).replace("LETTERS", letters))
    terraform.capture("plan", "-out=plan")
    changes = json.loads(terraform.capture("show", "-json", "plan"))["resource_changes"]
    return {change["address"] for change in changes if change["change"]["actions"] == ["create"]}


@pytest.mark.parametrize("topic", ['"arn:aws:sns:us-east-1:123456789012:orders"', "aws_sns_topic.orders.arn"])
def test_sources_of_the_region_of_the_functions_are_planned(
    topic: str, root: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    """The ARN may be unknown until apply."""
    planned = plan(root, Terraform(root, aws_environment, attached_terraform), topic)
    assert "module.bar.module.order.aws_sns_topic_subscription.this" in planned


@pytest.mark.parametrize(
    ("topic", "letters", "name"),
    [
        ('"arn:aws:sns:eu-west-1:123456789012:orders"', LETTERS, "topic"),
        ('"arn:aws:sns:us-east-1:123456789012:orders"', LETTERS.replace("us-east-1", "eu-west-1"), "letters"),
    ],
)
def test_source_of_another_region_is_rejected_at_plan(
    topic: str,
    letters: str,
    name: str,
    root: Path,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    with pytest.raises(TerraformError) as raised:
        plan(root, Terraform(root, aws_environment, attached_terraform), topic, letters)
    message = " ".join(str(raised.value).replace("│", " ").split())
    assert (
        f"{name} is in the Region eu-west-1, but the functions are in us-east-1, where the app connects its "
        "sources. Pass an ARN in us-east-1, or deploy the app to the other Region."
    ) in message


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
    """As docs/functions.md advises, because the configuration accepts three arguments only."""
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
