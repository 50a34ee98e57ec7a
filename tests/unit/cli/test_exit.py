"""Errors, interruption and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from domovoi_tf.system.background_processes import wait_until

from .conftest import PATIENCE, PROGRAM, Fails, Run, Terminal, await_end, configure, is_asleep

FAULT = """
import sys
from domovoi_tf.cli import main, pipeline
def fail(*args): {fault}
pipeline.load_stages = fail
main()
"""


@pytest.mark.parametrize(
    ("args", "last"),
    [
        (["rendr"], "Error: No such command 'rendr'. Did you mean 'render'?"),
        (
            ["render", "--stge", "x"],
            "Error: No such option '--stge'. (Did you mean one of: '--all-stages', '--stage'?)",
        ),
        (["render", "a", "b"], "Error: Got unexpected extra argument (b)"),
        (["plan", "-no-color"], "Error: No such option '-n'."),
        (
            ["local", "up", "--port", "99999"],
            "Error: Invalid value for '--port': 99999 is not in the range 1<=x<=65535.",
        ),
        (["local", "send"], "Error: Missing argument 'HANDLER'."),
    ],
)
def test_usage_error_exits_with_2(fails: Fails, args: list[str], last: str) -> None:
    error = fails(*args, code=2)
    assert error.startswith("Usage: domovoi-tf ")
    assert error.splitlines()[-1] == last


def test_usage_error_names_the_quotes_that_json_needs(fails: Fails) -> None:
    error = fails("invoke", "tend", "--event", "{beer:", "1}", code=2)
    assert error.splitlines()[-2:] == [
        "Error: Got unexpected extra argument (1})",
        "Put JSON in single quotes for the shell, such as '{\"beer\": 1}'.",
    ]


@pytest.mark.parametrize(
    ("fault", "message", "debug_remedy"),
    [
        (
            "return 1 // 0",
            "Error: Internal error of domovoi-tf: ZeroDivisionError: integer division or modulo by zero\n"
            "Please report it, together with what the command prints with --debug.\n",
            "Please report it, together with the traceback above.\n",
        ),
        (
            "return open('nowhere/file')",
            "Error: nowhere/file: No such file or directory.\n"
            "Run the command again with --debug to see where it failed.\n",
            "",
        ),
        (
            "from botocore.exceptions import NoRegionError; raise NoRegionError",
            "Error: A request to AWS failed: NoRegionError: You must specify a region.\n"
            "Check the credentials, the Region and the permissions.\n",
            "Check the credentials, the Region and the permissions.\n",
        ),
    ],
)
def test_unexpected_error_has_no_traceback_without_debug(
    run: Run, fault: str, message: str, debug_remedy: str
) -> None:
    done = run("show", command=(sys.executable, "-c", FAULT.format(fault=fault)))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)
    debug = run("show", "--debug", command=(sys.executable, "-c", FAULT.format(fault=fault)))
    assert "Traceback" in debug.stderr
    assert debug.stderr.endswith(f"\n{message.splitlines()[0]}\n{debug_remedy}")


def test_ctrl_c_exits_with_130(project: Path, environment: dict[str, str]) -> None:
    (project / "app.py").write_text("import time\nprint('waiting', flush=True)\ntime.sleep(600)\n")
    errors = project.parent / "errors"
    with errors.open("w") as output:
        process = subprocess.Popen([PROGRAM, "show"], cwd=project, env=environment, stderr=output)
    assert wait_until(lambda: "waiting" in errors.read_text(), PATIENCE)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert errors.read_text() == "app.py| waiting\n\nInterrupted.\n"


IMPORTING = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == "domovoi_tf.cli.exit": raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from domovoi_tf.cli import main
main()
"""


def test_ctrl_c_during_the_imports_exits_with_130(run: Run) -> None:
    done = run(command=(sys.executable, "-c", IMPORTING))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


def test_ctrl_c_and_ctrl_d_abort_a_prompt(terminal: Terminal, project: Path) -> None:
    for key, code, message in (("c", 130, "Interrupted."), ("d", 1, "Aborted: nothing was done.")):
        child = terminal(PROGRAM, "new-project")
        child.expect("Name of the project: ")
        # Python overlooks a signal that arrives after the prompt and before the read.
        assert wait_until(partial(is_asleep, child), PATIENCE)
        child.sendcontrol(key)
        exit_code, rest = await_end(child)
        assert (exit_code, rest.splitlines()[-1]) == (code, message)
    assert not list(project.glob("*/app.py"))


def test_closed_pipe_is_not_an_error(run: Run) -> None:
    done = run("-c", "set -o pipefail; domovoi-tf config --schema | true", command=("bash",))
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_stream_is_not_an_error(run: Run, closed: str) -> None:
    done = run("-c", f"domovoi-tf show --json {closed}", command=("bash",))
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) is (">&-" not in closed.replace("2>&-", ""))


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-1", "utf-8"])
def test_characters_missing_from_the_encoding_are_escaped(run: Run, project: Path, encoding: str) -> None:
    configure(project, '{"app_name": "bar", "description": "日本"}')
    done = subprocess.run(
        [PROGRAM, "config"],
        cwd=project,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    text = "日本" if encoding == "utf-8" else r"\u65e5\u672c"
    assert text in done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_json_is_valid_in_any_encoding(run: Run, project: Path, encoding: str) -> None:
    configure(project, '{"app_name": "bar", "description": "é 日本 🍺"}')
    done = run("config", "--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout)["settings"]["description"]["value"] == "é 日本 🍺"
