"""Runs code blocks that need another event, module or process than the general checks give them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from documentation.checks.python_code import PREAMBLE
from documentation.pages import ROOT, quote_block
from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import loader
from domovoi_tf.recorder.records import Invocation, Outcome, Run
from domovoi_tf.recorder.saved_tests import Setup, save_test
from domovoi_tf.rendering import scaffold
from domovoi_tf.testing import Client


def test_window_of_a_stream_counts_orders() -> None:
    block = quote_block("docs/sources/dynamodb.md", '@app.dynamodb_stream_handler("orders", tumbling_window')
    namespace: dict[str, Any] = {}
    exec(PREAMBLE + block, namespace)  # noqa: S102
    client = Client(namespace["app"])
    first = client.send("count")
    assert first == {"state": {"total": 1}}
    assert client.send("count", isFinalInvokeForWindow=True, **first) == {"state": {"total": 2}}
    assert client.logs == ["{'orders': 2}"]


def test_configuration_for_dev_is_that_of_a_new_project(tmp_path: Path) -> None:
    block = quote_block("docs/guides/editor.md", '{\n  "name": "domovoi-tf dev --debug (attach)"')
    scaffold.create_project(tmp_path / "bar")
    launch = json.loads((tmp_path / "bar" / ".vscode" / "launch.json").read_text(encoding="utf-8"))
    assert json.loads(block) in launch["configurations"]


def test_handler_waits_for_a_client_of_debugpy() -> None:
    """Without the port of the page, which another program may use."""
    block = quote_block("docs/guides/editor.md", "import debugpy").replace("5678", '("127.0.0.1", 0)')
    replaced = ["wait_for_client = lambda: print('waits')", "breakpoint = lambda: print('stops')"]
    source = "".join(f"import debugpy; debugpy.{each}\n" for each in replaced) + block
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "waits\nstops\n"


def test_page_on_names_states_the_names_of_handlers(tmp_path: Path) -> None:
    block = quote_block("docs/guides/names.md", "for group in")
    (tmp_path / "app.py").write_text(PREAMBLE + block, encoding="utf-8")
    names = [route.handler for route in loader.load(tmp_path).routes]
    stated = re.findall(r"# (\S+) and (\S+)$", block, re.MULTILINE)
    assert len(stated) == 2
    expected = [name.replace("...", "report-logs-aws-lambda") for pair in stated for name in pair]
    assert names == [*expected, "clean"]


def test_module_registers_its_handlers(tmp_path: Path) -> None:
    block = quote_block("docs/guides/reading.md", "from handlers.billing import register")
    (comment,) = re.findall(r"# (def register\(app\):) (.*) \.\.\.$", block, re.MULTILINE)
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "billing.py").write_text(
        f"{comment[0]}\n    {comment[1]}\n    def bill(event, context): ...\n"
    )
    (tmp_path / "app.py").write_text(PREAMBLE + block, encoding="utf-8")
    assert [route.handler for route in loader.load(tmp_path).routes] == ["bill"]


def test_template_of_the_scheduler_is_that_of_the_module() -> None:
    page = "modules/triggers/scheduler/README.md"
    document = json.loads(quote_block(page, '{\n  "version"'))
    source = (ROOT / page).with_name("main.tf").read_text(encoding="utf-8")
    (template,) = re.findall(r"jsonencode\(\{\n    version(.*?)\n  \}\)", source, re.DOTALL)
    keys = re.findall(r"^ *([\w-]+) += (.*)$", f"version{template}", re.MULTILINE)
    assert sorted(document) == sorted(key for key, _ in keys)
    literals = {key: json.loads(value) for key, value in keys if value.startswith(('"', "[", "{"))}
    assert {key: document[key] for key in literals} == literals


def test_credentials_of_the_shell_are_withheld(tmp_path: Path) -> None:
    lines = [
        "import boto3",
        "",
        PREAMBLE.strip(),
        "",
        "boto3.client('sts', region_name='eu-west-1').get_caller_identity()",
    ]
    (tmp_path / "app.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(AppLoadError) as caught:
        loader.load(tmp_path)
    said = quote_block("docs/guides/reading.md", "Error: app.py:5")
    assert f"Error: {caught.value}\n".startswith(said.removesuffix(" ...\n"))


def test_saved_test_is_that_of_the_page(tmp_path: Path) -> None:
    run = Run(12, Invocation("r", 1.0, "dev", "bar-dev", {}), Outcome("ok", ("tend",), result={"served": 0}))
    saved = save_test(tmp_path, run, Setup("bar-dev"), "empty-order")
    text = (tmp_path / saved.test_file).read_text(encoding="utf-8")
    assert text.endswith(quote_block("docs/guides/recorded-events.md", "def test_tend_empty_order"))
