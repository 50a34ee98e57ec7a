"""Each command ends with an error if AWS accepts its connections and never answers.

The commands run in this process, with the limits of boto3's clients shortened: no environment variable sets
them. A program that waits stands for a Terraform whose first request gets no answer.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation_pages import commands_page
from fake_terraform import FakeTerraform
from silent_endpoint import LIMITS

from domovoi_tf.cli.root import cli
from domovoi_tf.state.backend_root import Backend, initialize_backend
from domovoi_tf.terraform.first_contact import THREAD, UnansweredError

from .conftest import PROGRAM, Invoke, create_environment, run_program, write_project

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.step_function_task("Tend", {"StartAt": "Tend", "States": {"Tend": {"Type": "Task", "End": True}}})
def tend(event, context): ...
"""
S3 = {"terraform": {"backend": {"s3": {"bucket": "states"}}}}
CONFIG = {
    "app_name": "bar",
    "dead_letter_queue_target_arn": "arn:aws:sqs:us-east-1:123456789012:dead",
    "stages": {"dev": {}, "prod": S3},
}
#: Commands that make no request to AWS. Those of `local`, `dev` and `events` use the emulator.
OFFLINE = {
    *("new-project", "show", "config", "render", "package", "validate", "completion", "dev"),
    "console",  # its pages show the error
    *("events list", "events show", "events replay", "events edit", "events save"),
}
FUNCTION = "2015-03-31/functions/bar-dev/configuration"
#: Commands that use boto3, and the path that does not answer.
REQUESTS = {
    "invoke tend": FUNCTION,
    "invoke tend --async": FUNCTION,
    "logs": "",
    "logs tend --follow": "",
    "executions list": "",
    "executions start": "",
    "executions start --follow": "",
    "executions show night": "",
    "executions follow night": "",
    "dlq list": FUNCTION,
    "dlq redrive --yes": FUNCTION,
    "open": FUNCTION,
    "backend create --stage prod": "",
    "backend status --stage prod": "",
    "backend unlock --stage prod --yes": "",
}
#: Commands that run Terraform, and its command that waits.
TERRAFORM = {
    "init --stage prod": "init",
    "plan": "plan",
    "plan --json": "plan",
    "plan -- -json": "plan",
    "apply --yes": "plan",
    "apply -- -auto-approve": "apply",
    "destroy -- -auto-approve": "destroy",
    "output --stage prod": "output",
    "drift": "state pull",
    "deploy --yes": "plan",
    "deploy --yes --stage prod": "init",
    "backend recover": "plan",
}
APART = {"doctor", "backend migrate", "prune-moves"}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two rendered stages, of which one has its state in S3."""
    folder = tmp_path_factory.mktemp("unanswered")
    project = write_project(folder / "bar", APP, CONFIG)
    done = run_program([PROGRAM, "render", "--all-stages"], project, create_environment(folder))
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(
    rendered: Path,
    tmp_path: Path,
    silent_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
    terraform: FakeTerraform,
) -> Iterator[Path]:
    project = Path(shutil.copytree(rendered, tmp_path / "bar"))
    monkeypatch.chdir(project)
    for module in ("operations.identity.sessions", "operations.reachability", "doctor.account"):
        monkeypatch.setattr(f"domovoi_tf.{module}._LIMITS", LIMITS)
    for name in ("_PATIENCE", "_LIMIT", "_INTERVAL"):
        monkeypatch.setattr(f"domovoi_tf.terraform.first_contact.{name}", 0.01)
    yield project
    # Terraform may have ended while its watch was asking.
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()


def test_every_command_that_reaches_aws_is_tried() -> None:
    tried = {
        command.name
        for command in commands_page.list_commands()
        for call in (*REQUESTS, *TERRAFORM, *APART)
        if f"{call} ".startswith(f"{command.name} ")
    }
    commands = {
        command.name for command in commands_page.list_commands() if not command.name.startswith("local")
    }
    groups = {name for name in commands if any(other.startswith(f"{name} ") for other in commands)}
    assert commands - groups - tried == OFFLINE


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("command", REQUESTS)
def test_command_without_an_answer_ends_with_an_error(
    command: str, invoke: Invoke, silent_endpoint: str
) -> None:
    done = invoke(cli, *command.split())
    assert (done.code, str(done.error)) == (
        1,
        f'The request to AWS failed: Read timeout on endpoint URL: "{silent_endpoint}/{REQUESTS[command]}"\n'
        "Check AWS_PROFILE, AWS_REGION and the network.",
    )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("command", TERRAFORM)
def test_command_whose_terraform_gets_no_answer_ends_with_an_error(
    command: str, invoke: Invoke, silent_endpoint: str, terraform: FakeTerraform
) -> None:
    terraform.on(TERRAFORM[command], waits=True, code=1)
    done = invoke(cli, *command.split())
    assert (done.code, str(done.error)) == (
        1,
        f'AWS does not answer, so Terraform was stopped: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network.",
    )


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_doctor_reports_that_there_is_no_answer(
    stage: str, project: Path, invoke: Invoke, silent_endpoint: str
) -> None:
    done = invoke(cli, "doctor", "--stage", stage, "--json")
    findings = {each["name"]: each for each in json.loads(done.out)["findings"]}
    assert done.code == 1
    assert findings["credentials"] == {
        "name": "credentials",
        "state": "wrong",
        "says": f'AWS could not be reached: Read timeout on endpoint URL: "{silent_endpoint}/"',
        "remedy": "Check the network, the Region and AWS_PROFILE.",
    }


def test_migration_to_a_bucket_without_an_answer_ends_with_an_error(
    project: Path, invoke: Invoke, silent_endpoint: str
) -> None:
    state = {"version": 4, "serial": 1, "lineage": "a", "resources": []}
    (project / "terraform" / "stages" / "prod" / "terraform.tfstate").write_text(json.dumps(state))
    done = invoke(cli, "backend", "migrate", "--stage", "prod", "--yes")
    assert (done.code, str(done.error)) == (
        1,
        f'The request to AWS failed: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Check AWS_PROFILE, AWS_REGION and the network.",
    )


def test_moves_remain_if_the_states_cannot_be_read(
    project: Path, invoke: Invoke, silent_endpoint: str, terraform: FakeTerraform
) -> None:
    path = project / "terraform" / ".domovoi-tf.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "moves": {"module.tend": "module.serve"}}))
    terraform.on("state pull", waits=True, code=1)
    done = invoke(cli, "prune-moves")
    reason = (
        f'AWS does not answer, so Terraform was stopped: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network."
    )
    assert (done.code, done.out) == (
        1,
        "  kept     module.tend -> module.serve\n"
        "0 of 1 moved blocks removed.\n"
        f"The state of dev cannot be read: {reason}\n"
        f"The state of prod cannot be read: {reason}\n",
    )


@pytest.mark.usefixtures("project")
def test_temporary_root_whose_backend_does_not_answer_is_an_error(
    terraform: FakeTerraform, silent_endpoint: str
) -> None:
    terraform.on("init", waits=True, code=1)
    backend = Backend("s3", {"bucket": "states", "key": "bar"})
    with pytest.raises(UnansweredError) as caught, initialize_backend(backend, "prod", os.environ, None):
        pass
    assert caught.value.message == (
        f'AWS does not answer, so Terraform was stopped: Read timeout on endpoint URL: "{silent_endpoint}/"'
    )
