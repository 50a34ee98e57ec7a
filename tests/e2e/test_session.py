"""Replays the session of docs/guides/session.md in a terminal and compares it with the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import session
from attached_provider import run_provider
from session import Step, Terminal

from domovoi_tf.local import emulator as local
from domovoi_tf.local.emulator_environment import UNSET, build_environment
from domovoi_tf.terraform.installation import Binary

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]
PAGE = Path(__file__).parents[2] / "docs" / "guides" / "session.md"
STEPS = [
    Step("Create a project, which works without changes:", "domovoi-tf new-project beers"),
    Step("", "cd beers"),
    Step(
        "Start the AWS emulator and point this shell at it. All other commands are the same as for AWS.",
        "domovoi-tf local up",
    ),
    Step("", 'eval "$(domovoi-tf local env)"'),
    Step(
        "Deploy the app for the first time. `deploy` shows the plan and asks.",
        "domovoi-tf deploy",
        answers={"Apply this plan? [y/N]: ": "y"},
    ),
    Step(
        "The schedule fires every five minutes. Invoke the handler without waiting for it:",
        'domovoi-tf invoke tick --event \'{"time": "half past five"}\'',
    ),
    Step("Show the handler's log:", "domovoi-tf logs", until="It is half past five."),
    Step("Change the schedule:", "sed -i 's/rate(5 minutes)/rate(1 minute)/' app.py"),
    Step("", "domovoi-tf render"),
    Step("", "domovoi-tf package"),
    Step(
        "Show what the change would do. `plan` lists it by handler, followed by Terraform's plan.",
        "domovoi-tf plan",
        keep=r"^(?!module\.\S+: Refreshing)",
    ),
    Step(
        "Deploy it. `deploy` renders, packages and plans again, and applies that plan.",
        "domovoi-tf deploy",
        answers={"Apply this plan? [y/N]: ": "y"},
    ),
    Step(
        "Destroy everything. The command lists what it destroys by handler, and asks.",
        "domovoi-tf destroy",
        answers={"Destroy all of this in dev? [y/N]: ": "y"},
        keep=r"- destroys|to destroy\.|^$|Destroy all|Apply complete",
    ),
    Step("", "domovoi-tf local down"),
]


class AttachedTerminal(Terminal):
    """A terminal in which Terraform is attached to a provider as soon as the emulator runs.

    Args:
        folder: the working folder, whose `bin` is the first folder of ``PATH``.
        environment: the environment variables.
        start_provider: starts the provider and returns the Terraform program.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], start_provider: Callable[[], Path]
    ) -> None:
        super().__init__(folder, environment)
        self._folder, self._start_provider = folder, start_provider

    def run(self, step: Step) -> list[str]:
        screen = super().run(step)
        if step.command == "domovoi-tf local up":
            (self._folder / "bin").mkdir()
            (self._folder / "bin" / "terraform").symlink_to(self._start_provider())
        return screen


@pytest.fixture
def terminal(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    terraform_binary: Binary,
    terraform_environment: dict[str, str],
) -> Iterator[Terminal]:
    removed = ("TF_VAR_", "TF_CLI_ARGS", "DOMOVOI_TF_", "NO_COLOR", "AWS_")
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(removed) and n not in UNSET}
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {
        "PATH": path,
        "HOME": str(tmp_path),
        "DOMOVOI_TF_HOME": str(tmp_path / ".state"),
        "LC_ALL": "C.UTF-8",
    }
    monkeypatch.setenv("DOMOVOI_TF_HOME", variables["DOMOVOI_TF_HOME"])
    with ExitStack() as stack:

        def start_provider() -> Path:
            emulator = local.find_running()
            assert emulator
            environment = {**terraform_environment, **build_environment(emulator)}
            folder = tmp_path_factory.mktemp("provider")
            provider = stack.enter_context(run_provider(folder, terraform_binary, environment))
            return provider.attach(terraform_binary).path

        started = AttachedTerminal(tmp_path, {**inherited, **variables}, start_provider)
        yield started
        started.close()
    subprocess.run(["domovoi-tf", "local", "down"], env={**inherited, **variables}, check=True)


def test_session_matches_the_page(request: pytest.FixtureRequest, terminal: Terminal, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = list(session.play(STEPS, terminal, str(tmp_path)))
    played = "\n".join(["<!-- session -->", *lines, "", "<!-- /session -->"])
    now = re.sub(r"(?s)<!-- session -->.*<!-- /session -->", lambda _: played, text)
    if request.config.getoption("--golden") and session.normalize(now) != session.normalize(text):
        PAGE.write_text(now, encoding="utf-8")
        return
    assert session.normalize(now) == session.normalize(text)
