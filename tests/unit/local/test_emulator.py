"""The real emulator runs once per user, isolated from the user's accounts, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local import emulator, emulator_environment, emulator_process
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.system.background_processes import read_start_time, wait_until

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


def list_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def has_ended(pid: int) -> bool:
    return read_start_time(pid) is None


def deploy(running: Emulator) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", HANDLER)
    emulator_environment.create_client(running, "lambda").create_function(
        FunctionName="bartender",
        Runtime="python3.12",
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


def test_idle_connections_outlive_those_of_the_aws_provider() -> None:
    """The provider's HTTP client closes a connection that was idle for 90 seconds."""
    code = (
        "from domovoi_tf.local import emulator_process; emulator_process.keep_connections(); "
        "from hypercorn.config import Config; config = Config(); config.keep_alive_timeout = 75; "
        "print(config.keep_alive_timeout)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 90


@pytest.mark.parametrize(("method", "is_delayed"), [("POST", True), ("PUT", True), ("GET", False)])
def test_answers_to_requests_with_a_body_are_delayed(
    method: str, is_delayed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The AWS SDK for Go repeats requests whose answers arrive before it has finished sending them."""
    events: list[object] = []

    async def sleep(seconds: float) -> None:
        events.append(seconds)

    async def app(scope: object, receive: object, send: emulator_process.Send) -> None:
        for part in ("http.response.start", "http.response.body"):
            await send({"type": part})

    async def send(message: dict[str, str]) -> None:
        events.append(message["type"])

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(emulator_process.delay_answers(app)({"type": "http", "method": method}, None, send))
    delays = [emulator_process.DELAY] if is_delayed else []
    assert events == [*delays, "http.response.start", "http.response.body"]


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
    assert list_files(state_home) == {"emulator.lock", "emulator.log"}


def test_simultaneous_starts_share_one_emulator() -> None:
    code = "from domovoi_tf.local import emulator; print(emulator.start().pid)"

    def start(_: int) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    with concurrent.futures.ThreadPoolExecutor() as pool:
        pids = set(pool.map(start, range(3)))
    running = emulator.find_running()
    assert running
    assert pids == {f"{running.pid}\n"}


def test_port_can_be_chosen_unless_it_is_in_use() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmulatorError) as caught:
            emulator.start(port)
    assert caught.value.message == f"Port {port} on 127.0.0.1 is in use by another program."
    assert caught.value.remedy == "Choose another port with --port, or omit --port to get a free one."
    assert emulator.start(port).port == port
    with pytest.raises(EmulatorError) as caught:
        emulator.start(port + 1)
    assert caught.value.message == f"The emulator is already running on port {port}."
    remedy = "Stop it with `domovoi-tf local down`, or omit --port to use the running one."
    assert caught.value.remedy == remedy


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
    assert answer["python"] == sys.executable
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
    assert list_files(state_home) == {"emulator.lock", "emulator.log"}


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


def test_killed_emulator_is_replaced() -> None:
    first = emulator.start()
    os.killpg(first.pid, signal.SIGKILL)
    assert wait_until(lambda: has_ended(first.pid), 5)
    assert emulator.find_running() is None
    second = emulator.start()
    assert second.pid != first.pid


def test_hanging_emulator_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    first = emulator.start()
    monkeypatch.setattr(emulator, "_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(emulator, "_STOP_SECONDS", 0.3)
    os.kill(first.pid, signal.SIGSTOP)
    assert emulator.find_running() is None
    assert emulator.start().pid != first.pid
    assert has_ended(first.pid)


def test_emulator_that_ends_at_once_is_an_error_with_its_log(
    state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another program takes the place of MiniStack, which does not fail here.
    monkeypatch.setattr(emulator, "_PROGRAM", ("-c", "raise SystemExit('the disk is full')"))
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    assert caught.value.message == "The emulator ended at once.\nthe disk is full"
    assert caught.value.remedy == f"Its log is {state_home / 'emulator.log'}."
    assert list_files(state_home) == {"emulator.lock", "emulator.log"}


def test_emulator_that_does_not_answer_is_stopped(state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        emulator, "_PROGRAM", ("-c", "import os; print(os.getpid(), flush=True); os.read(os.pipe()[0], 1)")
    )
    monkeypatch.setattr(emulator, "_START_SECONDS", 0.5)
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    first, pid = caught.value.message.splitlines()
    assert first == "The emulator did not answer within 0.5 seconds."
    assert has_ended(int(pid))


def test_missing_ministack_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(EmulatorError) as caught:
        emulator.start()
    assert caught.value.message == "The local AWS emulator is not installed."
    assert caught.value.remedy == "Install it with `pip install 'domovoi-tf[local]'`."


EMULATOR = Emulator("http://127.0.0.1:4566", 1, 4566, Path("emulator.log"))
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def test_overrides_remove_conflicting_variables() -> None:
    environ = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://s3", "PATH": "/bin"}
    removed = {"AWS_PROFILE": None, "AWS_ENDPOINT_URL_S3": None}
    assert emulator_environment.build_overrides(EMULATOR, environ) == {**removed, **ENVIRONMENT}


def test_shell_evaluates_the_exports(tmp_path: Path, state_home: Path) -> None:
    configuration = tmp_path / "it's mine.tfrc"
    configuration.write_text("")
    environ = {
        "PATH": "/nowhere",
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL_SQS": "x",
        "HOME": str(tmp_path),
        "TF_CLI_CONFIG_FILE": "/missing",
    }
    text = emulator_environment.format_exports(EMULATOR, environ)
    assert text.startswith(
        "unset AWS_ENDPOINT_URL_SQS AWS_PROFILE\nexport AWS_ENDPOINT_URL='http://127.0.0.1:4566'\n"
    )
    shell = ["/bin/sh", "-c", f"set -eu\n{text}/usr/bin/env"]
    lines = subprocess.run(shell, env=environ, capture_output=True, text=True, check=True).stdout.splitlines()
    after = dict(line.split("=", 1) for line in lines)
    expected = {
        **ENVIRONMENT,
        "HOME": str(tmp_path),
        "PATH": f"{state_home / 'bin'}:/nowhere",
        "TF_CLI_CONFIG_FILE": str(state_home / "terraformrc"),
    }
    assert {name: after[name] for name in after if name not in {"PWD", "_", "SHLVL", "OLDPWD"}} == expected
    assert "PATH" not in emulator_environment.format_exports(EMULATOR, after)


def test_exports_are_quoted_for_the_shell() -> None:
    hostile = EMULATOR._replace(endpoint="http://it's $(id)`id`\\")
    text = emulator_environment.format_exports(hostile, {"PATH": os.environ["PATH"]})
    shell = ["/bin/sh", "-c", f'{text}printf %s "$AWS_ENDPOINT_URL"']
    assert subprocess.run(shell, capture_output=True, text=True, check=True).stdout == hostile.endpoint
