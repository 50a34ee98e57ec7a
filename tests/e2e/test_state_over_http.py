"""Tests a backend that only Terraform can read: a state server with locks, which speaks its http protocol.

https://developer.hashicorp.com/terraform/language/backend/http
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domovoi_tf.terraform.installation import Binary

from .conftest import CommandLine, create_command_line

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]
LOCK = json.dumps(
    {
        "ID": "5d0e",
        "Operation": "OperationTypeApply",
        "Who": "ada@workshop",
        "Created": "2026-03-01T12:00:00Z",
        "Info": "",
        "Version": "1.11.4",
        "Path": "",
    }
).encode()
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...
"""


class States(ThreadingHTTPServer):
    """Stores one state and its lock."""

    state = b""
    lock = b""


class Handler(BaseHTTPRequestHandler):
    """Implements the protocol. The answer to a request for a lock that is taken is 423 with its holder."""

    server: States

    def do_GET(self) -> None:
        self._respond(200 if self.server.state else 404, self.server.state)

    def do_POST(self) -> None:
        self.server.state = self._read_body()
        self._respond(200)

    def do_LOCK(self) -> None:
        lock = self._read_body()
        if self.server.lock:
            self._respond(423, self.server.lock)
        else:
            self.server.lock = lock
            self._respond(200)

    def do_UNLOCK(self) -> None:
        self._read_body()
        self.server.lock = b""
        self._respond(200)

    def log_message(self, format: str, *args: object) -> None: ...

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _respond(self, code: int, content: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def command_line(shell_environment: dict[str, str]) -> CommandLine:
    """Runs domovoi-tf in a shell that does not point at the emulator, where no state is."""
    return create_command_line({k: v for k, v in shell_environment.items() if k != "AWS_ENDPOINT_URL"})


@pytest.fixture
def server() -> Iterator[States]:
    with States(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def project(tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]) -> Path:
    """A project with a local state that has one resource."""
    root = tmp_path / "terraform" / "stages" / "dev"
    root.mkdir(parents=True)
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text('resource "terraform_data" "this" {}\n')
    for command in (["init"], ["apply", "-auto-approve", f"-state={root / 'terraform.tfstate'}"]):
        subprocess.run(
            [terraform_binary.path, *command],
            cwd=source,
            env={"PATH": "/usr/bin:/bin", **terraform_environment},
            capture_output=True,
            check=True,
        )
    (tmp_path / ".chalice").mkdir()
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def test_state_moves_to_the_server_and_its_lock_is_released_by_id(
    project: Path, server: States, command_line: CommandLine
) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    arguments = {"address": url, "lock_address": url, "unlock_address": url, "retry_max": 0}
    (project / ".chalice" / "config.json").write_text(
        json.dumps({"app_name": "remote", "terraform": {"backend": {"http": arguments}}})
    )
    server.lock = LOCK
    refused = command_line("backend", "migrate", "--yes", cwd=project)
    # Terraform reads only the ID from the answer of this backend.
    assert "\nError: The state of dev is locked by an unknown user; lock 5d0e.\n" in refused.err
    assert server.state == b""

    unknown = command_line("backend", "unlock", "--yes", cwd=project)
    assert unknown.err == (
        "Error: Cannot read the lock of dev from the http backend.\n"
        "Run `domovoi-tf plan`, and pass the lock ID from its error message with --id LOCK_ID.\n"
    )
    freed = command_line("backend", "unlock", "--yes", "--id", "5d0e", cwd=project)
    assert (freed.code, freed.out.splitlines()[0], server.lock) == (0, "The state of dev is unlocked.", b"")

    moved = command_line("backend", "migrate", "--yes", cwd=project)
    assert moved.code == 0, moved
    assert "  to    the http backend\n" in moved.out
    assert [each["type"] for each in json.loads(server.state)["resources"]] == ["terraform_data"]

    status = command_line("backend", "status", cwd=project)
    first, second, lock = status.out.splitlines()
    assert (status.code, first) == (0, "state   the http backend")
    assert second.startswith("        1 resource, ")
    assert lock == "lock    unknown: only a Terraform command that locks this state can tell"
