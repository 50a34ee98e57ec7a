"""Terraform prints nothing before the first answer of AWS, and is stopped if there is none."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.terraform import first_contact
from domovoi_tf.terraform.first_contact import UnansweredError
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
PROVIDER = """\
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

data "aws_region" "current" {}
"""
BACKEND = """\
terraform {
  backend "s3" {
    bucket = "states"
    key    = "bar"
  }
}
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """An AWS that accepts connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def run_without_an_answer(
    folder: Path, environment: dict[str, str], binary: Binary, listener: socket.socket, command: str
) -> None:
    """Runs Terraform until it has sent a request, with AWS's silence known from then on."""

    def await_request() -> str:
        connection, _ = listener.accept()
        connections.append(connection)
        assert connection.recv(1)
        return "no answer"

    connections: list[socket.socket] = []
    aws = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    try:
        Terraform(folder, {**environment, **aws}, binary, await_request).run(command, "-no-color")
    finally:
        for connection in connections:
            connection.close()


def list_processes(folder: Path) -> list[str]:
    """Returns the processes that run in a folder, such as a provider."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # another user's process, or one that has ended
            found += [str(link)] if os.readlink(link) == str(folder) else []  # noqa: PTH115 - it need not exist
    return found


@pytest.mark.parametrize(("text", "command"), [(BACKEND, "init"), (PROVIDER, "plan")], ids=["s3", "aws"])
def test_terraform_without_an_answer_is_stopped(
    tmp_path: Path,
    terraform_environment: dict[str, str],
    terraform_binary: Binary,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    text: str,
    command: str,
) -> None:
    (tmp_path / "main.tf").write_text(text)
    if command != "init":
        Terraform(tmp_path, {**terraform_environment}, terraform_binary).capture("init")
    for name in ("_PATIENCE", "_LIMIT", "_GRACE", "_INTERVAL"):
        monkeypatch.setattr(first_contact, name, 0.1)
    with pytest.raises(UnansweredError) as caught:
        run_without_an_answer(tmp_path, terraform_environment, terraform_binary, listener, command)
    assert str(caught.value) == (
        "AWS does not answer, so Terraform was stopped: no answer\n"
        "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network."
    )
    assert wait_until(lambda: not list_processes(tmp_path), 2)
    captured = capfd.readouterr()
    assert captured.out.strip() == ("Initializing the backend..." if command == "init" else "")
    assert captured.err == ""
