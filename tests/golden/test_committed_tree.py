"""The committed tree in the example of an existing Terraform repository is that of its app."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_server import run_command

PROJECT = Path(__file__).parents[2] / "examples" / "existing_repository" / "orders"


def test_committed_tree_is_current(request: pytest.FixtureRequest) -> None:
    """Its manifest has the version of domovoi-tf, and its copies of modules are those of that version."""
    environment = dict(os.environ)
    if request.config.getoption("--golden"):
        # Modules and templates of an older version are not files that somebody edited; a wrong merge is.
        done = run_command(("render", "--all-stages", "--force"), PROJECT, environment)
        assert done.code == 0, done.err
    done = run_command(("render", "--all-stages", "--check", "--diff"), PROJECT, environment)
    assert done.code == 0, f"{done.out}{done.err}run `make golden` and review the difference"


def test_tests_of_the_app_pass(tmp_path: Path) -> None:
    project = tmp_path / "orders"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("terraform", "__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
