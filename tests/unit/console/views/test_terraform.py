"""The pending change, and the rendered blocks by their owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_fixture import serve_fixture
from polling import wait_until

from ..conftest import Client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve_fixture(tmp_path) as console:
        yield Client(console)


def test_blocks_have_their_owner_and_their_place(sample: Client) -> None:
    answer = sample.get("/api/terraform")
    blocks = {each["address"]: each for each in answer["resources"]}
    assert len(blocks) == len(answer["resources"])
    pour = blocks["module.app.module.pour"]
    assert (pour["handler"], pour["type"], pour["file"]) == ("pour", "module", "app/sns.tf")
    tree = sample.console.app.state.console.project.tree
    lines = (tree / pour["file"]).read_text().splitlines()
    assert lines[pour["line"] - 1] == 'module "pour" {'
    assert pour["block"].startswith("# app.py pour\nmodule")
    assert pour["block"].endswith("\n}")
    assert blocks["module.app.aws_sns_topic.orders"]["handler"] == "sources"
    assert blocks["module.app.module.lambda_reports"]["handler"] == "function reports"
    assert blocks["module.app"]["file"] == "stages/dev/main.tf"
    assert blocks["module.app"]["handler"] == "stage"
    assert answer["problem"] == ""


def test_handlers_come_first(sample: Client) -> None:
    owners = [each["handler"] for each in sample.get("/api/terraform")["resources"]]
    assert owners.index("pour") < owners.index("function") < owners.index("stage")


def test_pending_change_is_grouped_by_handler_until_it_is_applied(client: Client) -> None:
    assert wait_until(lambda: bool(client.get("/api/terraform")["pending"]), 20)
    assert client.get("/api/terraform")["pending"] == [
        {"handler": "tend", "lines": ["+ sns subscription"]},
        {"handler": "pour", "lines": ["~ filter policy"]},
    ]
    assert client.send("POST", "/api/terraform/apply")[0].status == 200
    assert wait_until(lambda: not client.get("/api/terraform")["pending"], 20)


def test_project_that_is_not_rendered_says_so(client: Client) -> None:
    tree = client.console.app.state.console.project.tree
    (tree / "app").rename(tree / "gone")
    answer = client.get("/api/terraform")
    assert answer["problem"] == "The app is not rendered: terraform has no app/. Run `domovoi-tf render`."
    assert {each["handler"] for each in answer["resources"]} == {"stage"}


def test_files_of_the_user_that_cannot_be_read_are_left_out(client: Client) -> None:
    tree = client.console.app.state.console.project.tree
    (tree / "stages" / "dev" / "own.tf").write_text('resource "aws_sqs_queue" "own" {\n  name = "}"\n}\n')
    (tree / "stages" / "dev" / "broken.tf").write_text('resource "a" "b" {\n  name = "\n')
    (tree / "stages" / "dev" / "binary.tf").write_bytes(b"\xff\xfe")
    blocks = {each["address"]: each for each in client.get("/api/terraform")["resources"]}
    assert blocks["aws_sqs_queue.own"]["block"] == 'resource "aws_sqs_queue" "own" {\n  name = "}"\n}'
    assert "a.b" not in json.dumps([*blocks])
