"""Completion in real shells, by the keys that a user types; zsh and fish only if they are installed."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from domovoi_tf.system.background_processes import wait_until

from ..conftest import PATIENCE

#: The beginnings of the ten most used commands, and what the shell adds.
LINES = [
    ("domovoi-tf new-proj", "ect"),
    ("domovoi-tf new-project beers --ci gi", "thub"),
    ("domovoi-tf new-project beers --template barte", "nder"),
    ("domovoi-tf render --che", "ck"),
    ("domovoi-tf render --stage dev --stage pro", "d"),
    ("domovoi-tf show --js", "on"),
    ("domovoi-tf plan --stage=pro", "d"),
    ("domovoi-tf depl", "oy"),
    ("domovoi-tf deploy --out ord", "ers.json"),
    ("domovoi-tf local stat", "us"),
    ("domovoi-tf local status --js", "on"),
    ("domovoi-tf logs tic", "k"),
    ("domovoi-tf logs tick --foll", "ow"),
    ("domovoi-tf invoke tid", "y"),
    ("domovoi-tf invoke tidy --event ord", "ers.json"),
    ("domovoi-tf local deploy --dry", "-run"),
    ("domovoi-tf local send tid", "y"),
    ("domovoi-tf local send tidy --file ord", "ers.json"),
]
#: Lines to which nothing is added: outside of a project, or if nothing matches.
NAMES = ["domovoi-tf deploy --stage pro", "domovoi-tf logs tic", "domovoi-tf local send tic"]
SET_UP = {
    "bash": 'eval "$(domovoi-tf completion bash)"',
    "zsh": 'autoload -Uz compinit && compinit -u -D && eval "$(domovoi-tf completion zsh)"',
}
COMMANDS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}


class Shell:
    """An interactive shell with completion.

    Args:
        name: the name of its program.
        folder: the working folder.
        environment: the environment variables.
    """

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        own = {"PS1": "$ ", "INPUTRC": "/dev/null", "HISTFILE": "", "ZDOTDIR": str(folder)}
        self._child = pexpect.spawn(
            name,
            COMMANDS[name],
            cwd=folder,
            env={**environment, **own},
            dimensions=(100, 120),
            encoding="utf-8",
        )
        self._screen = pyte.Screen(120, 100)
        self._stream = pyte.Stream(self._screen)
        self.run(f'{SET_UP[name]}; clear; echo rea""dy', "ready")

    def run(self, command: str, result: str) -> list[str]:
        """Runs a command and returns the lines of the screen, once one of them is the result."""
        self._child.send(f"{command}\r")
        return self._await(lambda lines: result in lines)

    def complete(self, line: str, completed: str) -> None:
        """Types a line and a tab, awaits the line that becomes of it, and deletes it."""
        self._child.send(f"{line}\t")
        self._await(lambda lines: f"$ {completed}" in lines)
        self._child.send("\x15")
        self.run('clear; echo rea""dy', "ready")

    def leave(self, line: str) -> list[str]:
        """Types a line and a tab, runs ``echo`` with it, awaits the next prompt, and returns the screen."""
        self._child.send(f"{line}\t\x01echo \r")
        return self._await(lambda lines: lines[-2:] == [line, "$"])

    def close(self) -> None:
        """Ends the shell."""
        self._child.close(force=True)

    def _await(self, is_there: Callable[[list[str]], bool]) -> list[str]:
        lines: list[str] = []

        def look() -> bool:
            with contextlib.suppress(pexpect.TIMEOUT):
                self._stream.feed(self._child.read_nonblocking(65536, timeout=1))
            lines[:] = [line.rstrip() for line in self._screen.display if line.strip()]
            return is_there(lines)

        assert wait_until(look, PATIENCE), lines
        return lines

    @staticmethod
    def require(name: str) -> None:
        """Skips the test if a shell is not installed."""
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")


@pytest.fixture
def project(staged_project: Path) -> Path:
    (staged_project / "orders.json").write_text("{}")
    return staged_project


@pytest.fixture
def open_shell(environment: dict[str, str]) -> Iterator[Callable[[str, Path], Shell]]:
    """Starts shells."""
    shells: list[Shell] = []

    def start(name: str, folder: Path) -> Shell:
        Shell.require(name)
        shells.append(Shell(name, folder, environment))
        return shells[-1]

    yield start
    for shell in shells:
        shell.close()


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_commands_options_and_names_are_completed(
    name: str, project: Path, open_shell: Callable[[str, Path], Shell]
) -> None:
    shell = open_shell(name, project)
    for typed, added in LINES:
        shell.complete(typed, f"{typed}{added}")


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_shell_shows_nothing_but_the_line_if_there_are_no_names(
    name: str, tmp_path: Path, project: Path, open_shell: Callable[[str, Path], Shell]
) -> None:
    (project / "app.py").write_text("def tick(:\n")
    (project / ".chalice" / "config.json").write_text("{,")
    for folder in (tmp_path, project):
        shell = open_shell(name, folder)
        for line in NAMES:
            screen = shell.leave(line)
            assert screen[-3:-1] == [f"$ echo {line}", line]
        assert not any("Error" in each or "Traceback" in each for each in screen)


def ask_fish(lines: list[str], folder: Path, environment: dict[str, str]) -> list[list[str]]:
    """Returns the completions that fish offers for each line."""
    Shell.require("fish")
    asked = "; ".join(f"complete -C '{line}'; echo ==" for line in lines)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"domovoi-tf completion fish | source; {asked}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [answer.splitlines() for answer in done.stdout.split("==\n")[:-1]]


def test_fish_offers_commands_options_and_names(project: Path, environment: dict[str, str]) -> None:
    offered = ask_fish([line for line, _ in LINES], project, environment)
    for (typed, added), offers in zip(LINES, offered, strict=True):
        assert f"{typed.split()[-1]}{added}" in [offer.partition("\t")[0] for offer in offers], typed
    deploy = "deploy\tRender, package and plan the app, then ask and apply."
    assert ask_fish(["domovoi-tf depl"], project, environment) == [[deploy]]


def test_fish_offers_nothing_if_there_are_no_names(
    tmp_path: Path, project: Path, environment: dict[str, str]
) -> None:
    (project / "app.py").write_text("def tick(:\n")
    (project / ".chalice" / "config.json").write_text("{,")
    for folder in (tmp_path, project):
        assert ask_fish(NAMES, folder, environment) == [[], [], []]
