"""Replays the session of docs/guides/session.md in a terminal and compares it with the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import session
from session import Step, Terminal

from domovoi_tf.terraform.installation import Binary

from .terminals import open_terminals

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
        "The schedule fires every five minutes. Invoke the handler now:",
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


@pytest.fixture
def terminal(
    tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> Iterator[Terminal]:
    with open_terminals(tmp_path, terraform_binary, terraform_environment) as open_terminal:
        yield open_terminal()


def test_session_matches_the_page(request: pytest.FixtureRequest, terminal: Terminal, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = list(session.play(STEPS, terminal, str(tmp_path)))
    played = "\n".join(["<!-- session -->", *lines, "", "<!-- /session -->"])
    now = re.sub(r"(?s)<!-- session -->.*<!-- /session -->", lambda _: played, text)
    if request.config.getoption("--golden") and session.normalize(now) != session.normalize(text):
        PAGE.write_text(now, encoding="utf-8")
        return
    assert session.normalize(now) == session.normalize(text)
