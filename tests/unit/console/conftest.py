"""A console on a free loopback port, without an app, and a client that sends any request."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from console_fixture import RunningConsole, run_console

from domovoi_tf.console.ports import ConsoleProject
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.settings import Settings

PAGE = "<!doctype html><title>page</title>"


class Client:
    """Sends requests as a page of the console does, unless the test says otherwise."""

    def __init__(self, console: RunningConsole) -> None:
        self.console = console
        self.port = console.port
        self.cookie = f"domovoi_console_{console.port}={console.app.state.tokens.cookie}"

    def send(
        self, method: str, path: str, headers: Mapping[str, str | None] = {}, body: Any = None
    ) -> tuple[HTTPResponse, str]:
        """Returns the response and its body; a header of None is not sent."""
        sent: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            sent |= {
                "Origin": f"http://127.0.0.1:{self.port}",
                "X-Domovoi-Console": "1",
                "Content-Type": "application/json",
            }
            body = json.dumps({}) if body is None else body
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                method,
                path,
                body,
                {name: value for name, value in {**sent, **headers}.items() if value is not None},
            )
            response = connection.getresponse()
            return response, response.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Returns the JSON of the API at a path."""
        response, body = self.send("GET", path)
        assert response.status == 200, body
        return json.loads(body)

    def open_stream(self, last_id: str = "") -> socket.socket:
        """Returns the connection of a stream of events, whose request has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        number = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        connection.sendall(self.start_request("GET /api/stream") + f"{number}\r\n".encode())
        return connection

    def start_request(self, line: str) -> bytes:
        """Returns a request line with the headers of a page, to which the test adds others."""
        lines = (f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {self.cookie}")
        return "".join(f"{each}\r\n" for each in lines).encode()


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "vendor" / "page.js").write_text("export const page = 1;")
    (tmp_path / "secret.js").write_text("secret")
    return folder


def make_project(folder: Path) -> ConsoleProject:
    """Returns a project without an app, which the tests of requests do not read."""

    def fail() -> Any:
        raise RuntimeError("a secret in an exception")

    settings = Settings(app_name="beers", stage="dev")
    return ConsoleProject(folder, folder / "terraform", "dev", "emulator", lambda: (fail(), settings), fail)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "records" / "events.sqlite3") as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path, static: Path, recorder: Recorder) -> Iterator[Client]:
    with run_console(recorder, make_project(tmp_path), static=static) as console:
        yield Client(console)
