"""Records commands in a terminal of 80 columns: ``deploy.svg``, ``dev.svg`` and ``plan.svg``.

The commands are real, and run on an emulator of their own.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from session import PROMPTED, Terminal, build_variables

from pictures import terminal

EXAMPLE = Path(__file__).parents[2] / "examples" / "bartender"
CONFIGURATION = {
    "app_name": "bartender",
    "terraform": {"backend": {"s3": {"bucket": "bartender-terraform-state", "region": "us-east-1"}}},
}
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sns:CreateTopic", "sns:Publish"],
            "Resource": "arn:aws:sns:*:*:bartender",
        }
    ],
}
#: A handler that is added before `plan`, and a permission.
MENU = """

@app.function_url(auth="NONE")
def menu(event, context):
    return {"statusCode": 200, "body": "Quadrupel"}
"""
GRANT = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/beers"}
#: The beginning of Terraform's own plan, which follows the changes by handler.
OWN_PLAN = "Terraform used the selected providers"
LAST_LINE = "Apply this plan with"

#: The sessions in the order in which they are played, each with its title and the commands that it shows.
SESSIONS: dict[str, tuple[str, str]] = {
    "deploy": (
        "domovoi-tf deploy",
        "A first deployment to the local emulator: each step with its time, the changes by handler, a "
        "question, and the next commands.",
    ),
    "dev": (
        "domovoi-tf dev",
        "domovoi-tf dev handles a message, shows the traceback of a mistake in the next version of the code, "
        "and replays the message after the correction.",
    ),
    "plan": (
        "domovoi-tf plan",
        "The changes by handler, the permissions that change, and what becomes public, before the plan of "
        "Terraform itself.",
    ),
}


class Answer(NamedTuple):
    """A reaction to a text of a command.

    Args:
        text: the text to wait for.
        keys: the keys to press.
        act: is called before.
    """

    text: str
    keys: str = ""
    act: Callable[[], object] = dict


class Recorder(Terminal):
    """A shell in a terminal of 80 columns.

    Args:
        project: the folder of the project, which becomes the working folder.
        environment: the environment variables.
    """

    def __init__(self, project: Path, environment: Mapping[str, str]) -> None:
        super().__init__(project, environment, terminal.COLUMNS)
        self.project, self._environment = project, environment

    def record(self, command: str, *answers: Answer) -> str:
        """Types a command, and returns the output to the terminal from its prompt to the next one."""
        self._bash.sendline(command)
        written = ""
        for answer in answers:
            self._bash.expect_exact(answer.text)
            written += str(self._bash.before) + str(self._bash.after)
            answer.act()
            self._bash.send(answer.keys)
        self._bash.expect(PROMPTED)
        return written + str(self._bash.before)

    def run_aside(self, *command: str) -> None:
        """Runs a command in another shell."""
        subprocess.run(command, cwd=self.project, env=self._environment, check=True, capture_output=True)


@contextmanager
def start_shell(folder: Path) -> Iterator[Recorder]:
    """Runs a shell in a project, with an emulator of its own.

    Args:
        folder: an empty folder.
    """
    project, home = folder / "bartender", folder / "home"
    home.mkdir()
    # The schedule does not fire in the meantime.
    write_project(project, (EXAMPLE / "app.py").read_text(encoding="utf-8").replace("1 minute", "1 hour"))
    shell = Recorder(project, build_variables(home))
    try:
        shell.record("domovoi-tf local up")
        shell.record('eval "$(domovoi-tf local env)"')
        yield shell
    finally:
        shell.close()
        shell.run_aside("domovoi-tf", "local", "down")


def record() -> dict[str, str]:
    """Plays all sessions, and returns the output of each to the terminal."""
    steps = {"deploy": _record_deploy, "dev": _record_dev, "plan": _record_plan}
    with tempfile.TemporaryDirectory() as folder, start_shell(Path(folder)) as shell:
        return {name: steps[name](shell) for name in SESSIONS}


def draw(name: str, written: str) -> str:
    """Returns the picture of a session.

    Args:
        name: its name.
        written: the output to the terminal.
    """
    title, description = SESSIONS[name]
    # The token differs in each run.
    shown = re.sub(r"(?<=token=)[\w-]+", "...", written)
    return terminal.draw(shown, title, description)


def write_project(folder: Path, app: str) -> None:
    """Writes a project.

    Args:
        folder: its folder.
        app: the text of ``app.py``.
    """
    (folder / ".chalice").mkdir(parents=True, exist_ok=True)
    (folder / ".chalice" / "config.json").write_text(json.dumps(CONFIGURATION))
    (folder / ".chalice" / "policy-dev.json").write_text(json.dumps(POLICY))
    (folder / "app.py").write_text(app)


def _record_deploy(shell: Recorder) -> str:
    """Returns the output of the first deployment."""
    shell.record("domovoi-tf backend create")
    return shell.record("domovoi-tf deploy", Answer("Apply this plan? [y/N]: ", "y\n"))


def _record_dev(shell: Recorder) -> str:
    """Returns the output of `dev` for a message, for a mistake, and for the message again."""
    app = shell.project / "app.py"

    def send() -> None:
        shell.run_aside("domovoi-tf", "local", "send", "tend", '{"beer": 2}')

    def edit(old: str, new: str) -> None:
        app.write_text(app.read_text().replace(old, new))

    return shell.record(
        "domovoi-tf dev",
        Answer("Events run the code in this folder", act=send),
        Answer("Quadrupel", act=lambda: edit('message["beer"]', 'message["beers"]')),
        Answer("in service", act=send),
        Answer("KeyError", act=lambda: edit('message["beers"]', 'message["beer"]')),
        Answer("in service", "r"),
        Answer("Quadrupel", "q"),
    )


def _record_plan(shell: Recorder) -> str:
    """Returns the output of a plan that changes what is deployed, without most of Terraform's own lines."""
    app, settings = shell.project / "app.py", shell.project / ".chalice"
    app.write_text(app.read_text().replace('@app.scheduled_function("rate(1 hour)")\n', "") + MENU)
    policy = {**POLICY, "Statement": [*POLICY["Statement"], GRANT]}
    (settings / "policy-dev.json").write_text(json.dumps(policy))
    (settings / "config.json").write_text(json.dumps({**CONFIGURATION, "lambda_memory_size": 256}))
    for command in ("render", "package", "init"):
        shell.record(f"domovoi-tf {command}")
    changes, _, own = shell.record("domovoi-tf plan").partition(OWN_PLAN)
    shown = terminal.omit_lines(changes, lambda line: bool(re.match(r"\S+: (Refreshing|Read)", line)))
    return shown + terminal.omit_lines(own.rstrip(), lambda line: not line.startswith(LAST_LINE))
