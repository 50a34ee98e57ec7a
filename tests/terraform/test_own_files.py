"""Tests files beside the rendered ones that terraform-aws-modules.md and tree.md in docs show or name.

By a plan: Terraform ignores arguments in override files that the resource does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import tftest
from documentation.pages import list_texts, quote_block, read_page

from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
PATH = "docs/coming-from/terraform-aws-modules.md"
PAGE = read_page(PATH).text
#: The files of the page by their paths in the rendered tree, which are in the first line of each block.
EXAMPLES = {
    text.partition("\n")[0].removeprefix("# terraform/"): text
    for text in list_texts(PATH, "hcl")
    if text.startswith("# terraform/")
}
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
QUEUE = "arn:aws:sqs:us-east-1:123456789012:spilt"
ACCESS_POINT = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"
APP = """\
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.sns_topic_subscriber("orders")
def order(event, context): ...


@app.scheduled_function("rate(1 minute)")
def tick(event, context): ...


@app.scheduled_function("rate(1 day)", timezone="Europe/Vienna")
def open_up(event, context): ...


@app.step_function_task("Brew", {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}})
def brew(event, context): ...
"""
CONFIGURATION = {
    "app_name": "bar",
    "subnet_ids": ["subnet-0123456789abcdef0"],
    "security_group_ids": ["sg-0123456789abcdef0"],
}
#: Overrides that the page names and does not show, by module.
OVERRIDES = {
    "iam": """
resource "aws_iam_role" "this" {
  description          = "Of the bar."
  max_session_duration = 7200
}
""",
    "lambda": f"""
resource "aws_lambda_function" "this" {{
  replace_security_groups_on_destroy = true
  skip_destroy                       = true

  file_system_config {{
    arn              = "{ACCESS_POINT}"
    local_mount_path = "/mnt/cellar"
  }}

  vpc_config {{
    subnet_ids                  = var.settings.vpc.subnet_ids
    security_group_ids          = var.settings.vpc.security_group_ids
    ipv6_allowed_for_dual_stack = true
  }}
}}
""",
    "state_machine": 'resource "aws_sfn_state_machine" "this" {\n  publish = true\n}\n',
    "triggers/rule": f"""
resource "aws_cloudwatch_event_target" "this" {{
  dead_letter_config {{
    arn = "{QUEUE}"
  }}

  retry_policy {{
    maximum_retry_attempts = 3
  }}
}}
""",
    "triggers/scheduler": f"""
resource "aws_scheduler_schedule" "this" {{
  start_date = "2030-01-01T00:00:00Z"

  target {{
    arn      = var.function.arn
    role_arn = local.role_arn

    dead_letter_config {{
      arn = "{QUEUE}"
    }}
  }}
}}
""",
    "triggers/sns": f"""
resource "aws_sns_topic_subscription" "this" {{
  redrive_policy = jsonencode({{ deadLetterTargetArn = "{QUEUE}" }})
}}
""",
}


@pytest.fixture(scope="module")
def planned(
    tmp_path_factory: pytest.TempPathFactory,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> dict[str, Any]:
    """The planned values of resources, by addresses in the app, of a tree with all of these files."""
    project, tree = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("tree")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps(CONFIGURATION))
    (project / "app.py").write_text(APP)
    rendered(project, tree)
    (tree / "app" / "package.zip").touch()
    for path, text in EXAMPLES.items():
        (tree / path).write_text(text, encoding="utf-8")
    for module, text in OVERRIDES.items():
        (tree / "app" / "modules" / module / "own_override.tf").write_text(text)
    stage = tree / "stages" / "dev"
    (stage / "test_override.tf").write_text(BACKEND)
    example_of_a_stage = quote_block("docs/reference/tree.md", "# stages/prod/main_override.tf\n")
    (stage / "main_override.tf").write_text(example_of_a_stage)
    runner: Any = tftest.TerraformTest(str(stage), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    runner.execute_command("plan", "-input=false", "-out=tfplan")
    plan = json.loads(runner.execute_command("show", "-json", "tfplan").out)
    return {
        change["address"].removeprefix("module.app."): change["change"]["after"]
        for change in plan["resource_changes"]
    }


def test_files_are_those_of_the_page() -> None:
    assert [*EXAMPLES] == ["app/modules/lambda/main_override.tf", "app/extra.tf"]
    assert {*re.findall(r"\bin\s`modules/([\w/]+)`", PAGE)} == {*OVERRIDES}


def test_files_that_the_pages_show_are_planned(planned: dict[str, Any]) -> None:
    group = planned["module.lambda.aws_cloudwatch_log_group.this"]
    assert (group["log_group_class"], group["skip_destroy"]) == ("INFREQUENT_ACCESS", True)
    assert group["name"] == "/aws/lambda/bar-dev"
    function = planned["module.lambda.aws_lambda_function.this"]
    assert [block["apply_on"] for block in function["snap_start"]] == ["PublishedVersions"]
    # Otherwise it has the digest of the package.
    assert "source_code_hash" not in function
    assert planned["aws_iam_role_policy_attachment.insights"]["role"] == "bar-dev"
    loop = planned["aws_lambda_function_recursion_config.this"]
    assert (loop["function_name"], loop["recursive_loop"]) == ("bar-dev", "Allow")


def test_overrides_of_functions_and_roles_are_planned(planned: dict[str, Any]) -> None:
    role = planned['module.iam.aws_iam_role.this["this"]']
    assert (role["name"], role["description"], role["max_session_duration"]) == (
        "bar-dev",
        "Of the bar.",
        7200,
    )
    function = planned["module.lambda.aws_lambda_function.this"]
    assert (function["replace_security_groups_on_destroy"], function["skip_destroy"]) == (True, True)
    assert function["file_system_config"] == [{"arn": ACCESS_POINT, "local_mount_path": "/mnt/cellar"}]
    (network,) = function["vpc_config"]
    assert (network["subnet_ids"], network["ipv6_allowed_for_dual_stack"]) == (
        CONFIGURATION["subnet_ids"],
        True,
    )


def test_overrides_of_sources_and_machines_are_planned(planned: dict[str, Any]) -> None:
    assert planned["module.state_machine.aws_sfn_state_machine.this"]["publish"] is True
    target = planned["module.tick.aws_cloudwatch_event_target.this"]
    assert target["dead_letter_config"] == [{"arn": QUEUE}]
    assert [policy["maximum_retry_attempts"] for policy in target["retry_policy"]] == [3]
    schedule = planned["module.open_up.aws_scheduler_schedule.this"]
    assert schedule["start_date"] == "2030-01-01T00:00:00Z"
    assert [target["dead_letter_config"] for target in schedule["target"]] == [[{"arn": QUEUE}]]
    subscription = planned["module.order.aws_sns_topic_subscription.this"]
    assert json.loads(subscription["redrive_policy"]) == {"deadLetterTargetArn": QUEUE}
