"""One applied stack for all end-to-end tests: the cellar, deployed by plain Terraform on the emulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest
from attached_provider import run_provider

from domovoi_tf.local import emulator, emulator_environment
from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.terraform import installation

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
PATIENCE = 100.0
#: Once in some hundred applies the emulator carries out a request and its answer is lost: the provider asks
#: again, and is told that the permission exists. Its name is random, so nothing else can have made it. The
#: apply is then repeated, as a user would repeat it.
LOST_ANSWER = "ResourceConflictException: The statement id"


class Stack(NamedTuple):
    """An applied stage."""

    project: Path
    runner: tftest.TerraformTest
    emulator: emulator_environment.Emulator


class Completed(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Completed]
AwaitLine = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def command_line(
    emulator: emulator_environment.Emulator, attached_terraform: installation.Binary
) -> CommandLine:
    """Runs domovoi-tf as a user does, in a shell that ``local env`` points at the emulator."""
    return command_line_at(emulator, attached_terraform)


def command_line_at(emulator: emulator_environment.Emulator, terraform: installation.Binary) -> CommandLine:
    """Returns a function that runs domovoi-tf against an emulator.

    Args:
        emulator: the running emulator.
        terraform: the program that domovoi-tf finds on ``PATH``.
    """

    def run(*args: str, cwd: Path, repeat: bool = True, **environ: str) -> Completed:
        done = once(*args, cwd=cwd, **environ)
        lost = done.code and LOST_ANSWER in done.err
        return once(*args, cwd=cwd, **environ) if lost and repeat else done

    def once(*args: str, cwd: Path, **environ: str) -> Completed:
        environment = {
            **os.environ,
            **emulator_environment.build_environment(emulator),
            "PATH": os.pathsep.join([str(terraform.path.parent), os.environ["PATH"]]),
            "COLUMNS": "100",
            **environ,
        }
        program = str(Path(sys.executable).parent / "domovoi-tf")
        done = subprocess.run(
            [program, *args],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.stdout.write(done.stderr)  # whole, where a failed assertion would cut it short
        return Completed(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def cellar(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: emulator_environment.Emulator,
    command_line: CommandLine,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> Iterator[Stack]:
    project = tmp_path_factory.mktemp("cellar") / "cellar"
    shutil.copytree(HERE / "cellar", project, ignore=shutil.ignore_patterns("__pycache__"))
    emulator_environment.create_client(emulator, "sns").create_topic(Name="cellar-elsewhere")
    for command in (["backend", "create"], ["render"], ["package"]):
        done = command_line(*command, cwd=project)
        assert done.code == 0, done
    root = str(project / "terraform" / "stages" / "dev")
    runner = tftest.TerraformTest(root, binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    apply(runner)
    yield Stack(project, runner, emulator)
    runner.destroy()


def apply(runner: tftest.TerraformTest) -> None:
    """Applies a root, again where an answer was lost."""
    try:
        runner.apply(parallelism="20")
    except tftest.TerraformTestError as error:
        if LOST_ANSWER not in str(error):
            raise
        runner.apply(parallelism="20")


@pytest.fixture(scope="session")
def await_line(emulator: emulator_environment.Emulator) -> AwaitLine:
    """Waits for a handler's line of JSON in a function's log group."""

    def wait(group: str, handler: str, where: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        logs = emulator_environment.create_client(emulator, "logs")
        found: list[dict[str, Any]] = []

        def arrived() -> bool:
            found[:] = filter(where, _lines(logs, group, handler))
            return bool(found)

        assert wait_until(arrived, PATIENCE), f"{handler} logged no such line to {group}"
        return found[0]

    return wait


def _lines(logs: Any, group: str, handler: str) -> Iterator[dict[str, Any]]:
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            if event["message"].startswith('{"handler"'):
                line = json.loads(event["message"])
                if line["handler"] == handler:
                    yield line


class Account(NamedTuple):
    """An emulator of its own: its command line, and Terraform with its environment."""

    emulator: emulator_environment.Emulator
    command_line: CommandLine
    terraform: installation.Binary
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """Returns a boto3 client."""
        return emulator_environment.create_client(self.emulator, service)


OpenAccount = Callable[..., AbstractContextManager[Account]]


@pytest.fixture(scope="session")
def open_account(
    tmp_path_factory: pytest.TempPathFactory,
    terraform_binary: installation.Binary,
    terraform_environment: dict[str, str],
) -> OpenAccount:
    """Starts an emulator for tests that must not meet the resources of others; nobody need clean up in it."""

    @contextmanager
    def start(iam: bool = False) -> Iterator[Account]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOMOVOI_TF_HOME", str(tmp_path_factory.mktemp("account")))
            try:
                started = emulator.start(iam=iam)
                environment = {**terraform_environment, **emulator_environment.build_environment(started)}
                folder = tmp_path_factory.mktemp("provider")
                with run_provider(folder, terraform_binary, environment) as provider:
                    terraform = provider.attach(terraform_binary)
                    yield Account(started, command_line_at(started, terraform), terraform, environment)
            finally:
                emulator.stop()

    return start


@pytest.fixture
def account(open_account: OpenAccount) -> Iterator[Account]:
    """An emulator for one test."""
    with open_account() as opened:
        yield opened
