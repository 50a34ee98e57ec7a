"""The debugger of an editor stops in handlers that ``invoke --local`` runs, beyond all time limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from debug_adapter import PATIENCE, Editor, Stop, open_editor
from documentation.pages import list_texts

from domovoi_tf.rendering import scaffold
from domovoi_tf.system.background_processes import wait_until

from ..conftest import create_environment, write_project

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.lambda_function()
async def tend(event, context):
    beer = event
    breakpoint()
    print("after", beer)
    return beer
"""
ATTACHED = "A debugger is attached, so the handler may run longer than its timeout of {}."
INVOKE = "domovoi-tf invoke --local HANDLER"
#: Python imports this when it starts. The time limits are those of the project alone, and a file appears once
#: one of them is over. Then the debugger may not be attached yet, as it is within the real limit.
SHORT_LIMITS = """import select
from pathlib import Path
from domovoi_tf.loading.debugging import attachment
from domovoi_tf.local import handler_run

is_set = attachment.Mark.is_set

def notice(mark):
    select.select([mark.end], [], [], {seconds})
    result = is_set(mark)
    Path({path!r}).touch()
    return result

attachment.Mark.is_set = notice
handler_run._IMPORT_SECONDS = 0
"""


@pytest.fixture
def is_over(tmp_path: Path) -> Path:
    """A file that appears once a time limit of a process with `variables` is over."""
    (tmp_path / "start").mkdir()
    path = tmp_path / "is over"
    (tmp_path / "start" / "sitecustomize.py").write_text(
        SHORT_LIMITS.format(path=str(path), seconds=PATIENCE / 2)
    )
    return path


@pytest.fixture
def variables(tmp_path: Path, is_over: Path) -> dict[str, str]:
    return {**create_environment(tmp_path), "PYTHONPATH": str(is_over.parent / "start")}


def create_project(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Creates a project with a short timeout, and returns it with its configuration of the debugger."""
    project = folder / "beers"
    scaffold.create_project(project)
    config = project / ".chalice" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "lambda_timeout": 1}))
    document = json.loads((project / ".vscode" / "launch.json").read_text())
    (configuration,) = [each for each in document["configurations"] if each["name"] == INVOKE]
    defaults = {each["id"]: each.get("default") for each in document["inputs"]}
    values = {f"${{input:{name}}}": value for name, value in {**defaults, "handler": "tick"}.items()}
    arguments = [values.get(each, each) for each in configuration["args"]]
    # VS Code's default is the workspace's folder.
    return project, {**configuration, "args": arguments, "cwd": str(project)}


def test_documented_configuration_is_that_of_a_new_project(tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "guides" / "editor.md").read_text(encoding="utf-8")
    documented = json.loads(list_texts("docs/guides/editor.md", "json")[0])
    project, _ = create_project(tmp_path)
    launch = (project / ".vscode" / "launch.json").read_text()
    launch = launch.replace("${input:handler}", "tend").replace("${input:event}", "sample")
    named = documented["name"].replace("tend", "HANDLER")
    assert {**documented, "name": named} in json.loads(launch)["configurations"]
    assert ATTACHED.format("60 seconds") in page.splitlines()


def find_line(file: Path, text: str) -> int:
    (line,) = [n for n, each in enumerate(file.read_text().splitlines(), 1) if text in each]
    return line


def await_stop(editor: Editor) -> Stop:
    stop = editor.await_stop()
    assert stop, editor.finish()
    return stop


def test_handler_stops_at_a_breakpoint_beyond_the_timeout(
    tmp_path: Path, variables: dict[str, str], is_over: Path
) -> None:
    project, configuration = create_project(tmp_path)
    app = project / "app.py"
    line = find_line(app, "context.log(f")
    with open_editor({app: [line]}, variables) as editor:
        editor.launch(configuration)
        stop = await_stop(editor)
        assert wait_until(is_over.exists, PATIENCE)
        assert wait_until(lambda: stop.evaluate("context.get_remaining_time_in_millis()") == "0", PATIENCE)
        assert (stop.line, stop.evaluate("event['time']")) == (line, "'2026-01-31T10:20:30Z'")
        # The debugger imports modules of its own when its user needs them.
        assert stop.evaluate("any('pydevd' in each for each in __import__('sys').path)") == "True"
        stop.resume()
        assert editor.await_stop() is None
        code, out, errors = editor.finish()
    assert (code, out) == (0, "null\n")
    lines = errors.splitlines()
    assert lines[:-1] == [ATTACHED.format("1 second"), "It is 2026-01-31T10:20:30Z."]
    assert lines[-1].startswith("tick on this machine: ")


def test_app_stops_at_a_breakpoint_beyond_the_timeout_of_its_import(
    tmp_path: Path, variables: dict[str, str], is_over: Path
) -> None:
    """Once for the command, which imports the app first, and once for the handler."""
    project, configuration = create_project(tmp_path)
    app = project / "app.py"
    line = find_line(app, "app = ")
    with open_editor({app: [line]}, variables) as editor:
        editor.launch({**configuration, "args": [*configuration["args"], "--timeout", "1"]})
        for _ in range(2):
            is_over.unlink(missing_ok=True)
            stop = await_stop(editor)
            assert wait_until(is_over.exists, PATIENCE)
            # The seconds until the process would end itself.
            assert (stop.line, stop.evaluate("__import__('signal').alarm(0)")) == (line, "0")
            stop.resume()
        assert editor.await_stop() is None
        code, out, _ = editor.finish()
    assert (code, out) == (0, "null\n")


def test_breakpoint_in_the_code_stops_in_the_editor(tmp_path: Path, variables: dict[str, str]) -> None:
    project = write_project(tmp_path / "bar", APP, {"app_name": "bar", "lambda_timeout": 60})
    _, configuration = create_project(tmp_path)
    arguments = ["invoke", "--local", "tend", "--event", '"ale"']
    with open_editor({}, variables) as editor:
        editor.launch({**configuration, "args": arguments, "cwd": str(project)})
        stop = await_stop(editor)
        assert stop.evaluate("beer") == "'ale'"
        stop.resume()
        assert editor.await_stop() is None
        code, out, errors = editor.finish()
    assert (code, out) == (0, '"ale"\n')
    assert errors.splitlines()[:-1] == [ATTACHED.format("60 seconds"), "after ale"]
