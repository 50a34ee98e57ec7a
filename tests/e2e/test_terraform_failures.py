"""Failures of the real Terraform on the emulator, in our words."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import CommandLine, create_command_line, write_project

pytestmark = pytest.mark.emulator

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...
"""
NAME = "failures"
BACKEND = {"bucket": f"{NAME}-states", "region": "us-east-1"}
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
NO_CREDENTIALS = (
    "Error: There are no AWS credentials.\n"
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local emulator add "
    "--emulator, or run "
    'eval "$(domovoi-tf local env)".\n'
)
NO_PROFILE = (
    "Error: There is no AWS profile nope.\n"
    "Check AWS_PROFILE, and `profile` in .chalice/config.json. The profiles of this machine are in "
    "~/.aws/config and "
    "~/.aws/credentials.\n"
)
NO_REGION = (
    "Error: AWS has no Region eu-wst-1. Did you mean eu-west-1?\n"
    "Check AWS_REGION, the region of the profile in ~/.aws/config, and `region` in .chalice/config.json.\n"
)
NO_VALUE = (
    "Error: The variable k has no value (extra.tf:1).\n"
    "Set TF_VAR_k, or write `k = ...` to terraform/stages/dev/terraform.tfvars.\n"
)
NO_BUCKET = "Error: The bucket failures-missing does not exist.\nRun `domovoi-tf backend create` first.\n"
MOVED = (
    "Error: The configured backend of dev is not the one that its state is in.\n"
    "To move the state, run `domovoi-tf backend migrate`. If only other arguments "
    "changed, such as the "
    "profile: domovoi-tf init -- -reconfigure\n"
)
NEWER = (
    "Error: A newer Terraform has written the state of dev, which Terraform VERSION cannot read.\n"
    "Install Terraform of a newer version, or name it with --terraform PATH.\n"
)
ADVICE = (
    "What belongs to this app, because another tool or a run of Terraform that was killed has created it, is "
    "imported with `domovoi-tf backend recover` and the next apply. For what belongs to something else, "
    "choose another name, app_name or stage."
)
EXISTED = (
    "Error: The state of dev is empty, but these resources of the plan exist already:\n"
    f"  log group /aws/lambda/failures-dev\nNothing was changed. {ADVICE}\n"
)
EXISTS = (
    "Error: CloudWatch Logs Log Group (/aws/lambda/failures-dev) exists already, and is not in the "
    "state of dev "
    "(module.app.module.lambda.aws_cloudwatch_log_group.this).\n"
    f"{ADVICE}\n"
)
AGAIN = (
    "The changes before the failure remain applied. Fix the cause and run `domovoi-tf deploy` again "
    "to apply the "
    "others.\n"
)


@pytest.fixture(scope="module")
def command_line(shell_environment: dict[str, str], emulator: emulator_environment.Emulator) -> CommandLine:
    """Runs domovoi-tf in a shell whose endpoint it takes for that of AWS, and not for the emulator."""
    endpoint = emulator.endpoint.replace("http", "HTTP")
    return create_command_line({**shell_environment, "AWS_ENDPOINT_URL": endpoint})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """An initialised project, which is not deployed."""
    folder = write_project(tmp_path_factory.mktemp("failures") / NAME, configure(BACKEND), APP)
    for command in (("backend", "create"), ("render",), ("package",), ("init",)):
        done = command_line(*command, cwd=folder)
        assert done.code == 0, done
    return folder


@pytest.fixture(scope="module")
def create(emulator: emulator_environment.Emulator) -> Callable[[str], Any]:
    return lambda service: emulator_environment.create_client(emulator, service)


def configure(backend: dict[str, str], **provider: str) -> dict[str, object]:
    return {"app_name": NAME, "terraform": {"backend": {"s3": backend}, "provider": provider}}


@pytest.fixture
def unknown_place(
    project: Path, emulator: emulator_environment.Emulator, command_line: CommandLine
) -> dict[str, str]:
    """The variable for an endpoint that the tool takes for AWS: it gives an emulator credentials itself."""
    place = {"AWS_ENDPOINT_URL": emulator.endpoint.replace("http", "HTTP")}
    assert command_line("init", cwd=project, **place).code == 0
    return place


@pytest.mark.parametrize(
    "command", [("plan",), ("deploy", "--yes"), ("drift",), ("destroy", "--yes"), ("init",)]
)
def test_credentials_that_are_missing(
    command: tuple[str, ...],
    project: Path,
    command_line: CommandLine,
    unknown_place: dict[str, str],
) -> None:
    unknown = {**unknown_place, **NO_KEYS}
    done = command_line(*command, cwd=project, **unknown)
    assert (done.code, done.err) == (1, NO_CREDENTIALS)
    done = command_line(*command, cwd=project, **unknown, AWS_PROFILE="nope")
    assert (done.code, done.err) == (1, NO_PROFILE)


