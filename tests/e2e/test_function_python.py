"""Functions with compiled dependencies run on the emulator under the Python that they are configured for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION, find_python
from domovoi_tf.packaging.dependencies.wheels import find_uv

from .conftest import CommandLine, write_project

pytestmark = pytest.mark.emulator
APP = """
import io, sys
import domovoi_tf
import pydantic
from PIL import Image

app = domovoi_tf.Domovoi()

class Picture(pydantic.BaseModel):
    width: int

@app.lambda_function()
def draw(event, context):
    data = io.BytesIO()
    Image.new("RGB", (Picture(**event).width, 1)).save(data, "PNG")
    size = Image.open(io.BytesIO(data.getvalue())).size
    return {"size": size, "python": f"3.{sys.version_info[1]}"}
"""
BROKEN = """
import os
import domovoi_tf

app = domovoi_tf.Domovoi()
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    from PIL import _nothing

@app.scheduled_function("rate(1 day)")
def draw(event, context): ...

@app.sns_topic_subscriber("pictures")
def other(event, context): ...
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python of the project, with its dependencies."""
    folder = tmp_path_factory.mktemp("python") / "venv"
    program = str(folder / "bin" / "python")
    uv = find_uv()
    subprocess.run([uv, "venv", "--quiet", f"--python={sys.executable}", folder], check=True)
    packages = ["pillow", "pydantic"]
    subprocess.run([uv, "pip", "install", "--quiet", f"--python={program}", *packages], check=True)
    return program


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "pictures"
    write_project(folder, {"app_name": "pictures", "python_version": choose_version()}, APP)
    (folder / "requirements.txt").write_text("pillow\npydantic\n")
    return folder


def choose_version() -> str:
    """Returns another version than that of the emulator, one that is installed if there is any."""
    versions = [each for each in ("3.13", "3.12", "3.11", "3.10") if each != OWN_VERSION]
    return next((each for each in versions if find_python(each, os.environ)), versions[0])


def test_compiled_dependencies_run_under_the_configured_python(
    project: Path, python: str, command_line: CommandLine
) -> None:
    done = command_line("local", "deploy", cwd=project, DOMOVOI_TF_PYTHON=python)
    assert done.code == 0, done
    configured = choose_version()
    is_installed = find_python(configured, os.environ) is not None
    warning = (
        f"Warning: Python {configured} is not installed: on the emulator, functions run under Python "
        f"{OWN_VERSION}, with dependencies for it."
    )
    assert (warning in done.err) is not is_installed
    arguments = ("invoke", "draw", "--emulator", "--event", '{"width": 3}')
    drawn = command_line(*arguments, cwd=project, DOMOVOI_TF_PYTHON=python)
    expected = {"size": [3, 1], "python": configured if is_installed else OWN_VERSION}
    assert (drawn.code, json.loads(drawn.out)) == (0, expected), drawn


def test_function_that_does_not_start_is_an_error_of_send_and_in_the_log(
    tmp_path: Path, command_line: CommandLine
) -> None:
    folder = write_project(tmp_path / "pictures", {"app_name": "unstartable"}, BROKEN)
    done = command_line("local", "deploy", cwd=folder)
    assert done.code == 0, done
    reason = [
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'PIL'",
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 7, in <module>',
        "    from PIL import _nothing",
    ]
    sent = command_line("local", "send", "draw", cwd=folder)
    assert (sent.code, sent.out, sent.err.splitlines()) == (
        1,
        "",
        [
            "Error: The function unstartable-dev does not start, so no event was sent:",
            *reason,
            "Correct the cause, and run `domovoi-tf local deploy`.",
        ],
    )
    for name in ([], ["draw"]):
        log = command_line("local", "logs", *name, "--json", cwd=folder)
        assert [json.loads(line)["message"] for line in log.out.splitlines()] == reason
