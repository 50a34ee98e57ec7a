"""Ctrl-C in each command that runs Terraform, and standard output that nobody reads any more."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest
from command_server import Command, Completed, start_command
from fake_terraform import FakeTerraform

from domovoi_tf.system.background_processes import wait_until

from ..conftest import APP, PATIENCE, PROGRAM, configure, create_environment, run_program, write_project

CONFIG = {"app_name": "bar", "terraform": {"backend": {"gcs": {"bucket": "states"}}}}
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


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered files of `project` with a backend."""
    folder = tmp_path_factory.mktemp("tree")
    project = write_project(folder / "bar", APP, CONFIG)
    done = run_program([PROGRAM, "render"], project, create_environment(folder))
    assert done.returncode == 0, done.stderr
    return project / "terraform"


@pytest.fixture
def prepared(
    project: Path, rendered_tree: Path, terraform: FakeTerraform, environment: dict[str, str]
) -> dict[str, str]:
    """The environment of a shell, for a project whose Terraform works."""
    configure(project, CONFIG)
    environment = {**environment, "DOMOVOI_TF_TERRAFORM": str(terraform.path), "AWS_REGION": "eu-west-1"}
    data = rendered_tree / "stages" / "dev" / ".terraform"
    (data / "modules").mkdir(parents=True)
    sources = {"": "", "app": "../../app", "app.lambda": "./modules/lambda", "app.iam": "./modules/iam"}
    sources["app.tend"] = "./modules/triggers/sns"
    modules = [{"Key": key, "Source": source} for key, source in sources.items()]
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": modules}))
    terraform.on("plan", "Terraform will perform\n", code=2, files={"-out": "plan"})
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
        process.command.send_signal(signal.SIGINT, to_group=True)
        done = process.complete()
    assert (done.code, done.err.lstrip("\n")) == (130, f"{result}\n")
    assert "Error" not in done.out
    started = terraform.commands
    assert started[-1].startswith(command)
    assert not list(project.rglob("*.plan"))


def test_ctrl_c_after_the_last_change_says_that_all_were_made(
    project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    terraform.on("apply", "done\n", waits=True)
    with start(["apply", "--", "-auto-approve"], project, prepared) as process:
        await_terraform(process, terraform)
        process.command.send_signal(signal.SIGINT, to_group=True)
        done = process.complete()
    assert done == (130, "done\n", "\nInterrupted. Terraform had already made all changes.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_have_their_own_exit_code(
    number: signal.Signals, project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    terraform.on("plan", waits=True)
    with start(["drift"], project, prepared) as process:
        await_terraform(process, terraform)
        process.command.send_signal(number, to_group=True)
        done = process.complete()
    assert (done.code, done.err) == (128 + number, f"\n{UNCHANGED}\n")


@pytest.mark.parametrize(
    "args", ["plan", "plan --json", "apply --yes", "deploy --yes", "apply -- -auto-approve"]
)
@pytest.mark.parametrize("is_read", [True, False], ids=["read to the end", "with its reader gone"])
def test_terraform_finishes_if_nobody_reads_its_output(
    args: str, is_read: bool, project: Path, terraform: FakeTerraform, prepared: dict[str, str]
) -> None:
    name = "apply" if "-auto" in args else "plan"
    text = "Terraform will perform\n" + "more than a pipe holds\n" * 10_000
    code = 2 if name == "plan" else 0
    terraform.on(name, text, code=code, files={"-out": "plan"} if name == "plan" else {}, waits=True)
    with start(args.split(), project, prepared) as process:
        await_terraform(process, terraform)
        if not is_read:
            process.out.close()
        terraform.proceed()
        done = process.complete()
    assert (done.code, done.err) == (0, "")
    assert terraform.has_finished
    if args.startswith("plan"):
        assert (project / "terraform" / "stages" / "dev" / ".terraform" / "domovoi-tf" / "plan.json").exists()
    else:
        assert any(re.match("apply", call) for call in terraform.commands)


class Process(NamedTuple):
    """A command that runs, with the ends of the pipes that are its output."""

    command: Command
    out: TextIO
    err: TextIO

    def complete(self) -> Completed:
        """Reads the output, unless it is closed, and waits for the end."""
        with ThreadPoolExecutor(2) as pool:
            texts = pool.map(lambda stream: "" if stream.closed else stream.read(), (self.out, self.err))
            try:
                code = self.command.wait(PATIENCE)
            except TimeoutError:
                self.command.send_signal(signal.SIGKILL, to_group=True)
                raise
        return Completed(code, *texts)


@contextmanager
def start(args: list[str], project: Path, environment: dict[str, str]) -> Iterator[Process]:
    """Starts domovoi-tf in a process group of its own, as a shell does."""
    out, err = os.pipe(), os.pipe()
    with Path(os.devnull).open() as empty, os.fdopen(out[0]) as out_end, os.fdopen(err[0]) as err_end:
        streams = (empty.fileno(), out[1], err[1])
        command = start_command(args, project, environment, streams, in_session=True)
        for stream in streams[1:]:
            os.close(stream)
        try:
            yield Process(command, out_end, err_end)
        finally:
            command.send_signal(signal.SIGKILL, to_group=True)


def await_terraform(process: Process, terraform: FakeTerraform) -> None:
    """Waits until Terraform waits."""
    assert wait_until(lambda: terraform.is_waiting or process.command.has_ended(), PATIENCE)
    assert not process.command.has_ended(), process.complete()
