"""Types the commands of README.md that deploy its example."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.pages import list_texts
from polling import wait_until

from .conftest import PATIENCE, Account, OpenAccount

pytestmark = pytest.mark.emulator


def list_commands(block: str) -> list[list[str]]:
    return [shlex.split(line[2:], comments=True) for line in block.splitlines()]


@pytest.fixture(scope="module")
def account(open_account: OpenAccount) -> Iterator[Account]:
    with open_account(iam=True) as opened:
        yield opened


def type_commands(account: Account, block: str, folder: Path) -> str:
    """Runs a console's commands as a shell does, and returns the output of the last one."""
    output = ""
    for program, *arguments in list_commands(block):
        if program == "cd":
            folder /= arguments[0]
        elif program == "pytest":
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
            environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        else:
            assert program == "domovoi-tf"
            done = account.command_line(*arguments, cwd=folder)
            assert done.code == 0, (arguments, done)
            output = done.out
    assert (program, arguments) == ("domovoi-tf", ["local", "logs"])
    return output


def await_log(account: Account, folder: Path, text: str) -> None:
    """Repeats the last command until the log has a text."""
    outputs: list[str] = []

    def has_arrived() -> bool:
        outputs.append(account.command_line("local", "logs", cwd=folder).out)
        return text in outputs[-1] or "Error" in outputs[-1]

    assert wait_until(has_arrived, PATIENCE), outputs[-1]
    assert text in outputs[-1], outputs[-1]


def test_example_works_as_typed_if_permissions_are_enforced(account: Account, tmp_path: Path) -> None:
    (console,) = [block for block in list_texts("README.md", "console") if "local up" in block]
    assert ["domovoi-tf", "local", "up", "--iam"] in list_commands(console)
    type_commands(account, console, tmp_path)
    await_log(account, tmp_path / "bartender", "{'beer': 'Quadrupel', 'quantity': 1}")
