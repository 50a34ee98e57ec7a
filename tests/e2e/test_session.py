"""The session of the documentation is played again in a terminal: it shows what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import session
from session import Step, Terminal

from domovoi_tf.local.emulator_environment import UNSET

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]
PAGE = Path(__file__).parents[2] / "docs" / "session.md"
STEPS = [
    Step("A project, which works as it stands:", "domovoi-tf new-project beers"),
    Step("", "cd beers"),
    Step(
        "The emulator of AWS. From here on the commands are those for AWS; this shell is pointed elsewhere.",
        "domovoi-tf local up",
    ),
    Step("", 'eval "$(domovoi-tf local env)"'),
    Step(
        "The first deployment. It asks once it is known what would be done.",
        "domovoi-tf deploy",
        answers={"Apply this plan? [y/N]: ": "y"},
    ),
    Step(
        "The schedule fires every five minutes; `invoke` does not wait for it.",
        'domovoi-tf invoke tick --event \'{"time": "half past five"}\'',
    ),
    Step("What the handler wrote:", "domovoi-tf logs", until="It is half past five."),
    Step("A change: another schedule.", "sed -i 's/rate(5 minutes)/rate(1 minute)/' app.py"),
    Step("", "domovoi-tf render"),
    Step(
        "What would it do? `plan` says it by handler, and then Terraform does.",
        "domovoi-tf plan",
        keep=r"^(?!module\.\S+: Refreshing)",
    ),
    Step(
        "`deploy` renders, packages and plans again, and applies that.",
        "domovoi-tf deploy",
        answers={"Apply this plan? [y/N]: ": "y"},
    ),
    Step(
        "The end. Terraform lists all that goes, and asks.",
        "domovoi-tf destroy",
        answers={"Enter a value:": "yes"},
        keep=r"Plan:|Do you really|There is no undo|Only 'yes'|Enter a value|Destroy complete",
    ),
    Step("", "domovoi-tf local down"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    dropped = ("TF_VAR_", "TF_CLI_ARGS", "DOMOVOI_TF_", "NO_COLOR", "AWS_")
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(dropped) and n not in UNSET}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {
        "PATH": path,
        "HOME": str(tmp_path),
        "DOMOVOI_TF_HOME": str(tmp_path / ".state"),
        "LC_ALL": "C.UTF-8",
    }
    started = Terminal(tmp_path, {**inherited, **own})
    yield started
    started.close()
    subprocess.run(["domovoi-tf", "local", "down"], env={**inherited, **own}, check=True)


def test_the_session_goes_as_the_page_says(
    request: pytest.FixtureRequest, terminal: Terminal, tmp_path: Path
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = list(session.page(STEPS, terminal, str(tmp_path)))
    played = "\n".join(["<!-- session -->", *lines, "", "<!-- /session -->"])
    now = re.sub(r"(?s)<!-- session -->.*<!-- /session -->", lambda _: played, text)
    if request.config.getoption("--golden") and session.normalised(now) != session.normalised(text):
        PAGE.write_text(now, encoding="utf-8")
        return
    assert session.normalised(now) == session.normalised(text)
