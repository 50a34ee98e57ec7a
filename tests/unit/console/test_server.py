"""The server: its port, its packages, and its end."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from console_fixture import run_console

from domovoi_tf.console.server import (
    ConsoleStartError,
    build_url,
    create_token,
    open_listener,
    require_packages,
    resume_listener,
)
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.system.distribution.install_command import build_install_command
from domovoi_tf.system.loopback import servers

from .conftest import Client, make_project


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    require_packages()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConsoleStartError) as caught:
        require_packages()
    assert str(caught.value) == (
        f"The console needs starlette and hypercorn.\nInstall it with `{build_install_command('local')}`."
    )


def test_port_that_is_in_use_is_an_error() -> None:
    with open_listener(None) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConsoleStartError) as caught:
            open_listener(port)
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 is in use by another program.\n"
        "Choose another port with --port, or omit --port to get a free one."
    )
    with open_listener(port) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)


def test_listener_and_token_are_those_of_the_last_time(tmp_path: Path) -> None:
    path = tmp_path / "console"
    listener, token = resume_listener(path)
    with listener:
        port = listener.getsockname()[1]
        assert path.stat().st_mode & 0o777 == 0o600
    again, same = resume_listener(path)
    with again:
        assert (again.getsockname()[1], same) == (port, token)
        other, another = resume_listener(path)  # the port is in use
        with other:
            assert other.getsockname()[1] != port
            assert another != token


@pytest.mark.parametrize(
    "text", ["", "x y", "99999999999 token", "-1 token", "1", "80 a b", "8000 weak", "\ud800"]
)
def test_strange_file_is_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "console"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    listener, token = resume_listener(path)
    with listener:
        assert path.read_text() == f"{listener.getsockname()[1]} {token}\n"
    assert len(token) == 43


def test_cookie_stays_valid_with_the_token(tmp_path: Path, recorder: Recorder) -> None:
    with run_console(recorder, make_project(tmp_path)) as console:
        cookie = Client(console).cookie
    with run_console(recorder, make_project(tmp_path), port=console.port) as console:
        assert Client(console).send("GET", "/", {"Cookie": cookie})[0].status == 200


def test_tokens_are_long_and_differ() -> None:
    tokens = {create_token() for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 43 for token in tokens)
    assert build_url(8123, "t") == "http://127.0.0.1:8123/?token=t"


def test_server_ends_while_a_page_is_open_and_frees_its_port(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_GRACEFUL_SECONDS", 90.0)  # the page's connection is not merely cut off
    with run_console(recorder, make_project(tmp_path)) as console:
        stream = Client(console).open_stream()
        assert b"event: hello" in read_until(stream, b"event: hello")
    with stream:
        assert stream.recv(1000) in (b"", b"0\r\n\r\n")
    open_listener(console.port).close()


def read_until(stream: socket.socket, text: bytes) -> bytes:
    """Returns what a stream sends up to a text."""
    received = b""
    while text not in received:
        part = stream.recv(65536)
        assert part, received
        received += part
    return received


def test_commands_without_a_console_import_none_of_its_packages() -> None:
    program = (
        "import sys\n"
        "from domovoi_tf.cli.root import cli\n"
        "cli(['show', '--help'], standalone_mode=False)\n"
        "packages = {'starlette', 'hypercorn', 'anyio', 'watchfiles', 'domovoi_tf.console'}\n"
        "print(sorted(packages & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
