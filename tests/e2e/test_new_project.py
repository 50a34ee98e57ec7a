"""Tests a new project: its tests pass, and it is rendered and deployed as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import PATIENCE, CommandLine

pytestmark = pytest.mark.emulator


def test_new_project_is_tested_rendered_and_deployed_unchanged(
    tmp_path: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    created = command_line("new-project", "fresh-beers", cwd=tmp_path)
    assert created.code == 0, created
    project = tmp_path / "fresh-beers"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tested = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout
    assert command_line("render", cwd=project).code == 0
    deployed = command_line("local", "deploy", cwd=project)
    assert deployed.code == 0, deployed
    assert command_line("render", "--check", cwd=project).code == 0
    payload = '{"time": "2030-01-01T00:00:00Z"}'
    assert command_line("local", "send", "tick", payload, cwd=project).code == 0
    outputs: list[str] = []

    def has_arrived() -> bool:
        outputs.append(command_line("local", "logs", cwd=project).out)
        return "It is 2030-01-01T00:00:00Z." in outputs[-1]

    assert wait_until(has_arrived, PATIENCE), outputs[-1]
