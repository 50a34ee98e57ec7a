"""The real emulator runs once per user, isolated from the user's accounts, and leaves nothing behind."""

from __future__ import annotations

import concurrent.futures
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local import emulator, emulator_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.function_pythons import locate_program
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION
from domovoi_tf.system.background_processes import read_start_time, wait_until

from .conftest import has_ended, list_files

pytestmark = pytest.mark.emulator
HANDLER = """
import boto3, logging, os, sys
def app(event, context):
    print(event["secret"])
    logging.getLogger().error(event["secret"])
    if "fail" in event:
        raise ValueError(event["secret"])
    topic = boto3.client("sns").create_topic(Name="drinks")["TopicArn"]
    return {"topic": topic, "pid": os.getpid(), "python": sys.executable, "environment": dict(os.environ)}
"""
# Neither a signal nor the end of its input ends this process.
STUBBORN = """
import signal, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=threading.Event().wait).start()
"""


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    yield tmp_path / "home"
    emulator.stop()


def deploy(running: Emulator) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", HANDLER)
    emulator_environment.create_client(running, "lambda").create_function(
        FunctionName="bartender",
        Runtime=f"python{OWN_VERSION}",
        Role="arn:aws:iam::000000000000:role/bartender",
        Handler="app.app",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )


def invoke(running: Emulator, **event: str) -> dict[str, object]:
    answer = emulator_environment.create_client(running, "lambda").invoke(
        FunctionName="bartender", Payload=json.dumps(event)
    )
    return dict(json.load(answer["Payload"]))


def test_emulator_starts_once_and_stops(state_home: Path) -> None:
    assert emulator.find_running() is None
    first = emulator.start()
    assert first == Emulator(
        f"http://127.0.0.1:{first.port}", first.pid, first.port, state_home / "emulator.log"
    )
    assert emulator.start() == first == emulator.start(first.port) == emulator.find_running()
    record = state_home / "emulator.json"
    assert json.loads(record.read_text()) == {
        "pid": first.pid,
        "port": first.port,
        "started": read_start_time(first.pid),
        "iam": False,
    }
    assert record.stat().st_mode & 0o777 == 0o600
    assert emulator.stop() is True
    assert has_ended(first.pid)
    assert emulator.find_running() is None
    assert emulator.stop() is False
    assert list_files(state_home) == {"emulator.lock", "emulator.log", "emulator.port"}


def test_simultaneous_starts_share_one_emulator() -> None:
    code = "from domovoi_tf.local import emulator; print(emulator.start().pid)"

    def start(_: int) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    with concurrent.futures.ThreadPoolExecutor() as pool:
        pids = set(pool.map(start, range(3)))
    running = emulator.find_running()
    assert running
    assert pids == {f"{running.pid}\n"}


def test_policies_are_enforced_on_request() -> None:
    assert emulator.start().iam is False
    with pytest.raises(EmulatorError) as caught:
        emulator.start(iam=True)
    message = "The emulator is already running, and does not enforce IAM policies."
    assert caught.value.message == message
    remedy = "Stop it with `domovoi-tf local down`, or omit --iam to use the running one."
    assert caught.value.remedy == remedy
    assert emulator.stop() is True
    assert emulator.start(iam=True).iam is True
    assert emulator.start() == emulator.find_running() == emulator.start(iam=True)


def test_emulator_listens_on_the_loopback_interface_only() -> None:
    running = emulator.start()
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [each for each in listening if each.endswith(f":{running.port:04X}")] == [
        f"0100007F:{running.port:04X}"
    ]


def test_functions_get_no_secrets_of_the_user_and_leave_none(
    state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a real key")
    monkeypatch.setenv("DATABASE_PASSWORD", "a real password")
    running = emulator.start()
    deploy(running)
    answer = invoke(running, secret="hunter2")
    assert answer["topic"] == "arn:aws:sns:us-east-1:000000000000:drinks"
    assert answer["python"] == str(locate_program(running.folder / "pythons", OWN_VERSION))
    environment = answer["environment"]
    assert isinstance(environment, dict)
    assert environment["AWS_ENDPOINT_URL"] == running.endpoint
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert not {"AWS_PROFILE", "DATABASE_PASSWORD", "LOG_LEVEL", "DOMOVOI_TF_HOME"} & set(environment)
    assert not [value for value in environment.values() if "a real" in value]

    assert invoke(running, secret="hunter2", fail="yes")["errorMessage"] == "hunter2"
    written = [path for path in state_home.rglob("*") if path.is_file()]
    assert len(written) > 4
    assert not [path for path in written if b"hunter2" in path.read_bytes()]
    assert running.log.stat().st_mode & 0o777 == 0o600

    worker = invoke(running, secret="")["pid"]
    assert isinstance(worker, int)
    assert not has_ended(worker)
    assert emulator.stop()
    assert has_ended(worker)
    assert list_files(state_home) == {"emulator.lock", "emulator.log", "emulator.port"}


def test_functions_that_ignore_signals_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "_STOP_SECONDS", 0.3)
    monkeypatch.setattr(
        sys.modules[__name__],
        "HANDLER",
        HANDLER + STUBBORN,
    )
    running = emulator.start()
    deploy(running)
    worker = invoke(running, secret="")["pid"]
    assert isinstance(worker, int)
    os.kill(worker, signal.SIGTERM)
    assert emulator.stop()
    assert has_ended(worker)
    assert has_ended(running.pid)


def test_other_process_with_the_same_id_is_not_stopped(state_home: Path) -> None:
    running = emulator.start()
    record = state_home / "emulator.json"
    text = record.read_text()
    record.write_text(json.dumps({**json.loads(text), "started": "1"}))
    assert emulator.find_running() is None
    assert emulator.stop() is False
    assert not has_ended(running.pid)
    record.write_text(text)
    assert emulator.stop() is True


@pytest.mark.parametrize(
    "record",
    [
        *("", "[]", "{}", "null", "[" * 100_000, '{"pid": 1, "port": 1, "started": null}'),
        *('{"pid": 0, "port": 80, "started": "1"}', '{"pid": -1, "port": 80, "started": "1"}'),
        *('{"pid": "2", "port": 80, "started": "1"}', '{"pid": 2, "port": 99999, "started": "1"}'),
        *(
            '{"pid": 2, "port": "80", "started": "1"}',
            '{"pid": 2, "port": 80}',
            '{"pid": 2, "port": 80, "started": 1}',
        ),
    ],
)
def test_record_that_is_damaged_is_no_process(state_home: Path, record: str) -> None:
    state_home.mkdir(exist_ok=True)
    (state_home / "emulator.json").write_text(record)
    assert emulator.find_running() is None
    assert emulator.stop() is False
    assert not (state_home / "emulator.json").exists()


def test_killed_emulator_is_replaced() -> None:
    first = emulator.start()
    os.killpg(first.pid, signal.SIGKILL)
    assert wait_until(lambda: has_ended(first.pid), 5)
    assert emulator.find_running() is None
    second = emulator.start()
    assert second.pid != first.pid
