"""Reading the app for the console while `dev` runs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import click
import pytest

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.deployment.dev_command.project_reader import ProjectReader
from domovoi_tf.errors import AppLoadError


def test_app_is_read_in_any_thread_with_the_options_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def load(project_dir: Path, stage: str) -> str:
        seen.append((project_dir, stage, options.get_python()))
        if len(seen) > 1:
            raise AppLoadError("app.py:1: invalid syntax")
        return "second"

    monkeypatch.setattr(pipeline, "load_deployed", load)
    context = click.Context(click.Command("dev"))
    context.meta["domovoi_tf.python"] = "/opt/python"
    with context:
        first: Any = "first"
        reader = ProjectReader(Path("bar"), "dev", first)
        read: list[Any] = [reader.read()]
        for _ in range(2):
            reader.expire()
            thread = threading.Thread(target=lambda: read.append(reader.read()))
            thread.start()
            thread.join()
    assert read == ["first", "second", "second"]
    assert seen == [(Path("bar"), "dev", "/opt/python")] * 2
