"""Tests that the event of each kind reaches its handler in the package, under AWS's runtime client."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.triggers import list_kinds

from .conftest import CommandLine
from .test_runtime_client import Answer, invoke

TRIGGERS = Path(__file__).parents[1] / "triggers"


@pytest.mark.parametrize("kind", list_kinds())
def test_event_of_the_kind_reaches_its_handler(
    kind: str, tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, task = tmp_path / kind, tmp_path / "task"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": kind}))
    (project / "app.py").write_bytes((TRIGGERS / kind / "app.py").read_bytes())
    for command in ("render", "package"):
        done = command_line(command, cwd=project)
        assert done.code == 0, done
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(task)
    event = json.loads((TRIGGERS / kind / "event.json").read_bytes())
    module = load_app(project / "app.py")
    for name, value in module.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)  # `expected` reads them; the client gets them too
    (answer,), log = invoke(task, event, **module.ENVIRONMENT)
    assert answer == Answer("response", json.loads(json.dumps(module.expected(event)))), log


def load_app(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"packaged_{path.parent.name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
