"""Ctrl-C in each command that runs Terraform, and standard output that nobody reads any more."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.system.background_processes import wait_until

from ..conftest import PATIENCE, PROGRAM, configure

STATE = json.dumps({"version": 4, "serial": 7, "lineage": "l", "resources": [{"mode": "managed"}]})
CREATION = {
    "resource_changes": [
        {
            "address": "terraform_data.beer",
            "mode": "managed",
            "type": "terraform_data",
            "name": "beer",
            "change": {"actions": ["create"], "before": None, "after": {"input": "pils"}},
        }
    ]
}
#: Consequences of Ctrl-C, as Terraform prints them.
ERRORS = "\n".join(
    f"\nError: {text}\n"
    for text in ("execution halted", "execution halted", "Failed to read any lines from plugin's stdout")
)
UNCHANGED = "Interrupted. Nothing was changed."
INITIALIZING = (
    "Interrupted. Nothing was changed on AWS. Run the command again: it continues where it stopped."
)
APPLYING = (
    "Interrupted. What Terraform had finished is in the state. "
    "Run the command again to make the other changes."
)
DESTROYING = (
    "Interrupted. What Terraform had destroyed is no longer in the state. "
    "Run the command again to destroy the rest."
)
UNLOCKING = "Interrupted. The lock may or may not be released: `domovoi-tf backend status` shows it."


@pytest.fixture
def prepared(
    project: Path, rendered_tree: Path, terraform: FakeTerraform, environment: dict[str, str]
) -> dict[str, str]:
    """The environment of a shell, for a project whose Terraform works."""
    configure(project, {"app_name": "bar", "terraform": {"backend": {"gcs": {"bucket": "states"}}}})
    environment = {**environment, "DOMOVOI_TF_TERRAFORM": str(terraform.path), "AWS_REGION": "eu-west-1"}
    done = subprocess.run([PROGRAM, "render"], cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    data = rendered_tree / "stages" / "dev" / ".terraform"
    (data / "modules").mkdir(parents=True)
    sources = {"": "", "app": "../../app", "app.lambda": "./modules/lambda", "app.iam": "./modules/iam"}
    sources["app.tend"] = "./modules/triggers/sns"
    modules = [{"Key": key, "Source": source} for key, source in sources.items()]
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": modules}))
    terraform.on("plan", "Terraform will perform\n", code=2, files={"-out": "plan"})
    terraform.on("plan -input=false -no-color -refresh-only", "No changes.\n", files={"-out": "plan"})
    terraform.on("plan -input=false -no-color -out", "Terraform will perform\n", files={"-out": "plan"})
    terraform.on("show", json.dumps(CREATION))
    terraform.on("state pull", STATE)
    terraform.on("state list")
    terraform.on("apply")
    terraform.on("output", "{}")
    return environment


@pytest.mark.parametrize(
    ("args", "command", "result"),
    [
        ("init", "version", UNCHANGED),
        ("init", "init", INITIALIZING),
        ("validate", "validate", UNCHANGED),
        ("output", "output", UNCHANGED),
        ("output --json", "output", UNCHANGED),
        ("plan", "plan", UNCHANGED),
        ("plan", "show", UNCHANGED),
        ("plan", "state pull", UNCHANGED),
        ("plan --json", "plan", UNCHANGED),
        ("plan -- -json", "plan", UNCHANGED),
        ("apply --yes", "plan", UNCHANGED),
        ("apply --yes", "apply", APPLYING),
        ("apply -- -auto-approve", "apply", APPLYING),
        ("drift", "plan", UNCHANGED),
        ("drift", "show", UNCHANGED),
        ("destroy --yes", "plan", UNCHANGED),
        ("destroy --yes", "apply", APPLYING),
        ("destroy -- -auto-approve", "destroy", DESTROYING),
        ("deploy --yes", "init", INITIALIZING),
        ("deploy --yes", "plan", UNCHANGED),
        ("deploy --yes", "show", UNCHANGED),
        ("deploy --yes", "apply", APPLYING.replace(" ", " 0 of 1 changes were made. ", 1)),
        ("deploy --yes", "output", UNCHANGED),
        ("backend status", "init", INITIALIZING),
        ("backend status", "state pull", UNCHANGED),
        ("backend unlock --yes --id 5d0e", "force-unlock", UNLOCKING),
        ("backend migrate --yes", "state pull", UNCHANGED),
        ("backend recover", "plan", UNCHANGED),
        ("doctor", "version", UNCHANGED),
    ],
)
def test_ctrl_c_says_what_is_done_and_what_is_not(
    args: str, command: str, result: str, project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    terraform.on(command, err=ERRORS, code=1, waits=True)
    with start(args.split(), project, prepared) as process:
        await_terraform(process, terraform)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors.lstrip("\n")) == (130, f"{result}\n")
    assert "Error" not in output
    started = terraform.commands
    assert started[-1].startswith(command)
    assert not list(project.rglob("*.plan"))


def test_ctrl_c_after_the_last_change_says_that_all_were_made(
    project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    terraform.on("apply", "done\n", waits=True)
    with start(["apply", "--", "-auto-approve"], project, prepared) as process:
        await_terraform(process, terraform)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, errors) == (
        130,
        "done\n",
        "\nInterrupted. Terraform had already made all changes.\n",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_have_their_own_exit_code(
    number: signal.Signals, project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    terraform.on("plan", waits=True)
    with start(["drift"], project, prepared) as process:
        await_terraform(process, terraform)
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (128 + number, f"\n{UNCHANGED}\n")


@pytest.mark.parametrize(
    "args", ["plan", "plan --json", "apply --yes", "deploy --yes", "apply -- -auto-approve"]
)
@pytest.mark.parametrize("is_read", [True, False], ids=["read to the end", "with its reader gone"])
def test_terraform_finishes_if_nobody_reads_its_output(
    args: str, is_read: bool, project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    name = "apply" if "-auto" in args else "plan"
    text = "Terraform will perform\n" + "more than a pipe holds\n" * 10_000
    code = 2 if name == "plan" and args != "deploy --yes" else 0
    terraform.on(name, text, code=code, files={"-out": "plan"} if name == "plan" else {}, waits=True)
    with start(args.split(), project, prepared) as process:
        await_terraform(process, terraform)
        if not is_read:
            assert process.stdout
            process.stdout.close()
            process.stdout = None
        terraform.proceed()
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert terraform.has_finished
    if args.startswith("plan"):
        assert (project / "terraform" / "stages" / "dev" / ".terraform" / "domovoi-tf" / "plan.json").exists()
    else:
        assert any(re.match("apply", call) for call in terraform.commands)


def start(args: list[str], project: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Starts domovoi-tf in a process group of its own, as a shell does."""
    return subprocess.Popen(
        [PROGRAM, *args],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def await_terraform(process: subprocess.Popen[str], terraform: FakeTerraform) -> None:
    """Waits until Terraform waits."""
    assert wait_until(lambda: terraform.is_waiting or process.poll() is not None, PATIENCE)
    assert process.poll() is None, process.communicate()
