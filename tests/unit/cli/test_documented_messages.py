"""Provokes the messages that pages of the documentation quote, and looks for them in the pages.

If a message is reworded, the test of its page fails: quote the new wording there.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from documentation.pages import quote_block

from domovoi_tf.cli.terraform.backend_status import format_status
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.status import BucketStatus, State, Status
from domovoi_tf.terraform.locks import Lock, LockedError

from .conftest import Run, configure

CONFIGURATION, READING = "docs/reference/configuration.md", "docs/guides/reading.md"
REMOTE_STATE, STAGES = "docs/guides/remote-state.md", "docs/guides/stages.md"
IMPORTS = {1: "import os", 2: "from domovoi_tf import Domovoi", 3: "app = Domovoi()"}


def write_app(project: Path, lines: dict[int, str]) -> None:
    """Writes an app whose lines have the given numbers; each decorator is followed by its handler."""
    lines = {**IMPORTS, **lines}
    (project / "app.py").write_text("\n".join(lines.get(n, "") for n in range(1, max(lines) + 1)) + "\n")


def test_page_on_errors_quotes_a_problem_of_a_pattern(project: Path, run: Run) -> None:
    write_app(
        project,
        {
            30: "@app.cloudwatch_event_handler(detail={'left': [{'numeric': ['>', 5, '<', 3]}]})",
            31: "def restock(event, context): ...",
        },
    )
    assert run("render").stderr == f"Error: {quote_block('docs/reference/checks.md', 'app.py:30')}"


def test_page_on_stages_quotes_a_difference_between_stages(project: Path, run: Run) -> None:
    write_app(
        project,
        {7: "@app.sns_topic_subscriber(os.environ['TOPIC'])", 8: "def tend(event, context): ..."},
    )
    stages = {name: {"environment_variables": {"TOPIC": f"{name}-orders"}} for name in ("dev", "prod")}
    configure(project, {"app_name": "bar", "stages": stages})
    assert run("render", "--all-stages").stderr.endswith(quote_block(STAGES, "Error: app.py:7"))


def test_page_on_the_configuration_quotes_its_problems(project: Path, run: Run) -> None:
    text = """{
  "app_name": "bar",
  "lambda_timeout": "60",
  "stages": {
    "dev": {},
    "prod": {
      "xray": true,
      "tags": {"team": "bar"},
      "lambda_memory": 512,
      "on_success": "arn:aws:s3:::bucket",
      "publish": true,
      "tags": {"team": "cellar"}
    }
  }
}
"""
    (project / ".chalice" / "config.json").write_text(text)
    assert run("render").stderr == quote_block(CONFIGURATION, "Error: 4 problems")


def test_page_on_the_configuration_quotes_a_problem_of_a_policy(project: Path, run: Run) -> None:
    statement = {"Effect": "Allow", "Action": ["GetObject"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = policy.replace('{"Effect', '\n\n\n\n  {"Effect').replace(
        '["GetObject', f'\n{" " * 15}["GetObject'
    )
    (project / ".chalice" / "policy-dev.json").write_text(policy)
    assert run("render").stderr == quote_block(CONFIGURATION, "Error: .chalice/policy-dev.json:6:17")


def test_page_on_functions_quotes_the_warning_about_missing_permissions(project: Path, run: Run) -> None:
    write_app(project, {12: "@app.sqs_queue_subscriber('orders')", 13: "def order(event, context): ..."})
    configure(project, {"app_name": "bar", "autogen_policy": False})
    actions = ["sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"]
    policy = {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:sqs:*:*:orders"}
    (project / ".chalice" / "policy-dev.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    )
    assert run("render").stderr == quote_block("docs/guides/functions.md", "Warning: app.py:12")


def test_page_on_reading_the_app_quotes_its_output(project: Path, run: Run) -> None:
    with (project / "app.py").open("a") as app:
        app.write("print('loading the price list')\n")
    assert run("render").stderr == quote_block(READING, "app.py| loading")


def test_page_on_reading_the_app_quotes_the_warning_about_a_module(project: Path, run: Run) -> None:
    (project / "handlers.py").write_text(
        "from app import app\n\n\n@app.function_url()\ndef tick(event, context): ...\n"
    )
    assert run("render").stderr == quote_block(READING, "Warning: handlers.py:4")


def test_page_on_reading_the_app_quotes_the_error_of_a_missing_module(project: Path, run: Run) -> None:
    (project / "app.py").write_text("import domovoi_tf\nimport ginger_beer\n")
    (project / "requirements.txt").write_text("ginger-beer\n")
    message = run("render").stderr
    assert message.replace(sys.executable, "/home/me/bar/.venv/bin/python") == quote_block(
        READING, "Error: app.py:2"
    )


def test_page_on_remote_state_quotes_the_error_of_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Lock(
        id="8c1f…",
        path="my-terraform-state/beers/dev/terraform.tfstate",
        who="ada@workshop",
        operation="apply",
        created=datetime(2026, 3, 1, 12, tzinfo=timezone.utc),
    )
    described = lock.describe(datetime(2026, 3, 1, 12, 4, tzinfo=timezone.utc))
    monkeypatch.setattr(Lock, "describe", lambda self: described)
    error = LockedError(lock, "dev")
    words = f"$ domovoi-tf deploy Error: {error.message} {error.remedy}".split()
    assert quote_block(REMOTE_STATE, "$ domovoi-tf deploy\nError: ").split() == words


def test_page_on_remote_state_quotes_the_status() -> None:
    changed = datetime.now(timezone.utc) - timedelta(hours=2, minutes=1)
    bucket = "my-terraform-state"
    status = Status(
        backend=Backend("s3", {"bucket": bucket, "key": "beers/dev/terraform.tfstate"}),
        bucket=BucketStatus(bucket, "eu-west-1", "123456789012", True, (), "AES256"),
        state=State(31204, 7, "0f2b5d9e-1d1f-4c3c-8b7e-3d1f0a9b8c7d", 12),
        changed=changed,
        versions=7,
        lock=None,
    )
    lines = "\n".join(format_status(status, "dev")).replace(
        f"{changed:%Y-%m-%d %H:%M:%S}", "2026-03-01 12:00:00"
    )
    quoted = quote_block(REMOTE_STATE, "$ domovoi-tf backend status\n")
    assert quoted == f"$ domovoi-tf backend status\n{lines}\n"
