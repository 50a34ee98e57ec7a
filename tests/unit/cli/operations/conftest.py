"""The project of the tests of commands for what is deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder, with the text `APP` of the test's module as its app."""
    (tmp_path / ".chalice").mkdir()
    (tmp_path / "app.py").write_text(request.module.APP)
    config = {"app_name": "bar", "stages": {"dev": {}}}
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    return tmp_path
