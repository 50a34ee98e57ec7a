"""Blocks of Python: apps, which are rendered and get an event, and tests, which pytest runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block
from domovoi_tf import Domovoi, settings
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.testing import Client
from domovoi_tf.validation.application import validate

#: The line above a block that declares handlers of an app, but no app.
PREAMBLE = "import domovoi_tf; app = domovoi_tf.Domovoi()\n"
#: Kinds of handlers whose event the user defines, so that there is no sample of it.
OWN_EVENTS = ("direct", "state_machine")


def check_python(block: Block, folder: Path) -> None:
    """Runs a block with tests by pytest; renders any other one, and sends its handlers an event."""
    if re.search(r"^def test_", block.text, re.MULTILINE):
        run_tests(block, folder)
    else:
        run_app(block, folder)


def run_app(block: Block, folder: Path) -> None:
    """Renders a block as an app, and sends each handler the sample of its source's event."""
    source = block.text if re.search(r"^app = ", block.text, re.MULTILINE) else PREAMBLE + block.text
    (folder / "app.py").write_text(source, encoding="utf-8")
    configured = settings.Settings(app_name="bar", stage="dev")
    application = loader.load(folder, configured.environment_variables)
    if problems := "\n".join(map(str, validate(application, configured))):
        raise WrongBlockError(problems)
    render(synthesize(application, configured), assets.find_templates(), assets.find_modules())
    namespace = {"__name__": "app"}
    exec(compile(source, str(block), "exec", dont_inherit=True), namespace)  # noqa: S102
    send_samples(namespace["app"], application, re.findall(r'\bvariable\("(\w+)"', source))


def send_samples(app: object, application: Application, variables: Sequence[str]) -> None:
    """Sends each handler of an app a sample of its source's event; each variable has the same value."""
    assert isinstance(app, Domovoi)
    client = Client(app, variables=dict.fromkeys(variables, "arn:aws:sqs:eu-west-1:123456789012:name"))
    for route in application.routes:
        if route.trigger.kind not in OWN_EVENTS:
            client.send(route.handler)


def run_tests(block: Block, folder: Path) -> None:
    """Runs the tests in a block, in a copy of the project that a comment ``<!-- with: FOLDER -->`` names."""
    projects = block.list_values("with")
    if not projects:
        raise WrongBlockError("Name the project whose app it tests: <!-- with: examples/bartender -->")
    shutil.copytree(ROOT / projects[0], folder, dirs_exist_ok=True)
    (folder / "test_block.py").write_text(block.text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "test_block.py",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise WrongBlockError(done.stdout + done.stderr)
