"""Tests which function settings Terraform plans, and that a plan works with values that are not known yet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tftest
from every_setting import EVERYTHING, build_application

from domovoi_tf import Domovoi
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform

HOST = """\
provider "aws" {}

resource "aws_sqs_queue" "spilt" {
  name_prefix = "spilt-"
}

resource "aws_sns_topic" "spilt" {
  name_prefix = "spilt-"
}

resource "aws_kms_key" "bar" {}

resource "aws_lambda_code_signing_config" "bar" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/bar/1"]
  }
}

resource "aws_iam_role" "shared" {
  name_prefix        = "shared-"
  assume_role_policy = "{}"
}

resource "aws_iam_policy" "bounds" {
  name_prefix = "bounds-"
  policy      = "{}"
}

resource "aws_iam_role_policy" "shared" {
  role   = aws_iam_role.shared.name
  policy = module.bar.policy_documents["reports"]
}

resource "aws_iam_role_policy" "machine" {
  role   = aws_iam_role.shared.name
  policy = module.bar.state_machine_policy_documents["default"]
}

resource "aws_security_group" "bar" {
  name_prefix = "bar-"
}

module "bar" {
  source = "./app"

  name = "bar"
  tags = { team = "bar", owner = "me" }

  settings = {
    memory_size           = 256
    timeout               = 20
    xray                  = true
    publish               = true
    dead_letter_queue     = { target_arn = aws_sqs_queue.spilt.arn }
    on_failure            = { destination_arn = aws_sns_topic.spilt.arn }
    kms_key               = { arn = aws_kms_key.bar.arn }
    source_kms_key_arns   = [aws_kms_key.bar.arn]
    log_group_kms_key     = { arn = aws_kms_key.bar.arn }
    code_signing_config   = { arn = aws_lambda_code_signing_config.bar.arn }
    vpc                   = { subnet_ids = ["subnet-1"], security_group_ids = [aws_security_group.bar.id] }
    layers                = [aws_sns_topic.spilt.name]
    environment_variables = { GLASS = "pint", BEER = "stout" }
  }

  role = {
    permissions_boundary = aws_iam_policy.bounds.arn
  }

  state_machines = {
    logging = { level = "ERROR" }
  }

  existing_roles = {
    state_machines = { default = aws_iam_role.shared.arn }
    schedules      = { open_up = aws_iam_role.shared.arn }
  }

  functions = {
    night = {
      timeout               = 5
      memory_size           = 512
      xray                  = false
      publish               = false
      tags                  = { team = "night" }
      environment_variables = { GLASS = "none" }
    }
  }

  roles = {
    reports = {
      existing = { arn = aws_iam_role.shared.arn }
    }
    night = {
      autogen_policy = false
      policies       = { user = jsonencode({ Topic = aws_sns_topic.spilt.arn }) }
    }
  }
}

output "roles" {
  value = { name = module.bar.role_name, arn = module.bar.role_arn }
}

output "log_groups" {
  value = module.bar.state_machine_log_group_names
}
"""
MACHINE = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}
CONCERNS = ("dead_letter", "destinations", "kms", "logs", "states", "vpc", "xray")


def handle(event: object, context: object) -> None: ...


def open_up(event: object, context: object) -> None: ...


def close_up(event: object, context: object) -> None: ...


def build_app() -> Domovoi:
    app = Domovoi()
    app.function("reports", memory_size=1024)
    app.function("night", memory_size=1024, timeout=900)
    app.step_function_task("Brew", MACHINE)(handle)
    app.sqs_queue_subscriber("letters", function="night")(handle)
    app.lambda_function(function="reports")(handle)
    app.scheduled_function("cron(0 9 * * ? *)", timezone="Europe/Vienna", function="reports")(open_up)
    app.scheduled_function("cron(0 23 * * ? *)", timezone="Europe/Vienna", function="reports")(close_up)
    return app


def create_runner(
    folder: Path, host: str, binary: Binary, environment: dict[str, str], app: Domovoi | None = None
) -> Any:
    """Writes a root that calls the app's module, and returns its initialised runner."""
    stack = synthesize((app or build_app()).freeze(), Settings(app_name="bar", stage="dev"))
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        if file.path.startswith("app/"):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    (folder / "app" / "package.zip").touch()
    (folder / "main.tf").write_text(host)
    runner = tftest.TerraformTest(str(folder), binary=str(binary.path), env=environment)
    runner.setup(cleanup_on_exit=False)
    return runner


