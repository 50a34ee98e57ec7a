"""Fixtures of the end-to-end tests: the command line on the emulator, and the cellar, a deployed app."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest
from attached_provider import run_provider
from command_server import Completed, run_command
from polling import wait_until

from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator, build_environment
from domovoi_tf.terraform.installation import Binary

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
PROGRAM = str(Path(sys.executable).with_name("domovoi-tf"))
#: Seconds that a test waits for the emulator.
PATIENCE = 100.0


class Stack(NamedTuple):
    """A deployed stage."""

    project: Path
    runner: tftest.TerraformTest
    emulator: Emulator


CommandLine = Callable[..., Completed]
AwaitLine = Callable[..., dict[str, Any]]


def write_project(folder: Path, config: Mapping[str, object], app: str) -> Path:
    """Writes a project and returns its folder.

    Args:
        folder: the folder; it need not exist.
        config: the configuration.
        app: the text of ``app.py``.
    """
    (folder / ".chalice").mkdir(parents=True, exist_ok=True)
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    (folder / "app.py").write_text(app)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _reuse_clients() -> Iterator[None]:
    """Lets tests create each client of an emulator once: that takes a tenth of a second of CPU time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator_environment, "create_client", cache(emulator_environment.create_client))
        yield


@pytest.fixture(scope="session")
def shell_environment(emulator: Emulator, attached_terraform: Binary) -> dict[str, str]:
    """The environment variables of a shell that ``local env`` points at the emulator."""
    return build_shell_environment(emulator, attached_terraform)


def build_shell_environment(emulator: Emulator, terraform: Binary) -> dict[str, str]:
    """Returns the environment variables of a shell.

    Args:
        emulator: the emulator that the shell points at.
        terraform: the Terraform program on its ``PATH``.
    """
    path = os.pathsep.join([str(terraform.path.parent), os.environ["PATH"]])
    return {**os.environ, **build_environment(emulator), "PATH": path, "COLUMNS": "100"}


@pytest.fixture(scope="session")
def command_line(shell_environment: dict[str, str]) -> CommandLine:
    """Runs domovoi-tf as a user does, in a shell that points at the emulator."""
    return create_command_line(shell_environment)


def create_command_line(environment: dict[str, str]) -> CommandLine:
    """Returns a function that runs domovoi-tf in a folder; keywords add environment variables."""

    def run(*args: str, cwd: Path, **variables: str) -> Completed:
        done = run_command(args, cwd, {**environment, **variables})
        if done.code:
            sys.stdout.write(done.err)  # a failed assertion cuts it short
        return done

    return run


def apply(runner: tftest.TerraformTest) -> None:
    """Applies a root module."""
    runner.apply(parallelism="20")


@pytest.fixture(scope="session")
def cellar(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: Emulator,
    command_line: CommandLine,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> Stack:
    """The cellar, deployed by Terraform itself."""
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
    return Stack(project, runner, emulator)


@contextmanager
def repeat(action: Callable[[int], None]) -> Iterator[None]:
    """Calls a function with 0, 1, 2, ... every half second, from the beginning to the end of the context."""
    stop = threading.Event()

    def run() -> None:
        for number in count():
            action(number)
            if stop.wait(0.5):
                return

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield
        finally:
            stop.set()
    running.result()


@pytest.fixture(scope="session")
def await_line(emulator: Emulator) -> AwaitLine:
    """Waits until a handler has logged a line that meets a condition, and returns the line."""

    def wait(group: str, handler: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        lines: list[dict[str, Any]] = []

        def has_arrived() -> bool:
            lines[:] = filter(condition, read_lines(emulator, group, handler))
            return bool(lines)

        if not wait_until(has_arrived, PATIENCE):
            messages = "\n".join(read_messages(emulator, group))
            pytest.fail(f"{handler} logged no such line to {group}, which has:\n{messages}")
        return lines[0]

    return wait


def read_messages(emulator: Emulator, group: str) -> list[str]:
    """Returns the messages in a log group."""
    logs = emulator_environment.create_client(emulator, "logs")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def read_lines(emulator: Emulator, group: str, handler: str = "") -> list[dict[str, Any]]:
    """Returns the JSON objects that a handler has logged, or all handlers; each names its handler."""
    messages = read_messages(emulator, group)
    lines = [json.loads(message) for message in messages if message.startswith('{"handler"')]
    return [line for line in lines if line["handler"] == (handler or line["handler"])]


class Account(NamedTuple):
    """An emulator without the resources of other tests.

    Args:
        emulator: the emulator.
        command_line: runs domovoi-tf.
        terraform: the Terraform program, attached to a provider for this emulator.
        environment: the environment variables for Terraform.
    """

    emulator: Emulator
    command_line: CommandLine
    terraform: Binary
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """Returns a boto3 client."""
        return emulator_environment.create_client(self.emulator, service)


OpenAccount = Callable[..., AbstractContextManager[Account]]


@pytest.fixture(scope="session")
def open_account(
    tmp_path_factory: pytest.TempPathFactory,
    terraform_binary: Binary,
    terraform_environment: dict[str, str],
) -> OpenAccount:
    """Starts an emulator of its own, for as long as the context lasts. Tests need not clean up in it."""

    @contextmanager
    def start(iam: bool = False) -> Iterator[Account]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOMOVOI_TF_HOME", str(tmp_path_factory.mktemp("account")))
            try:
                emulator = local.start(iam=iam)
                environment = {**terraform_environment, **build_environment(emulator)}
                folder = tmp_path_factory.mktemp("provider")
                with run_provider(folder, terraform_binary, environment) as provider:
                    terraform = provider.attach(terraform_binary)
                    run = create_command_line(build_shell_environment(emulator, terraform))
                    yield Account(emulator, run, terraform, environment)
            finally:
                local.stop()

    return start


@pytest.fixture
def account(open_account: OpenAccount) -> Iterator[Account]:
    """An emulator for one test."""
    with open_account() as opened:
        yield opened
