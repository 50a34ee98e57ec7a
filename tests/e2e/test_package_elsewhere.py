"""Tests an app's module in a Git repository, which has no package: the caller passes one."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.terraform.installation import Binary

from .conftest import CommandLine, write_project

pytestmark = pytest.mark.emulator

APP = """
import domovoi_tf

app = domovoi_tf.Domovoi()

@app.lambda_function()
def pour(event, context):
    return "one"
"""
#: The caller: the same module by a file, by an object, and by a file that only creates the function.
#: The paths are absolute because the attached provider has another working directory.
HOST = """
provider "aws" {
}

module "path" {
  source = "git::file://REPOSITORY//terraform/app"

  name    = "orders-path"
  package = { path = "${abspath(path.root)}/build/orders.zip" }
}

module "object" {
  source = "git::file://REPOSITORY//terraform/app"

  name    = "orders-object"
  package = { object = { bucket = "orders-builds", key = "orders-1.zip" } }
}

module "ignored" {
  source = "git::file://REPOSITORY//terraform/app"

  name    = "orders-ignored"
  package = { path = "${abspath(path.root)}/first/orders.zip", ignore_changes = true }
}
"""
CODE = "module.{}.module.lambda.aws_lambda_function.this"


#: A caller that passes no package.
NAIVE = """
provider "aws" {
}

module "app" {
  source = "git::file://REPOSITORY//terraform/app"
}
"""


class Caller(NamedTuple):
    """The repository of the app, and the root module that calls its module."""

    repository: Path
    root: Path
    runner: tftest.TerraformTest
    emulator: Emulator

    def call(self, name: str) -> Any:
        """Invokes the function of a module call."""
        client = emulator_environment.create_client(self.emulator, "lambda")
        done = client.invoke(FunctionName=f"orders-{name}", Payload=json.dumps({}))
        return json.loads(done["Payload"].read())

    def build(self, answer: str) -> Path:
        """Writes a copy of the app's package whose handler returns another answer."""
        source, target = self.repository / "terraform" / "app" / "package.zip", self.root / f"{answer}.zip"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(
                    name, content.replace(b'"one"', f'"{answer}"'.encode()) if name == "app.py" else content
                )
        return target

    def replace_code(self, name: str, answer: str) -> None:
        """Deploys code that returns another answer, outside of Terraform."""
        client = emulator_environment.create_client(self.emulator, "lambda")
        client.update_function_code(FunctionName=f"orders-{name}", ZipFile=self.build(answer).read_bytes())
        client.get_waiter("function_updated_v2").wait(FunctionName=f"orders-{name}")

    def plan(self) -> dict[str, list[str]]:
        """Returns the planned actions on each resource that changes."""
        changes = self.runner.plan(output=True)["resource_changes"]
        actions = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: each for address, each in actions.items() if each != ["no-op"]}


def run_git(folder: Path, *args: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    done = subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def caller(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: Emulator,
    command_line: CommandLine,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> Caller:
    """The caller, applied."""
    folder = tmp_path_factory.mktemp("elsewhere")
    repository, root = folder / "orders", folder / "host"
    done = command_line("new-project", "orders", cwd=folder)
    assert done.code == 0, done
    write_project(repository, {"app_name": "orders"}, APP)
    for command in ("render", "package"):
        done = command_line(command, cwd=repository)
        assert done.code == 0, done
    if not (repository / ".git").exists():
        run_git(repository, "init", "--quiet")
    run_git(repository, "add", "--all")
    run_git(repository, "commit", "--quiet", "--message", "Render")

    for name in ("build", "first"):
        (root / name).mkdir(parents=True)
        shutil.copy(repository / "terraform" / "app" / "package.zip", root / name / "orders.zip")
    s3 = emulator_environment.create_client(emulator, "s3")
    s3.create_bucket(Bucket="orders-builds")
    s3.upload_file(str(root / "build" / "orders.zip"), "orders-builds", "orders-1.zip")
    runner = create_runner(root, HOST, repository, attached_terraform, aws_environment)
    runner.apply()
    return Caller(repository, root, runner, emulator)


def create_runner(
    root: Path, text: str, repository: Path, terraform: Binary, environment: dict[str, str]
) -> tftest.TerraformTest:
    """Writes a root module that calls the module in a repository, and returns its initialised runner."""
    (root / "main.tf").write_text(text.replace("REPOSITORY", str(repository)))
    runner = tftest.TerraformTest(str(root), binary=str(terraform.path), env=environment)
    runner.setup(cleanup_on_exit=False)
    return runner


def test_plan_without_a_package_names_the_input(
    caller: Caller, tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    runner = create_runner(tmp_path, NAIVE, caller.repository, attached_terraform, aws_environment)
    with pytest.raises(tftest.TerraformTestError) as caught:
        runner.plan()
    message = " ".join(str(caught.value.cmd_error).replace("│", "").split())
    assert (
        "The deployment package .terraform/modules/app/terraform/app/package.zip does not exist. Build it "
        "with `domovoi-tf package` in the project folder, or pass another one in the input package of the "
        "app's module."
    ) in message


def test_caller_passes_a_file_or_an_object_to_a_module_without_a_package(caller: Caller) -> None:
    files = run_git(caller.repository, "ls-files").splitlines()
    assert "terraform/app/package.tf" in files
    assert "terraform/app/package.zip" not in files
    assert {name: caller.call(name) for name in ("path", "object", "ignored")} == {
        "path": "one",
        "object": "one",
        "ignored": "one",
    }


def test_terraform_ignores_code_that_was_deployed_outside_of_it(caller: Caller) -> None:
    caller.replace_code("ignored", "two")
    assert caller.plan() == {}
    for name in ("build", "first"):
        shutil.copy(caller.build("three"), caller.root / name / "orders.zip")
    assert caller.plan() == {CODE.format("path"): ["update"]}
    (caller.root / "first" / "orders.zip").unlink()
    assert caller.plan() == {CODE.format("path"): ["update"]}
    caller.runner.apply()
    assert [caller.call(name) for name in ("path", "ignored")] == ["three", "two"]
    assert caller.plan() == {}
