"""Runs code blocks that need an event, another module or another process than the general checks give them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.loading import loader
from domovoi_tf.rendering import scaffold
from domovoi_tf.testing import Client

from documentation.checks.python_code import PREAMBLE
from documentation.pages import read_page


def quote(page: str, beginning: str) -> str:
    """Returns the code block of a page whose first line starts with a text."""
    (text,) = [block.text for block in read_page(page).blocks if block.text.startswith(beginning)]
    return text


def test_window_of_a_stream_counts_orders() -> None:
    block = quote("docs/sources/dynamodb.md", '@app.dynamodb_stream_handler("orders", tumbling_window')
    namespace: dict[str, Any] = {}
    exec(PREAMBLE + block, namespace)  # noqa: S102
    client = Client(namespace["app"])
    state = client.send("count", state={}, isFinalInvokeForWindow=False)
    assert state == {"state": {"total": 1}}
    assert client.send("count", isFinalInvokeForWindow=True, **state) == {"state": {"total": 2}}
    assert client.logs == ["{'orders': 2}"]


def test_configuration_for_dev_is_that_of_a_new_project(tmp_path: Path) -> None:
    block = quote("docs/guides/editor.md", '{\n  "name": "domovoi-tf dev --debug (attach)"')
    scaffold.create_project(tmp_path / "bar")
    launch = json.loads((tmp_path / "bar" / ".vscode" / "launch.json").read_text(encoding="utf-8"))
    assert json.loads(block) in launch["configurations"]


def test_handler_waits_for_a_client_of_debugpy() -> None:
    """Without the port of the page, which another program may use."""
    block = quote("docs/guides/editor.md", "import debugpy").replace("5678", '("127.0.0.1", 0)')
    watcher = "import debugpy; debugpy.wait_for_client = lambda: print('waits'); debugpy.breakpoint = lambda: print('stops')\n"
    done = subprocess.run([sys.executable, "-c", watcher + block], capture_output=True, text=True, check=True)
    assert done.stdout == "waits\nstops\n"


def test_page_on_names_states_the_names_of_handlers(tmp_path: Path) -> None:
    block = quote("docs/guides/names.md", "for group in")
    (tmp_path / "app.py").write_text(PREAMBLE + block, encoding="utf-8")
    names = [route.handler for route in loader.load(tmp_path).routes]
    stated = re.findall(r"# (\S+) and (\S+)$", block, re.MULTILINE)
    assert len(stated) == 2
    expected = [name.replace("...", "report-logs-aws-lambda") for pair in stated for name in pair]
    assert names == [*expected, "clean"]


def test_module_registers_its_handlers(tmp_path: Path) -> None:
    block = quote("docs/guides/reading.md", "from handlers.billing import register")
    (comment,) = re.findall(r"# (def register\(app\):) (.*) \.\.\.$", block, re.MULTILINE)
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "billing.py").write_text(f"{comment[0]}\n    {comment[1]}\n    def bill(event, context): ...\n")
    (tmp_path / "app.py").write_text(PREAMBLE + block, encoding="utf-8")
    assert [route.handler for route in loader.load(tmp_path).routes] == ["bill"]
