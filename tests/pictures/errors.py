"""Draws what ``render`` shows for an app with several problems: ``errors.svg``."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from screen import run_in_terminal

from pictures import terminal

WRONG = """\
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.scheduled_function("rate(5 minute)")
def count(event, context): ...


@app.sqs_queue_subscriber("deliveries", batch_size="10")
def deliver(event, context): ...


@app.sns_topic_subscriber("orders")
def pour(event, context): ...


@app.sns_topic_subscriber("orders")
def serve(event, context): ...
"""
TITLE = "domovoi-tf render with three problems"
DESCRIPTION = "domovoi-tf render lists three problems of an app, each with its file, its line and a remedy."


def draw() -> str:
    """Returns the picture."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / ".chalice").mkdir()
        (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bartender"}))
        (project / "app.py").write_text(WRONG)
        variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
        output = run_in_terminal("render", terminal.COLUMNS, project, variables, {}, "")
    return terminal.draw(f"$ domovoi-tf render\r\n{output.written}", TITLE, DESCRIPTION)
