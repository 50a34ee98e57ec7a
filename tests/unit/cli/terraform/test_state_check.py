"""States of the emulator are refused on AWS, and the reverse, with a program in Terraform's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.deployment.deploy import deploy
from domovoi_tf.cli.deployment.doctor import doctor
from domovoi_tf.cli.project.render import render
from domovoi_tf.cli.terraform.backend import backend
from domovoi_tf.cli.terraform.destroy import destroy
from domovoi_tf.cli.terraform.passthrough import COMMANDS
from domovoi_tf.cli.terraform.plan import apply, drift, plan
from domovoi_tf.doctor import account
from domovoi_tf.doctor.project import Finding
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator

from ..conftest import Invoke, configure

AWS, EMULATED = "123456789012", "000000000000"
(OUTPUT,) = (each for each in COMMANDS if each.name == "output")
REFUSED = [
    (OUTPUT, ()),
    (plan, ()),
    (apply, ("--yes",)),
    (apply, ("--", "-auto-approve")),
    (destroy, ("--yes",)),
    (drift, ()),
    (deploy, ("--yes",)),
    (backend, ("recover",)),
]


def make_attributes(owner: str) -> dict[str, str]:
    return {"arn": f"arn:aws:sns:us-east-1:{owner}:orders"}


def make_state(owner: str) -> str:
    """Returns a state with a topic in an account."""
    instances = [{"attributes": make_attributes(owner)}]
    resource = {"mode": "managed", "type": "aws_sns_topic", "name": "orders", "instances": instances}
    return json.dumps({"serial": 1, "lineage": "l", "resources": [resource]})


def make_plan(owner: str, *, is_found: bool) -> str:
    """Returns a plan whose state has a topic, which the provider has found or not."""
    topic: dict[str, Any] = {"mode": "managed", "type": "aws_sns_topic", "name": "orders"}
    if is_found:
        module = {"resources": [{**topic, "values": make_attributes(owner)}]}
        prior = {"values": {"root_module": {"child_modules": [{"child_modules": [module]}]}}}
        return json.dumps({"prior_state": prior})
    change = {"actions": ["delete"], "before": make_attributes(owner), "after": None}
    return json.dumps({"resource_drift": [{**topic, "address": "aws_sns_topic.orders", "change": change}]})


@pytest.fixture(autouse=True)
def stage(
    project: Path, rendered_tree: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform
) -> Path:
    monkeypatch.chdir(project)
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(project.parent / "home"))
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "TF_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    terraform.on("plan", "", code=2, files={"-out": "plan"})
    terraform.on("plan -input=false -no-color -out", "", files={"-out": "plan"})
    terraform.on("show -json", "{}")
    terraform.on("state pull", make_state(AWS))
    return rendered_tree / "stages" / "dev"


@pytest.fixture
def running(project: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    running = Emulator("http://127.0.0.1:4566", 7, 4566, project.parent / "home" / "emulator.log")
    running.log.parent.mkdir()
    monkeypatch.setattr(emulator, "find_running", lambda: running)
    monkeypatch.setattr(emulator, "start", lambda: running)
    return running


def list_commands(terraform: FakeTerraform) -> set[str]:
    return {call["args"][0] for call in terraform.calls} - {"version"}


@pytest.mark.parametrize(("command", "arguments"), REFUSED)
def test_local_state_of_the_emulator_is_refused_on_aws_before_terraform_reads_it(
    invoke: Invoke, terraform: FakeTerraform, stage: Path, command: click.Command, arguments: tuple[str, ...]
) -> None:
    path = stage / "terraform.tfstate"
    path.write_text(make_state(EMULATED))
    done = invoke(command, *arguments)
    assert (done.code, str(done.error)) == (
        1,
        "The state of dev describes resources of the emulator (account 000000000000), not of AWS.\n"
        "Nothing was changed. To work on these resources, add --emulator to the command. To deploy to AWS, "
        f"move {path} away, and run `domovoi-tf deploy`.",
    )
    assert list_commands(terraform) == set()
    assert path.read_text() == make_state(EMULATED)


@pytest.mark.parametrize(("command", "arguments"), [each for each in REFUSED if each[0] is not OUTPUT])
def test_another_workspace_is_refused_before_terraform_runs(
    invoke: Invoke,
    terraform: FakeTerraform,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: click.Command,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.setenv("TF_WORKSPACE", "blue")
    done = invoke(command, *arguments)
    assert (done.code, str(done.error).partition(":")[0]) == (
        1,
        "The workspace blue is selected (TF_WORKSPACE)",
    )
    assert list_commands(terraform) == set()
    configure(project, {"app_name": "bar", "terraform": {"workspace": "blue"}})
    assert "workspace" not in str(invoke(command, *arguments).error)
    assert list_commands(terraform) != set()


@pytest.mark.parametrize("is_found", [True, False])
@pytest.mark.parametrize(("command", "arguments"), [each for each in REFUSED if "--yes" in each[1]])
def test_other_states_of_the_emulator_are_refused_on_aws_before_anything_is_changed(
    invoke: Invoke,
    terraform: FakeTerraform,
    stage: Path,
    project: Path,
    command: click.Command,
    arguments: tuple[str, ...],
    is_found: bool,
) -> None:
    s3 = {"bucket": "bar-states", "key": "bar", "region": "us-east-1"}
    configure(project, {"app_name": "bar", "terraform": {"backend": {"s3": s3}}})
    assert invoke(render).code == 0
    (stage / ".terraform").mkdir()
    record = {"backend": {"type": "s3", "config": s3}}
    (stage / ".terraform" / "terraform.tfstate").write_text(json.dumps(record))
    terraform.on("show -json", make_plan(EMULATED, is_found=is_found))
    done = invoke(command, *arguments)
    assert (done.code, str(done.error)) == (
        1,
        "The state of dev describes resources of the emulator (account 000000000000), not of AWS.\n"
        "Nothing was changed. To work on these resources, add --emulator to the command. To deploy to AWS, "
        "restore an older version of s3://bar-states/bar or configure another key in terraform.backend, and "
        "run `domovoi-tf deploy`.",
    )
    assert list_commands(terraform) <= {"init", "plan", "show", "state"}
    assert list((stage / ".terraform" / "domovoi-tf").iterdir()) == []


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("command", "arguments"), REFUSED)
def test_local_state_of_aws_is_refused_at_the_emulator(
    invoke: Invoke,
    terraform: FakeTerraform,
    project: Path,
    command: click.Command,
    arguments: tuple[str, ...],
) -> None:
    path = project.parent / "home" / "bar-dev.tfstate"
    path.write_text(make_state(AWS))
    before, *after = arguments or ("",)
    options = [before, "--emulator", *after] if before in ("recover", "--yes") else ["--emulator", *arguments]
    done = invoke(command, *options)
    assert (done.code, str(done.error)) == (
        1,
        "The state of dev at the emulator describes resources of the AWS account 123456789012.\n"
        "Nothing was changed. To work on these resources, run the command without --emulator, in a shell "
        f"without `local env`. To use the emulator, move {path} away, and repeat the command.",
    )
    assert list_commands(terraform) == set()


@pytest.mark.parametrize("where", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "providers.tf", "profile"])
def test_other_emulators_may_have_the_same_account(
    invoke: Invoke, terraform: FakeTerraform, stage: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """LocalStack's account is the same, and its states are the user's."""
    (stage / "terraform.tfstate").write_text(make_state(EMULATED))
    if where == "providers.tf":
        (stage / where).write_text(
            'provider "aws" {\n  endpoints {\n    sns = "http://localstack:4566"\n  }\n}\n'
        )
    elif where == "profile":
        (stage / "config").write_text("[default]\nendpoint_url = http://localstack:4566\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(stage / "config"))
    else:
        monkeypatch.setenv(where, "http://localstack:4566")
    assert invoke(plan).error is None
    assert "plan" in list_commands(terraform)


def test_command_that_does_not_read_the_state_is_not_refused(
    invoke: Invoke, terraform: FakeTerraform, stage: Path
) -> None:
    (stage / "terraform.tfstate").write_text(make_state(EMULATED))
    terraform.on("validate", "fine\n")
    (command,) = (each for each in COMMANDS if each.name == "validate")
    assert invoke(command).out == "fine\n"


def test_doctor_finds_a_state_that_is_refused(
    invoke: Invoke, stage: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stage / "terraform.tfstate"
    path.write_text(make_state(EMULATED))
    monkeypatch.setattr(account, "check_credentials", lambda *_: Finding("credentials", "ok", "fine"))
    done = invoke(doctor, "--json")
    findings = {each["name"]: each for each in json.loads(done.out)["findings"]}
    assert (done.code, findings["backend"]) == (
        1,
        {
            "name": "backend",
            "state": "wrong",
            "says": "The state of dev describes resources of the emulator (account 000000000000), not of AWS",
            "remedy": "Nothing was changed. To work on these resources, add --emulator to the command. "
            f"To deploy to AWS, move {path} away, and run `domovoi-tf deploy`.",
        },
    )
    assert findings["lock"]["says"] == "not checked: the state cannot be used"


@pytest.mark.usefixtures("terraform", "stage", "running")
def test_doctor_names_the_state_at_the_emulator(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.parent / "home" / "bar-dev.tfstate"
    path.write_text(make_state(EMULATED))
    monkeypatch.setattr(account, "check_credentials", lambda *_: Finding("credentials", "ok", "fine"))
    done = invoke(doctor, "--emulator", "--json")
    findings = {each["name"]: each["says"] for each in json.loads(done.out)["findings"]}
    assert (findings["backend"], findings["lock"]) == (f"a local file: {path}", "not held")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resources": [{"mode": "managed"}, 1]}', make_state(AWS)])
def test_states_without_such_resources_are_accepted(
    invoke: Invoke, terraform: FakeTerraform, stage: Path, text: str
) -> None:
    (stage / "terraform.tfstate").write_text(text)
    assert invoke(plan).error is None
