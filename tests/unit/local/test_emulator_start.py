"""Starting the emulator, with a small program in its place."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local import emulator
from domovoi_tf.system.background_processes import read_start_time

#: Answers the emulator's health check.
HEALTHY = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/_ministack/health" else 404)
        self.end_headers()
        self.wfile.write(b'{"services": {}}')
http.server.HTTPServer((os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    emulator.stop()


def use_program(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(emulator, "_PROGRAM", ("-c", code))


def test_start_waits_until_the_emulator_answers(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    use_program(monkeypatch, HEALTHY)
    running = emulator.start()
    assert emulator.find_running() == running == emulator.start()
    assert json.loads((home / "emulator.json").read_text())["pid"] == running.pid
    assert emulator.stop()
    assert read_start_time(running.pid) is None
    assert emulator.find_running() is None


def test_emulator_that_ends_at_once_is_an_error_with_the_end_of_its_log(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    use_program(monkeypatch, "import sys; sys.exit('\\n'.join(f'line {n}' for n in range(12)))")
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    tail = "\n".join(f"line {n}" for n in range(2, 12))
    assert caught.value.message == f"The emulator ended at once.\n{tail}"
    assert caught.value.remedy == f"Its log is {home / 'emulator.log'}."
    assert not (home / "emulator.json").exists()
    assert not (home / "emulator").exists()


def test_emulator_that_does_not_answer_is_stopped(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    processes: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def record_process(*args: object, **options: object) -> subprocess.Popen[bytes]:
        processes.append(popen(*args, **options))  # type: ignore[call-overload]
        return processes[-1]

    use_program(monkeypatch, "import threading; threading.Event().wait()")
    monkeypatch.setattr(subprocess, "Popen", record_process)
    monkeypatch.setattr(emulator, "_START_SECONDS", 0.1)
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    assert caught.value.message == "The emulator did not answer within 0.1 seconds."
    assert read_start_time(processes[0].pid) is None
    assert not (home / "emulator.json").exists()
