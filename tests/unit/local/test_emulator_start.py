"""Starting and stopping the emulator, with a small program in its place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.system.distribution.install_command import build_install_command

from .conftest import has_ended, list_files

#: Answers the emulator's health check.
HEALTHY = """
import http.server, os, socket, sys
name = os.getpid()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/_ministack/health" else 404)
        self.send_header("x-domovoi-tf-process", str(name))
        self.end_headers()
        self.wfile.write(b'{"services": {}}')
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[-1]))
server.server_activate()
server.serve_forever()
"""
#: Another program that tries to get the emulator's port while the emulator starts.
RIVAL = """
import os, socket
address = os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])
with socket.socket() as rival:
    try:
        rival.bind(address)
    except OSError:
        pass
    else:
        raise SystemExit("somebody else got the port")
"""


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    use_program(monkeypatch, HEALTHY)
    yield tmp_path / "home"
    emulator.stop()


def use_program(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(emulator, "_PROGRAM", ("-c", code))


def fail_to_start(*, port: int | None = None, iam: bool = False) -> tuple[str, str]:
    """Returns the message and the remedy of the error."""
    with pytest.raises(EmulatorError) as caught:
        emulator.start(port, iam)
    return caught.value.message, caught.value.remedy


def test_start_waits_until_the_emulator_answers_and_stop_removes_its_files(state_home: Path) -> None:
    running = emulator.start()
    log = state_home / "emulator.log"
    assert running == Emulator(f"http://127.0.0.1:{running.port}", running.pid, running.port, log)
    assert emulator.find_running() == running == emulator.start() == emulator.start(running.port)
    assert emulator.stop() is True
    assert has_ended(running.pid)
    assert emulator.find_running() is None
    assert emulator.stop() is False
    assert list_files(state_home) == {"emulator.lock", "emulator.log", "emulator.port"}


def test_running_emulator_has_another_port_or_enforces_no_policies() -> None:
    running = emulator.start()
    assert fail_to_start(port=running.port + 1) == (
        f"The emulator is already running on port {running.port}.",
        "Stop it with `domovoi-tf local down`, or omit --port to use the running one.",
    )
    assert fail_to_start(iam=True) == (
        "The emulator is already running, and does not enforce IAM policies.",
        "Stop it with `domovoi-tf local down`, or omit --iam to use the running one.",
    )


def test_emulator_that_enforces_policies_is_used_by_all() -> None:
    running = emulator.start(iam=True)
    assert running.iam is True
    assert emulator.start(iam=True) == emulator.start() == running


def test_port_in_use_is_an_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert fail_to_start(port=port) == (
            f"Port {port} on 127.0.0.1 is in use by another program.",
            "Choose another port with --port, or omit --port to get a free one.",
        )
    assert emulator.start(port).port == port


@pytest.mark.parametrize("is_new", [True, False])
def test_nobody_gets_the_port_while_the_emulator_starts(
    is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_new:
        emulator.start()
        emulator.stop()
    use_program(monkeypatch, f"{RIVAL}{HEALTHY}")
    assert emulator.start() == emulator.find_running()


@pytest.mark.parametrize("name", ["1", "''"])
def test_answer_of_another_emulator_does_not_count(
    name: str, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terraform would then deploy to an emulator that another user stops at any time."""
    use_program(
        monkeypatch, HEALTHY.replace("os.getpid()", name).replace("serve_forever()", "handle_request()")
    )
    assert fail_to_start() == ("The emulator ended at once.", f"Its log is {state_home / 'emulator.log'}.")
    assert emulator.find_running() is None


def test_next_emulator_has_the_same_port_if_it_is_free(state_home: Path) -> None:
    """A shell that `local env` has set up for the last one stays valid."""
    first = emulator.start()
    port = first.port
    emulator.stop()
    second = emulator.start()
    assert (second.port, second.stale_shells, first.stale_shells) == (port, "", "")
    emulator.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        third = emulator.start()
    assert third.port != port
    assert third.stale_shells == (
        f"The last emulator had the port {port}. "
        'In shells that were set up for it, run eval "$(domovoi-tf local env)" again.'
    )
    assert emulator.start().stale_shells == ""  # it runs already
    emulator.stop()
    assert emulator.start().port == third.port


@pytest.mark.parametrize("text", ["", "none", "0", "-1", "70000", "9" * 5000])
def test_file_of_the_last_port_may_hold_anything(state_home: Path, text: str) -> None:
    state_home.mkdir()
    (state_home / "emulator.port").write_text(text)
    assert 0 < emulator.start().port < 65536


def test_hanging_emulator_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    first = emulator.start()
    monkeypatch.setattr(emulator, "_ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(emulator, "_STOP_SECONDS", 0.5)
    os.kill(first.pid, signal.SIGSTOP)
    assert emulator.find_running() is None
    assert emulator.start().pid != first.pid
    assert wait_until(lambda: has_ended(first.pid), 5)


def test_busy_emulator_is_kept() -> None:
    """Large packages, and other programs on the machine, keep it busy for seconds."""
    running = emulator.start()
    os.kill(running.pid, signal.SIGSTOP)
    timer = threading.Timer(2.5, os.kill, (running.pid, signal.SIGCONT))
    timer.start()
    assert emulator.start() == running
    timer.join()


def test_emulator_that_does_not_end_is_an_error_and_is_still_known(
    state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = emulator.start()
    with monkeypatch.context() as patched, pytest.raises(EmulatorError) as caught:
        # Only the kernel can keep a process that has received SIGKILL.
        patched.setattr(emulator, "stop_process_group", lambda pid, seconds: False)
        emulator.stop()
    assert str(caught.value) == (
        f"The emulator (process {running.pid}) does not stop.\nStop it with `kill -9 -- -{running.pid}`."
    )
    assert emulator.find_running() == running


def test_emulator_that_ends_at_once_is_an_error_with_its_log(
    state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another program takes the place of MiniStack, which does not fail here.
    monkeypatch.setattr(emulator, "_PROGRAM", ("-c", "raise SystemExit('the disk is full')"))
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    assert caught.value.message == "The emulator ended at once.\nthe disk is full"
    assert caught.value.remedy == f"Its log is {state_home / 'emulator.log'}."
    assert list_files(state_home) == {"emulator.lock", "emulator.log", "emulator.port"}


def test_emulator_that_does_not_answer_is_stopped(state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    class RecordedProcess(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            processes.append(self)

    use_program(monkeypatch, "import threading; threading.Event().wait()")
    monkeypatch.setattr(subprocess, "Popen", RecordedProcess)
    monkeypatch.setattr(emulator, "_START_SECONDS", 0.1)
    message, remedy = fail_to_start()
    assert message == "The emulator did not answer within 0.1 seconds."
    assert remedy == f"Its log is {state_home / 'emulator.log'}."
    assert [has_ended(process.pid) for process in processes] == [True]
    assert list_files(state_home) == {"emulator.lock", "emulator.log", "emulator.port"}


def test_missing_ministack_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ministack", raising=False)
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    assert caught.value.message == "The local AWS emulator is not installed."
    assert caught.value.remedy == f"Install it with `{build_install_command('local')}`."
