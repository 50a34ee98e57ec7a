"""``breakpoint()`` in a handler asks for commands on the terminal, with ``invoke --local`` and in tests."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pexpect
import pytest

from domovoi_tf.loading.debugging import attachment
from domovoi_tf.local import debugger, handler_run
from domovoi_tf.model.declarations import Function
from domovoi_tf.settings import Settings

from ..conftest import PROGRAM, Terminal, await_end

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.lambda_function()
{keyword} tend(event, context):
    print("before", event)
    {breakpoint}
    print("after", event)
    return event
"""
TEST = """from app import app
from domovoi_tf.testing import Client


def test_tend():
    client = Client(app)
    assert client.send("tend", "ale") == "stout"
    assert client.logs == {logs}
    print("the test is over")


if __name__ == "__main__":
    test_tend()
"""
INVOKE = ("invoke", "tend", "--local", "--event", '"ale"')
PROMPT = "(Pdb) "
#: A session at the terminal: the prompts, what is typed, and the answers.
SESSION = """(Pdb) event
'ale'
(Pdb) event = "stout"
(Pdb) print(context.function_version)
$LATEST
(Pdb) c
"""


def write_app(project: Path, keyword: str = "def", breakpoint: str = "breakpoint()") -> None:
    (project / "app.py").write_text(APP.format(keyword=keyword, breakpoint=breakpoint))


def debug(child: pexpect.spawn, *commands: str) -> str:
    """Types commands at the prompts of the debugger, and returns what the terminal shows until the last."""
    shown = ""
    for command in commands:
        child.expect_exact(PROMPT)
        shown += child.before + PROMPT
        child.sendline(command)
        child.expect_exact(f"{command}\r\n")
        shown += f"{command}\n"
    return shown.replace("\r\n", "\n")


def check_session(child: pexpect.spawn, project: Path) -> None:
    shown = debug(child, "event", 'event = "stout"', "print(context.function_version)", "c")
    # Before Python 3.13, the debugger stopped at the next line.
    place, source, *session = shown[shown.index("> /") :].splitlines(keepends=True)
    assert place in [f"> {project}/app.py({line})tend()\n" for line in (9, 10)]
    assert source in ["-> breakpoint()\n", "-> import pdb; pdb.set_trace()\n", '-> print("after", event)\n']
    assert "".join(session) == SESSION


@pytest.mark.parametrize(
    ("keyword", "breakpoint"),
    [("def", "breakpoint()"), ("def", "import pdb; pdb.set_trace()"), ("async def", "breakpoint()")],
)
def test_handler_stops_and_goes_on(keyword: str, breakpoint: str, project: Path, terminal: Terminal) -> None:
    write_app(project, keyword, breakpoint)
    command = f"exec {PROGRAM} {shlex.join(INVOKE)} > result.json"
    child = terminal("/bin/sh", "-c", command)
    check_session(child, project)
    code, shown = await_end(child)
    assert (code, shown.splitlines()[:2]) == (0, ["before ale", "after stout"])
    assert json.loads((project / "result.json").read_text()) == "stout"


@pytest.mark.parametrize(
    "command", [[PROGRAM, *INVOKE], [sys.executable, "test_app.py"]], ids=["invoke", "test"]
)
def test_line_can_be_edited(command: list[str], project: Path, terminal: Terminal) -> None:
    write_app(project)
    (project / "test_app.py").write_text(TEST.format(logs="..."))
    child = terminal(*command)
    child.expect_exact(PROMPT)
    child.sendline("vent\x01e")  # Ctrl-A moves to the start of the line
    child.expect_exact("'ale'\r\n")


def test_handler_ends_when_the_debugger_is_left(project: Path, terminal: Terminal) -> None:
    write_app(project)
    child = terminal(PROGRAM, *INVOKE, NO_COLOR="1")
    debug(child, "q")
    code, shown = await_end(child)
    lines = [line for line in shown.splitlines() if not line.startswith("tend on this machine: ")]
    assert (code, lines) == (
        1,
        [
            "before ale",
            "BdbQuit: The debugger was left, which ended the handler. "
            "To go on without it, type c instead of q.",
        ],
    )


def test_ctrl_c_ends_the_command_and_restores_the_terminal(project: Path, terminal: Terminal) -> None:
    write_app(project)
    child = terminal("/bin/bash", "-c", f"trap : INT; {PROGRAM} {shlex.join(INVOKE)}; echo code $?; stty -a")
    child.expect_exact(PROMPT)
    child.sendintr()
    child.expect_exact("Interrupted.")
    _, shown = await_end(child)
    assert "code 130" in shown
    assert {"icanon", "echo", "icrnl"} <= {*shown.replace(";", " ").split()}


@pytest.mark.parametrize(
    ("variables", "lines"),
    [
        (
            {},
            [
                "before ale",
                "BdbQuit: The debugger needs a terminal. "
                "With PYTHONBREAKPOINT=0 the handler runs without it.",
            ],
        ),
        ({"PYTHONBREAKPOINT": "0"}, ["before ale", "after ale"]),
    ],
)
def test_without_a_terminal_an_error_says_so(
    variables: dict[str, str], lines: list[str], project: Path, environment: dict[str, str]
) -> None:
    write_app(project)
    done = subprocess.run(
        [PROGRAM, *INVOKE],
        cwd=project,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # without the terminal that these tests may have
    )
    assert done.stderr.splitlines()[:-1] == lines
    assert done.returncode == (0 if variables else 1)


def test_timeout_does_not_end_a_handler_in_the_debugger(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(project)
    user, screen = pty.openpty()
    monkeypatch.setattr(debugger, "_PATH", os.ttyname(screen))
    monkeypatch.setattr(handler_run, "_IMPORT_SECONDS", 2)
    is_over = threading.Event()
    is_set = attachment.Mark.is_set

    def notice(mark: attachment.Mark) -> bool:
        is_over.set()
        return is_set(mark)

    def answer() -> None:
        shown = b""
        with contextlib.suppress(OSError):  # the handler has ended
            while PROMPT.encode() not in shown:
                shown += os.read(user, 1024)
            is_over.wait()
            os.write(user, b"c\n")

    monkeypatch.setattr(attachment.Mark, "is_set", notice)
    thread = threading.Thread(target=answer)
    thread.start()
    settings = Settings(app_name="bar", stage="dev")
    try:
        done = handler_run.run_handler(project, settings, Function(name="", timeout=1), {}, "ale")
    finally:
        os.close(screen)
        is_over.set()
        thread.join()
        os.close(user)
    assert (done.result, done.log) == ("ale", ("before ale", "after ale"))


@pytest.mark.parametrize(
    ("command", "logs"),
    [
        (["-m", "pytest", "-q", "-s", "test_app.py"], ["before ale", "after stout"]),
        # Pytest captures again what follows.
        (["-m", "pytest", "-q", "test_app.py"], ["before ale"]),
        (["test_app.py"], ["before ale", "after stout"]),
    ],
    ids=["uncaptured", "captured", "script"],
)
def test_breakpoint_in_a_test_asks_on_the_terminal(
    command: list[str], logs: list[str], project: Path, terminal: Terminal
) -> None:
    write_app(project)
    (project / "test_app.py").write_text(TEST.format(logs=logs))
    child = terminal(sys.executable, *command, NO_COLOR="1", PYTEST_ADDOPTS="-p no:cacheprovider")
    check_session(child, project)
    code, shown = await_end(child)
    assert code == 0, shown
