"""The emulator's program loses neither answers to the AWS SDK nor log lines of functions."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys

import pytest

from domovoi_tf.local import emulator_process


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


@pytest.mark.parametrize(
    ("path", "is_named"), [("/_ministack/health", True), ("/_ministack/ready", False), ("/", False)]
)
def test_answers_to_the_health_check_name_the_process(path: str, is_named: bool) -> None:
    messages: list[dict[str, object]] = []

    async def app(scope: object, receive: object, send: emulator_process.Send) -> None:
        await send({"type": "http.response.start", "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    asyncio.run(emulator_process.name_process(app)({"type": "http", "path": path}, None, send))
    name = [(b"x-domovoi-tf-process", str(os.getpid()).encode())] if is_named else []
    assert messages == [
        {"type": "http.response.start", "headers": [(b"content-length", b"2"), *name]},
        {"type": "http.response.body", "body": b"{}"},
    ]


def test_server_uses_the_socket_that_it_inherits() -> None:
    code = (
        "import sys; from domovoi_tf.local import emulator_process; "
        "emulator_process.serve_on(int(sys.argv[1])); "
        "from hypercorn.config import Config; config = Config(); config.bind = ['127.0.0.1:80']; "
        "[server] = config.create_sockets().insecure_sockets; print(server.getsockname()[1])"
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number = listener.fileno()
        command = [sys.executable, "-c", code, str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, pass_fds=[number])
        assert int(done.stdout) == listener.getsockname()[1]


def test_late_log_lines_are_read() -> None:
    code = (
        "from domovoi_tf.local import emulator_process; emulator_process.wait_for_log_lines()\n"
        "import sys; from subprocess import PIPE, Popen; from threading import Timer\n"
        "from ministack.core.lambda_runtime import Worker\n"
        'function = \'import sys; sys.stderr.write(chr(10).join(["poured", "drunk"]))\'\n'
        "worker = Worker('bartender', {}, b'')\n"
        "worker._proc = Popen([sys.executable, '-c', function], stderr=PIPE, text=True)\n"
        "worker._proc.wait()\n"
        # A busy machine may run the thread that reads only after the response.
        "Timer(0.5, worker._read_stderr).start()\n"
        "print(worker._drain_stderr_bounded())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "poured\ndrunk\n"


def ask(path: str = "/2015-03-31/functions", kind: str = "http", **headers: str) -> list[dict[str, object]]:
    """Returns what the guarded emulator sends for a request."""
    messages: list[dict[str, object]] = []

    async def app(scope: object, receive: object, send: emulator_process.Send) -> None:
        await send({"type": "answered"})

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": pairs}
    asyncio.run(emulator_process.refuse_foreign_pages(app)(scope, None, send))
    return messages


URL_ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"host": "127.0.0.1:4566"}),
        ("/", {"host": "localhost:4566"}),
        ("/", {"host": "[::1]:4566"}),
        ("/cat.png", {"host": "labels.localhost:4566"}),
        ("/cat.png", {"host": "labels.s3.eu-west-1.amazonaws.com"}),
        ("/", {"host": "127.0.0.1:4566", "origin": "http://localhost:3000", "sec-fetch-site": "same-site"}),
        ("/", {"host": "127.0.0.1:4566", "origin": "http://localhost:3000", "sec-fetch-site": "cross-site"}),
        ("/", {"host": f"{URL_ID}.lambda-url.us-east-1.on.aws"}),
        (f"/_aws/lambda-url/{URL_ID}/", {"host": "127.0.0.1:4566", "origin": "https://shop.example"}),
        (f"/_aws/lambda-url/{URL_ID}/", {"host": "shop.example"}),
    ],
)
def test_emulator_answers_programs_and_the_pages_of_this_machine(path: str, headers: dict[str, str]) -> None:
    assert ask(path, **headers) == [{"type": "answered"}]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"host": "127.0.0.1:4566", "origin": "https://evil.example"}),
        ("/", {"host": "127.0.0.1:4566", "origin": "null"}),
        ("/", {"host": "127.0.0.1:4566", "origin": "https://localhost.evil.example"}),
        ("/?Action=CreateStack", {"host": "127.0.0.1:4566", "sec-fetch-site": "cross-site"}),
        ("/", {"host": "evil.example:4566"}),
        ("/", {"host": "127.0.0.1.evil.example"}),
        ("/", {"host": f"{URL_ID}.lambda-url.us-east-1.evil.example"}),
        ("/_ministack/reset", {"host": f"{URL_ID}.lambda-url.x.localhost", "origin": "https://evil.example"}),
        ("/", {"host": "host.docker.internal:4566"}),
        ("/_alb/missing/", {"host": "127.0.0.1:4566", "origin": "https://evil.example"}),
    ],
)
def test_emulator_refuses_foreign_pages(path: str, headers: dict[str, str]) -> None:
    start, body = ask(path, **headers)
    assert (start["status"], body["body"]) == (
        403,
        b"The emulator refuses web pages of other machines, and all host names but localhost and 127.0.0.1.\n"
        b"In a program, use the endpoint that `domovoi-tf local status` prints.\n"
        b"In a web page, call the URL of a function or of a load balancer.\n",
    )
    assert ask(path, kind="websocket", **headers) == [{"type": "websocket.close", "code": 1008}]


def test_emulator_asks_nothing_of_its_own_start() -> None:
    assert ask(kind="lifespan") == [{"type": "answered"}]