@pytest.fixture(scope="module")
def planned(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> dict[str, Any]:
    """The planned changes of resources by address, and of outputs, without known ARNs of the root."""
    folder = tmp_path_factory.mktemp("host")
    root = create_runner(folder, HOST, attached_terraform, aws_environment)
    root.execute_command("plan", "-input=false", "-out=test.tfplan")
    plan = json.loads(root.execute_command("show", "-json", "test.tfplan").out)
    resources = {
        change["address"].removeprefix("module.bar."): change["change"]
        for change in plan["resource_changes"]
        if change["address"].startswith("module.bar.") and change["mode"] == "managed"
    }
    return {**resources, **{f"output.{name}": change for name, change in plan["output_changes"].items()}}


def get_function(planned: dict[str, Any], label: str) -> dict[str, Any]:
    change: dict[str, Any] = planned[f"module.{label}.aws_lambda_function.this"]
    return change


@pytest.mark.parametrize(
    ("label", "memory", "timeout", "mode", "team"),
    [
        ("lambda", 256, 20, "Active", "bar"),
        ("lambda_reports", 1024, 20, "Active", "bar"),
        ("lambda_night", 512, 5, "PassThrough", "night"),
    ],
)
def test_most_specific_setting_takes_precedence(
    planned: dict[str, Any], label: str, memory: int, timeout: int, mode: str, team: str
) -> None:
    after = get_function(planned, label)["after"]
    assert (after["memory_size"], after["timeout"]) == (memory, timeout)
    assert after["tracing_config"] == [{"mode": mode}]
    assert after["tags"] == {"team": team, "owner": "me"}


def test_environment_variables_are_merged(planned: dict[str, Any]) -> None:
    (environment,) = get_function(planned, "lambda_night")["after"]["environment"]
    assert environment["variables"] == {
        "DOMOVOI_TF_NAME": "bar",
        "DOMOVOI_TF_FUNCTION": "night",
        "GLASS": "none",
        "BEER": "stout",
    }


def test_visibility_timeout_follows_the_timeout_of_the_function(planned: dict[str, Any]) -> None:
    assert planned["aws_sqs_queue.letters"]["after"]["visibility_timeout_seconds"] == 30


def test_plan_accepts_settings_with_unknown_values(planned: dict[str, Any]) -> None:
    after, unknown = (get_function(planned, "lambda")[which] for which in ("after", "after_unknown"))
    assert unknown["dead_letter_config"] == [{"target_arn": True}]
    assert unknown["kms_key_arn"] is True
    assert unknown["code_signing_config_arn"] is True
    assert planned["module.lambda.aws_cloudwatch_log_group.this"]["after_unknown"]["kms_key_id"] is True
    assert unknown["layers"] is True
    assert after["vpc_config"][0]["subnet_ids"] == ["subnet-1"]
    assert 'module.lambda.aws_lambda_function_event_invoke_config.this["this"]' in planned


def list_policies(planned: dict[str, Any], label: str) -> list[str]:
    """Returns the policies of a role."""
    start = f"module.{label}.aws_iam_role_policy."
    return [address.removeprefix(start) for address in sorted(planned) if address.startswith(start)]


def test_role_has_a_policy_for_each_concern(planned: dict[str, Any]) -> None:
    assert list_policies(planned, "iam") == [f'needed["{concern}"]' for concern in CONCERNS]
    assert planned['module.iam.aws_iam_role.this["this"]']["after_unknown"]["permissions_boundary"] is True


def test_existing_role_replaces_the_execution_role(planned: dict[str, Any]) -> None:
    assert [address for address in planned if address.startswith("module.iam_reports.")] == []
    assert get_function(planned, "lambda_reports")["after_unknown"]["role"] is True


def test_existing_roles_replace_those_of_their_machines_and_schedules(planned: dict[str, Any]) -> None:
    roles = [address for address in planned if ".aws_iam_role.this" in address]
    assert sorted(roles) == [
        'module.close_up.aws_iam_role.this["this"]',
        'module.iam.aws_iam_role.this["this"]',
        'module.iam_night.aws_iam_role.this["this"]',
    ]
    assert [
        address for address in planned if re.match(r"module\.(state_machine|open_up).*_iam_", address)
    ] == []
    assert planned["module.state_machine.aws_sfn_state_machine.this"]["after_unknown"]["role_arn"] is True
    (target,) = planned["module.open_up.aws_scheduler_schedule.this"]["after_unknown"]["target"]
    assert target["role_arn"] is True


def test_machine_that_the_caller_lets_log_has_an_output(planned: dict[str, Any]) -> None:
    assert planned["output.log_groups"]["after"] == {"default": "/aws/vendedlogs/states/bar"}


def test_role_without_generated_policies_has_only_the_user_s(planned: dict[str, Any]) -> None:
    assert list_policies(planned, "iam_night") == ['policies["user"]']


def test_versions_are_published_only_for_functions_with_publish(planned: dict[str, Any]) -> None:
    aliases = [address for address in planned if ".aws_lambda_alias." in address]
    assert sorted(aliases) == [
        'module.lambda.aws_lambda_alias.live["live"]',
        'module.lambda_reports.aws_lambda_alias.live["live"]',
    ]
    assert get_function(planned, "lambda_night")["after"]["publish"] is False


def test_settings_of_an_unknown_function_are_rejected(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    host = HOST.replace("night = {", "knight = {")
    root = create_runner(tmp_path, host, attached_terraform, aws_environment)
    with pytest.raises(tftest.TerraformTestError) as caught:
        root.execute_command("plan", "-input=false", "-no-color")
    said = " ".join(caught.value.args[0].split())
    assert "A key of functions must be the name of a function of the app: default, reports, night." in said


def test_stage_with_every_setting_is_formatted_and_valid(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    for file in render(
        synthesize(build_application(), EVERYTHING), assets.find_templates(), assets.find_modules()
    ):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    terraform = Terraform(tmp_path / "stages" / "prod", aws_environment, attached_terraform)
    assert terraform.capture("fmt", "-check", "-diff", "-recursive", str(tmp_path)) == ""
    terraform.capture("init", "-backend=false")
    result = json.loads(terraform.capture("validate", "-json"))
    assert (result["valid"], result["diagnostics"]) == (True, [])
