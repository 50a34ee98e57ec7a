"""Opens terminals of a new user; Terraform is attached to a provider as soon as the emulator runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pexpect
import pytest
from attached_provider import run_provider
from polling import wait_until
from screen import PATIENCE, render_screen
from session import COLUMNS, Step, Terminal, build_variables

from domovoi_tf.local import emulator as local
from domovoi_tf.local.emulator_environment import build_environment
from domovoi_tf.terraform.installation import Binary

OpenTerminal = Callable[[], "AttachedTerminal"]


class AttachedTerminal(Terminal):
    """A terminal in which Terraform is attached to a provider as soon as the emulator runs.

    Args:
        folder: the working folder, whose `bin` is the first folder of ``PATH``.
        environment: the environment variables.
        columns: the width of the terminal.
        start_provider: starts the provider and returns the Terraform program.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        columns: int,
        start_provider: Callable[[], Path],
    ) -> None:
        super().__init__(folder, environment, columns)
        self._written = ""
        self._program, self._start_provider = folder / "bin" / "terraform", start_provider

    def run(self, step: Step) -> list[str]:
        screen = super().run(step)
        if step.command == "domovoi-tf local up" and not self._program.exists():
            self._program.parent.mkdir()
            self._program.symlink_to(self._start_provider())
        return screen

    def press(self, keys: str) -> None:
        """Types text, and does not wait for what it does."""
        self._bash.send(keys)

    def read_screen(self) -> list[str]:
        """Returns the lines of the screen since the last command that has ended."""
        while self._bash.expect([pexpect.TIMEOUT, ".+"], timeout=0.1):
            self._written += str(self._bash.after)
        return render_screen(self._written, self._columns)


@contextmanager
def open_terminals(
    folder: Path, terraform: Binary, environment: Mapping[str, str], columns: int = COLUMNS
) -> Iterator[OpenTerminal]:
    """Opens terminals for as long as the context lasts, and stops the emulator when it ends.

    Args:
        folder: the home and the first working folder of the user.
        terraform: the Terraform program.
        environment: the environment variables for Terraform.
        columns: the width of the terminals.
    """
    variables = build_variables(folder)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("DOMOVOI_TF_HOME", variables["DOMOVOI_TF_HOME"])

        def start_provider() -> Path:
            emulator = local.find_running()
            assert emulator
            provider_environment = {**environment, **build_environment(emulator)}
            (folder / ".provider").mkdir()
            running = run_provider(folder / ".provider", terraform, provider_environment)
            return stack.enter_context(running).attach(terraform).path

        def open_terminal() -> AttachedTerminal:
            terminal = AttachedTerminal(folder, variables, columns, start_provider)
            stack.callback(terminal.close)
            return terminal

        stack.callback(_stop_emulator, variables)
        yield open_terminal


def _stop_emulator(variables: dict[str, str]) -> None:
    """Stops the emulator as soon as no `dev` uses it."""
    command = ["domovoi-tf", "local", "down"]
    assert wait_until(lambda: subprocess.run(command, env=variables, check=False).returncode == 0, PATIENCE)
