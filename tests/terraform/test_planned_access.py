"""Permissions and public resources in plans that Terraform made, of a repository that calls an app twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tftest
from paper_states import pretend_apply, write_files

from domovoi_tf import Domovoi, scoped
from domovoi_tf.cli.terraform.plan import plan as command
from domovoi_tf.plans.access.report import report_access
from domovoi_tf.plans.access.sentences import format_text
from domovoi_tf.plans.callers.instances import PlanOwners
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
MINE = "arn:aws:sqs:us-east-1:123456789012:aws_sqs_queue-mine"
READING = "sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage"
#: What SNS allows the topic's account by default.
OWNER_ACTIONS = (
    "sns:AddPermission, sns:DeleteTopic, sns:GetTopicAttributes, sns:ListSubscriptionsByTopic, sns:Publish, "
    "sns:RemovePermission, sns:SetTopicAttributes, sns:Subscribe"
)
PLAIN_HTTP = "if aws:SecureTransport Bool false"
#: The name that the state on paper has for the function.
FUNCTION = "module-team-module-bar-eu-module-lambda-aws_lambda_function-this"
EU = 'module.team.module.bar["eu"]'
WINES = f"{EU}.aws_sns_topic.wines"
TEAM = """\
module "bar" {
  for_each = toset(["eu", "us"])
  source   = "../app"

  name = "bar-${each.key}"
}
"""
#: Resources beside the apps, in two versions: the statements in another order, and what becomes public.
HOST = """\
provider "aws" {}

module "team" {
  source = "./team"
}

resource "aws_sqs_queue" "mine" {
  name = "mine"
}

data "aws_iam_policy_document" "mine" {
STATEMENTS
}

resource "aws_sqs_queue_policy" "mine" {
  queue_url = aws_sqs_queue.mine.url
  policy    = data.aws_iam_policy_document.mine.json
}

resource "aws_lb" "mine" {
  name     = "mine"
  internal = INTERNAL
  subnets  = ["subnet-1", "subnet-2"]
}

resource "aws_s3_bucket" "mine" {
  bucket = "mine"
}

resource "aws_s3_bucket_public_access_block" "mine" {
  bucket            = aws_s3_bucket.mine.bucket
  block_public_acls = true
}

variable "token" {
  default   = "s3cret"
  sensitive = true
}

resource "aws_iam_role_policy" "mine" {
  role   = "mine"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "${var.token}SUFFIX" }]
  })
}
"""
SEND = """\
  statement {
    SID
    actions   = ["sqs:SendMessage"]
    resources = ["arn:aws:sqs:us-east-1:123456789012:aws_sqs_queue-mine"]
    principals {
      type        = "AWS"
      identifiers = ["123456789012"]
    }
  }