def test_region_that_does_not_exist(project: Path, command_line: CommandLine, tmp_path: Path) -> None:
    write_project(project, configure(BACKEND, region="eu-wst-1"), APP)
    warning = (
        "Warning: .chalice/config.json: terraform.provider.region is eu-wst-1, which botocore does not know. "
        "Did you mean eu-west-1?\n"
    )
    # The provider checks the Region when it starts, so that Terraform must start one.
    real = {"PATH": os.environ["PATH"]}
    assert command_line("render", cwd=project).err == warning
    assert command_line("init", cwd=project, **real).code == 0
    plan = command_line("plan", cwd=project, **real)
    assert (plan.code, plan.err) == (1, NO_REGION)
    deploy = command_line("deploy", "--yes", cwd=project, **real)
    assert (deploy.code, deploy.err) == (1, warning + NO_REGION)
    assert "You can apply this plan" not in plan.out + deploy.out
    verbose = command_line("plan", "-v", cwd=project, **real)
    assert f"{NO_REGION}Terraform's own text:\nError: invalid AWS Region: eu-wst-1\n" in verbose.err
    write_project(project, configure(BACKEND), APP)
    assert command_line("render", cwd=project).code == 0


@pytest.fixture
def extra(project: Path) -> Iterator[Path]:
    """A file of the user's in the stage's folder."""
    path = project / "terraform" / "stages" / "dev" / "extra.tf"
    yield path
    path.unlink()


@pytest.mark.parametrize(
    "command", [("plan",), ("deploy", "--yes"), ("drift",), ("apply", "--", "-auto-approve")]
)
def test_variable_without_a_value(
    command: tuple[str, ...],
    project: Path,
    extra: Path,
    command_line: CommandLine,
    create: Callable[[str], Any],
) -> None:
    extra.write_text('variable "k" {\n  type = string\n}\n')
    if command == ("drift",):  # which needs a state
        put_state(create, version=4)
    done = command_line(*command, cwd=project)
    delete_state(create)
    assert (done.code, done.err) == (1, NO_VALUE)


def put_state(create: Callable[[str], Any], version: int) -> None:
    state = {
        "version": version,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "failures",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "terraform_data",
                "name": "x",
                "provider": 'provider["terraform.io/builtin/terraform"]',
                "instances": [{"schema_version": 0, "attributes": {"id": "1"}}],
            }
        ],
    }
    create("s3").put_object(
        Bucket=BACKEND["bucket"], Key=f"{NAME}/dev/terraform.tfstate", Body=json.dumps(state)
    )


def delete_state(create: Callable[[str], Any]) -> None:
    create("s3").delete_object(Bucket=BACKEND["bucket"], Key=f"{NAME}/dev/terraform.tfstate")


def test_state_of_a_newer_terraform(
    project: Path, command_line: CommandLine, create: Callable[[str], Any]
) -> None:
    put_state(create, version=5)
    done = command_line("plan", cwd=project)
    delete_state(create)
    assert (done.code, re.sub(r"\d+\.\d+\.\d+", "VERSION", done.err)) == (1, NEWER)


def test_backend_that_changed_and_bucket_that_is_missing(
    project: Path, command_line: CommandLine, tmp_path: Path, unknown_place: dict[str, str]
) -> None:
    other = {**BACKEND, "bucket": "failures-missing"}
    write_project(project, configure(other), APP)
    assert command_line("render", cwd=project).code == 0
    for command in ("plan", "init"):
        done = command_line(command, cwd=project)
        assert (done.code, done.err) == (1, MOVED)
    done = command_line("init", cwd=project, TF_DATA_DIR=str(tmp_path), **unknown_place)
    assert (done.code, done.err) == (1, NO_BUCKET)
    write_project(project, configure(BACKEND), APP)
    assert command_line("render", cwd=project).code == 0


def test_resource_that_exists(project: Path, command_line: CommandLine, create: Callable[[str], Any]) -> None:
    create("logs").create_log_group(logGroupName=f"/aws/lambda/{NAME}-dev")
    done = command_line("deploy", "--yes", cwd=project)
    assert (done.code, done.err) == (1, EXISTED)
    # Terraform's own command fails at the log group alone, so that the state has other resources.
    done = command_line("apply", "--", "-auto-approve", cwd=project)
    assert (done.code, done.err) == (1, EXISTS)
    done = command_line("deploy", "--yes", cwd=project)
    assert (done.code, done.err) == (1, EXISTS + AGAIN)
    recovered = command_line("backend", "recover", cwd=project)
    assert recovered.code == 0, recovered
    done = command_line("deploy", "--yes", cwd=project)
    assert done.code == 0, done
    (project / "terraform" / "stages" / "dev" / "imports.tf").unlink()
    assert command_line("destroy", "--yes", cwd=project).code == 0
