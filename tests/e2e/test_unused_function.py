"""Tests that a function which loses its handlers is destroyed, and that its log group stays with its logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform.installation import Binary

from .conftest import CommandLine, apply, write_project

pytestmark = pytest.mark.emulator

APP = """
import domovoi_tf
app = domovoi_tf.Domovoi()
forge = app.function("forge")

@app.scheduled_function("rate(1 day)"{function})
def hammer(event, context): ...

@app.scheduled_function("rate(1 day)", function=forge)
def temper(event, context): ...
"""
#: A root module of the app's caller, in which the app is a module of a module.
ROOT = """
provider "aws" {}

module "village" {
  source = "./village"
}

output "smithy" {
  value = module.village.smithy
}
"""
VILLAGE = """
module "smithy" {{
  source = "{app}"
  name   = "smithy-unused"
}}

output "smithy" {{
  value = module.smithy
}}
"""


def render(project: Path, function: str, command_line: CommandLine) -> None:
    write_project(project, {"app_name": "smithy"}, APP.format(function=function))
    for command in ("render", "package"):
        done = command_line(command, cwd=project)
        assert done.code == 0, done


def test_function_without_handlers_goes_and_its_log_group_stays(
    tmp_path: Path,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    render(tmp_path, "", command_line)
    root = tmp_path / "terraform" / "stages" / "root"
    (root / "village").mkdir(parents=True)
    (root / "main.tf").write_text(ROOT)
    (root / "village" / "main.tf").write_text(VILLAGE.format(app="../../../app"))
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    apply(runner)
    assert runner.output()["smithy"]["function_name"] == "smithy-unused"

    render(tmp_path, ", function=forge", command_line)
    runner.setup(cleanup_on_exit=False)
    plan = runner.plan(output=True)
    default = "module.village.module.smithy.module.lambda."
    lost = {
        address: change["change"]["actions"]
        for address, change in plan.resource_changes.items()
        if address.startswith((default, default.replace("lambda", "iam")))
    }
    assert lost.pop(f"{default}aws_cloudwatch_log_group.this") == ["forget"]
    assert f"{default}aws_lambda_function.this" in lost
    assert {json.dumps(actions) for actions in lost.values()} == {'["delete"]'}
    apply(runner)
    smithy = runner.output()["smithy"]
    names = (
        "function_name",
        "function_arn",
        "function_invoke_arn",
        "role_name",
        "role_arn",
        "log_group_name",
    )
    assert not {*names} & smithy.keys()
    assert list(smithy["functions"]) == list(smithy["policy_documents"]) == ["forge"]
    logs = emulator_environment.create_client(emulator, "logs")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/smithy-unused")["logGroups"]
    assert [group["logGroupName"] for group in groups] == [
        "/aws/lambda/smithy-unused",
        "/aws/lambda/smithy-unused-forge",
    ]
    runner.execute_command("plan", "-detailed-exitcode", "-no-color")  # an error unless nothing would change
