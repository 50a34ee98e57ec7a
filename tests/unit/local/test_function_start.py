"""The report of the emulator about a module of a handler that cannot be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.local import function_start

#: Does what MiniStack's program does.
SCRIPT = """
import importlib
sys.path.insert(0, os.getcwd())
import library
try:
    importlib.import_module("app")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


def start(folder: Path, app: str, dependencies: str = "", **files: str) -> tuple[list[str], str]:
    """Returns what the function has logged, and what the program has printed."""
    modules = {"app": app, "library": "import importlib; importlib.import_module('json.tool')", **files}
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    program = f"{Path(function_start.__file__).read_text()}\nprepare_import({dependencies!r})\n{SCRIPT}"
    (folder.parent / "worker.py").write_text(program)
    done = subprocess.run(
        [sys.executable, folder.parent / "worker.py"],
        cwd=folder,
        env={**os.environ, "LAMBDA_TASK_ROOT": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines(), done.stdout


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def test_module_that_can_be_imported_is_not_mentioned(code: Path) -> None:
    assert start(code, "print('imported')") == ([], "imported\n")


def test_failed_import_has_the_text_of_lambda_and_the_traceback_of_the_app(code: Path) -> None:
    log, printed = start(code, "\nimport helper\n", helper="from images import _imaging")
    assert log == [
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'images'",
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 2, in <module>',
        "    import helper",
        '  File "/var/task/helper.py", line 1, in <module>',
        "    from images import _imaging",
    ]
    assert printed == "ImportError: Unable to import module 'app': No module named 'images'\n"


def test_other_exception_of_the_app_keeps_its_class(code: Path) -> None:
    log, printed = start(code, "open_bar = {}['beer']\n")
    assert [line for line in log if "^" not in line] == [
        "[ERROR] KeyError: 'beer'",
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 1, in <module>',
        "    open_bar = {}['beer']",
    ]
    assert printed == "KeyError: 'beer'\n"


def test_syntax_that_this_python_lacks_is_shown(code: Path) -> None:
    log, _ = start(code, "import helper\n", helper="beers = (\n")
    assert log[0].startswith("[ERROR] SyntaxError: ")
    assert '  File "/var/task/app.py", line 1, in <module>' in log
    assert '  File "/var/task/helper.py", line 1' in log
    assert "    beers = (" in log


def test_dependencies_for_the_machine_come_before_those_of_the_package(code: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "pillow.py").write_text("place = 'this machine'")
    app = "import pillow; print(pillow.place)"
    assert start(code, app, str(installed), pillow="place = 'Lambda'") == ([], "this machine\n")
    assert start(code, app, pillow="place = 'Lambda'") == ([], "Lambda\n")
