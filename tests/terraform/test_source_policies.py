"""Tests the policies of the app's sources with a mocked provider: who may use them, and how."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.errors import TerraformError
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform

ARN = "arn:aws:{}:us-east-1:123456789012:function:x"
TYPES = {
    "aws_cloudwatch_event_rule": "events",
    "aws_cloudwatch_log_group": "logs",
    "aws_iam_role": "iam",
    "aws_lambda_function": "lambda",
    "aws_s3_bucket": "s3",
    "aws_sns_topic": "sns",
    "aws_sqs_queue": "sqs",
}
MOCK = """  mock_resource "{}" {{
    defaults = {{ arn = "{}", owner = "123456789012" }}
  }}
"""
MOCKS = "".join(MOCK.format(each, ARN.format(service)) for each, service in TYPES.items())
TEST = """mock_provider "aws" {{
{mocks}}}

run "policies" {{
  command = apply

  variables {{
    name            = "bar"
    source_policies = {policies}
  }}
{assertions}}}
"""
ADDED = {"Sid": "Added", "Effect": "Allow", "Principal": "*", "Action": "a:B", "Resource": "*"}
OWN = {"Sid": "Own", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
OUTPUTS = """
output "policies" {
  value = {
    bucket  = aws_s3_bucket_policy.photos.policy
    topic   = aws_sns_topic_policy.orders.policy
    queue   = aws_sqs_queue_policy.work.policy
    letters = aws_sqs_queue_policy.work_dead_letters.policy
    redrive = aws_sqs_queue_redrive_allow_policy.work_dead_letters.redrive_allow_policy
  }
}
"""


def handle(event: object, context: object) -> None: ...


def deny(action: str, resource: object) -> dict[str, Any]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return {"Sid": "DenyPlainHttp", **statement, "Condition": condition}


@pytest.fixture(scope="module")
def app_folder(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> Path:
    """The module of an app with a queue, its dead-letter queue, a topic and a bucket, initialised."""
    folder = tmp_path_factory.mktemp("policies")
    app = Domovoi()
    app.sns_topic_subscriber("orders", name="order")(handle)
    attributes = {"Policy": {"Version": "2008-10-17", "Id": "mine", "Statement": OWN}}
    app.sqs_queue_subscriber("work", queue_attributes=attributes, max_receive_count=3, name="work")(handle)
    app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_eventbridge=True, create=True, name="develop")(
        handle
    )
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        if file.path.startswith("app/"):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    (folder / "app" / "package.zip").write_bytes(b"zip")
    (folder / "app" / "policies_output.tf").write_text(OUTPUTS)
    (folder / "app" / "tests").mkdir()
    Terraform(folder / "app", aws_environment, attached_terraform).capture("init")
    return folder / "app"


def run_test(terraform: Terraform, policies: str, assertions: str) -> str:
    text = TEST.format(mocks=MOCKS, policies=policies, assertions=assertions)
    (terraform.folder / "tests" / "policies.tftest.hcl").write_text(text)
    return terraform.capture("test", "-no-color", "-verbose")


@pytest.fixture
def terraform(app_folder: Path, attached_terraform: Binary, aws_environment: dict[str, str]) -> Terraform:
    return Terraform(app_folder, aws_environment, attached_terraform)


def make_assertion(name: str, attribute: str, expected: object) -> str:
    """Returns the assertion that a policy has an attribute with a value."""
    value = json.dumps(json.dumps(expected))
    return (
        "  assert {\n"
        f"    condition     = jsondecode(output.policies.{name}){attribute} == jsondecode({value})\n"
        f'    error_message = "{name}: ${{output.policies.{name}}}"\n'
        "  }\n"
    )


def test_policies_deny_plain_http_and_have_the_statements_of_others(terraform: Terraform) -> None:
    account = {"StringEquals": {"AWS:SourceOwner": "123456789012"}}
    topic = ARN.format("sns")
    actions = "AddPermission DeleteTopic GetTopicAttributes ListSubscriptionsByTopic Publish RemovePermission"
    default = {
        "Sid": "AllowAccount",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"sns:{each}" for each in [*actions.split(), "SetTopicAttributes", "Subscribe"]],
        "Resource": topic,
        "Condition": account,
    }
    bucket, queue = ARN.format("s3"), ARN.format("sqs")
    document = f"jsonencode({{ Statement = [jsondecode({json.dumps(json.dumps(ADDED))})] }})"
    assertions = (
        make_assertion("bucket", ".Statement", [deny("s3:*", [bucket, f"{bucket}/*"]), ADDED]),
        make_assertion("topic", ".Statement", [default, deny("sns:Publish", topic), ADDED]),
        make_assertion("queue", ".Statement", [OWN, deny("sqs:*", queue), ADDED]),
        make_assertion("queue", ".Version", "2008-10-17"),
        make_assertion("queue", ".Id", "mine"),
        make_assertion("letters", ".Statement", [deny("sqs:*", queue)]),
        make_assertion("redrive", "", {"redrivePermission": "byQueue", "sourceQueueArns": [queue]}),
    )
    policies = ", ".join(
        f"{word} = {{ {name} = {document} }}"
        for word, name in (("buckets", "photos"), ("topics", "orders"), ("queues", "work"))
    )
    out = run_test(terraform, f"{{ {policies} }}", "".join(assertions))
    assert "1 passed, 0 failed" in out, out


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{ queues = { job = "{}" } }', "must be one of the app's: work, work-dead-letters."),
        ('{ topics = { orders = "{}" } }', "Each document must be a policy in JSON, with a Statement."),
    ],
)
def test_wrong_policies_of_others_are_errors(terraform: Terraform, value: str, message: str) -> None:
    with pytest.raises(TerraformError) as error:
        run_test(terraform, value, "")
    assert message in " ".join(str(error.value).replace("│", " ").split())
