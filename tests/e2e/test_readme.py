"""Types the commands of README.md: those of its first example, and those of a new project."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polling import wait_until

from .conftest import PATIENCE, Account, OpenAccount

pytestmark = pytest.mark.emulator

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
POLICY = ".chalice/policy-dev.json"
FIRST_FILES = ("app.py", ".chalice/config.json", POLICY)


def read_section(heading: str) -> str:
    """Returns the text under a heading; without a heading, the text above the first one."""
    beginning = README.index(f"\n## {heading}\n") + 1 if heading else 0
    return README[beginning:].split("\n## ")[0]


def find_blocks(section: str, *languages: str) -> list[str]:
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


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


def write_first_example(folder: Path) -> str:
    """Writes the files of the first example, in the order in which README names them; returns its console."""
    section = read_section("")
    files = find_blocks(section, "python", "json")
    assert [*re.findall(r"`([\w./-]+\.(?:py|json))`", section)] == [*FIRST_FILES]
    for name, text in zip(FIRST_FILES, files, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (console,) = find_blocks(section, "console")
    return console


def test_first_example_works_as_typed_where_permissions_are_enforced(
    account: Account, tmp_path: Path
) -> None:
    console = write_first_example(tmp_path)
    assert list_commands(console)[0] == ["domovoi-tf", "local", "up", "--iam"]
    type_commands(account, console, tmp_path)
    await_log(account, tmp_path, "{'beer': 'Quadrupel', 'quantity': 1}")


def test_new_project_works_as_typed(account: Account, tmp_path: Path) -> None:
    console = find_blocks(read_section("Start"), "console")[0]
    type_commands(account, console, tmp_path)
    await_log(account, tmp_path / "beers", "It is half past five.")
