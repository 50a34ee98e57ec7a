"""The hooks for pre-commit check and render an app before each commit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .test_layout import ROOT

HOOKS = ROOT / ".pre-commit-hooks.yaml"
PROGRAMS = Path(sys.executable).parent
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs a command in the project's folder with its own home, without the user's Git configuration."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
        "HOME": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]),
        **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run(*command: str, folder: str = "bar") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path / folder, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Path:
    """A repository with a rendered app and both hooks, each of which can be run alone."""
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / HOOKS.name).write_bytes(HOOKS.read_bytes())
    project = tmp_path / "bar"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    (project / "app.py").write_text(APP)
    for folder in ("hooks", "bar"):
        assert run("git", "init", "--quiet", folder=folder).returncode == 0
    assert run("domovoi-tf", "render").returncode == 0
    for command in (("add", "."), ("commit", "--quiet", "--message", "First")):
        assert run("git", *command, folder="hooks").returncode == 0
    revision = run("git", "rev-parse", "HEAD", folder="hooks").stdout.strip()
    repository = {
        "repo": str(tmp_path / "hooks"),
        "rev": revision,
        "hooks": [{"id": hook["id"]} for hook in yaml.safe_load(HOOKS.read_text())],
    }
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repository]}))
    assert run("git", "add", ".").returncode == 0
    return project


def test_hooks_check_and_render(project: Path, run: Any) -> None:
    check = ("pre-commit", "run", "domovoi-tf-render-check", "--color=never")
    passed = run(*check)
    assert (passed.returncode, passed.stdout.rstrip().rsplit(".", 1)[1]) == (0, "Passed"), passed
    (project / "app.py").write_text(APP.replace("bartender", "barkeeper"))
    assert run("git", "add", ".").returncode == 0
    failed = run(*check)
    assert failed.returncode == 1
    assert "  stale  terraform/app/sns.tf: the app or its configuration has changed\n" in failed.stdout
    assert re.search(r'^-  name += "bartender"$', failed.stdout, re.MULTILINE)
    assert re.search(r'^\+  name += "barkeeper"$', failed.stdout, re.MULTILINE)
    rendered = run("pre-commit", "run", "domovoi-tf-render", "--color=never")
    assert rendered.returncode == 1
    assert "- files were modified by this hook\n" in rendered.stdout
    assert run("git", "add", ".").returncode == 0
    for name in ("domovoi-tf-render", "domovoi-tf-render-check"):
        assert run("pre-commit", "run", name).returncode == 0


def test_hooks_are_valid(run: Any, project: Path) -> None:
    done = run("pre-commit", "validate-manifest", str(HOOKS))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