"""
EVERYBODY = """\
  statement {
    actions   = ["sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.mine.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
"""


def handle(event: object, context: object) -> None: ...


def render_app(*queues: str, url: bool) -> dict[str, str]:
    """Returns the files of an app with queues, a topic, a bucket and maybe a function URL for everybody."""
    app = Domovoi()
    for name in queues:
        app.sqs_queue_subscriber(scoped(name), name=f"work_{name}")(handle)
    app.sns_topic_subscriber("wines", name="wine")(handle)
    app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sqs=True, use_sns=False, name="frame")(handle)
    if url:
        app.function_url(auth="NONE", name="answer")(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    return {file.path: file.content.decode() for file in files if file.path.startswith("app/")}


def spell_host(*statements: str, internal: str = "true", suffix: str = "") -> dict[str, str]:
    text = HOST.replace("STATEMENTS\n", "".join(statements)).replace("INTERNAL", internal)
    return {"main.tf": text.replace("SUFFIX", suffix), "team/main.tf": TEAM}


BEFORE = {**spell_host(SEND.replace("SID", "")), **render_app("jobs", url=True)}
AFTER = {
    **spell_host(EVERYBODY, SEND.replace("SID", 'sid = "Send"'), internal="false", suffix="/*"),
    **render_app("jobs", "orders", url=False),
}


@pytest.fixture(scope="module")
def root(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> Path:
    """The root module after the change, with the plans of its creation and of the change as JSON."""
    folder = tmp_path_factory.mktemp("access")
    (folder / "app").mkdir()
    (folder / "app" / "package.zip").touch()
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, folder, BEFORE, rounds=3)
    write_plan(runner, folder, "change.json", AFTER)
    (folder / "terraform.tfstate").unlink()
    write_plan(runner, folder, "creation.json", {})
    return folder


def write_plan(runner: Any, folder: Path, name: str, files: dict[str, str]) -> None:
    for path in (folder / "app").glob("*.tf") if files else ():
        path.unlink()
    write_files(folder, files)
    runner.setup(cleanup_on_exit=False)
    runner.execute_command("plan", "-input=false", "-refresh=false", "-out=it")
    (folder / name).write_text(runner.execute_command("show", "-json", "it").out)


def read(root: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((root / name).read_text())
    return document


def report(root: Path, name: str, *, with_text: bool) -> tuple[list[str], list[str]]:
    """Returns the permissions and what is public, of the instance in the EU and outside of the app."""
    plan = read(root, name)
    owners = PlanOwners(plan, root=root if with_text else None)
    found = report_access(plan, owners)
    permissions, public = (
        [
            f"{line.owner.title}: {format_text(line.sentence)}".removeprefix('team.bar["eu"] ')
            for line in lines
            if '["us"]' not in line.owner.title
        ]
        for lines in (found.permissions, found.public)
    )
    return permissions, public


def test_creation_names_unknown_values_by_their_addresses(root: Path) -> None:
    """The statements come from the text of the modules."""
    permissions, public = report(root, "creation.json", with_text=True)
    assert permissions == [
        f"wine: sns.amazonaws.com may now invoke bar-eu from {EU}.aws_sns_topic.wines",
        "function: lambda.amazonaws.com may now assume its role",
        "function: may now logs:CreateLogStream, logs:PutLogEvents on "
        f"{EU}.module.lambda.aws_cloudwatch_log_group.this:*",
        f"function: may now {READING} on {EU}.aws_sqs_queue.jobs, {EU}.aws_sqs_queue.orders, "
        f"{EU}.aws_sqs_queue.s3_photos_sqs",
        f"sources: everyone is now denied sns:Publish on {WINES} {PLAIN_HTTP}",
        f"sources: everyone is now denied sqs:* on {EU}.aws_sqs_queue.jobs {PLAIN_HTTP}",
        f"sources: everyone is now denied sqs:* on {EU}.aws_sqs_queue.orders {PLAIN_HTTP}",
        f"sources: everyone may now {OWNER_ACTIONS} on {WINES} for account {WINES}",
        "module s3_photos_sqs: everyone is now denied sqs:* on "
        f"{EU}.aws_sqs_queue.s3_photos_sqs {PLAIN_HTTP}",
        f"module s3_photos_sqs: s3.amazonaws.com may now sqs:SendMessage on {EU}.aws_sqs_queue.s3_photos_sqs "
        "from arn:(known after apply):s3:::photos for account (known after apply)",
        f"root module: account 123456789012 may now sqs:SendMessage on {MINE}",
        "root module: everyone may now sqs:GetQueueUrl on aws_sqs_queue.mine",
        "root module: the policy changes, and is sensitive: aws_iam_role_policy.mine",
    ]
    assert public == [
        "root module: new: everyone may sqs:GetQueueUrl on aws_sqs_queue.mine",
        "root module: new: the load balancer mine is internet-facing",
        "root module: new: the public access block of mine is off: block_public_policy, "
        "ignore_public_acls, restrict_public_buckets",
    ]


def test_creation_without_the_text_of_the_modules_names_the_policies(root: Path) -> None:
    permissions, _ = report(root, "creation.json", with_text=False)
    policy = f'{EU}.module.iam.aws_iam_role_policy.mappings["sqs"]'
    assert f"function: the policy is known after the apply: {policy}" in permissions
    assert (
        "module s3_photos_sqs: the resource policy is known after the apply: "
        f"{EU}.module.s3_photos_sqs.aws_sqs_queue_policy.this (refers to {EU}.aws_sqs_queue.s3_photos_sqs)"
    ) in permissions


def test_change_lists_only_what_differs(root: Path) -> None:
    permissions, public = report(root, "change.json", with_text=True)
    assert permissions == [
        f"answer: everyone may no longer call the URL of {FUNCTION}",
        f"function: may now {READING} on {EU}.aws_sqs_queue.orders",
        f"sources: everyone is now denied sqs:* on {EU}.aws_sqs_queue.orders {PLAIN_HTTP}",
        f"root module: everyone may now sqs:GetQueueUrl on {MINE}",
        "root module: the policy changes, and is sensitive: aws_iam_role_policy.mine",
    ]
    assert public == [
        f"answer: no longer: everyone may call the URL of {FUNCTION}",
        f"root module: new: everyone may sqs:GetQueueUrl on {MINE}",
        "root module: new: the load balancer mine is internet-facing",
        "root module: the public access block of mine is off: block_public_policy, ignore_public_acls, "
        "restrict_public_buckets",
    ]


def test_command_reads_the_plan_without_a_project(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    command.main(["--plan-json", "change.json", "--json"], standalone_mode=False)
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert err == ""
    assert document["instances"] == [EU, EU.replace("eu", "us")]
    owners = {(each["owner"].get("instance"), each["owner"]["kind"]) for each in document["changes"]}
    assert ('team.bar["us"]', "handler") in owners
    assert (None, "outside") in owners
    lost = {each["address"]: each.get("loss") for each in document["changes"] if each["action"] == "delete"}
    assert lost[f"{EU}.module.answer.aws_lambda_function_url.this"] == (
        "callers of the URL fail, and it never comes back"
    )
    assert "s3cret" not in out
    command.main(["--plan-json", "change.json", "--markdown"], standalone_mode=False)
    comment = capfd.readouterr().out
    assert "\n**Outside of the app**\n" in comment
    assert '- **team.bar\\["eu"\\] function** (wine, work\\_jobs, work\\_orders) may now ' in comment
    assert "s3cret" not in comment
    with pytest.raises(SystemExit) as exited:
        command.main(["--plan-json", "change.json", "--detailed-exitcode"], standalone_mode=False)
    assert exited.value.code == 2
    text = capfd.readouterr().out
    assert '\nPermissions:\n  team.bar["eu"] answer ' in text
    assert "\nPublic:\n" in text
