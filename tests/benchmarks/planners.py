"""Runs the emulator and Terraform for parts of the benchmark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from domovoi_tf.local import emulator, emulator_environment
from domovoi_tf.terraform import installation


class Planner(NamedTuple):
    """The running emulator, Terraform's environment and its program."""

    found: emulator_environment.Emulator
    environment: dict[str, str]
    binary: installation.Binary


@contextmanager
def run_planner(work: Path) -> Iterator[Planner]:
    """Runs an emulator of the benchmark's own, in which nothing is deployed."""
    with mock.patch.dict(os.environ, {"DOMOVOI_TF_HOME": str(work / "home")}):
        found = emulator.start()
        try:
            environment = {
                **os.environ,
                **installation.configure_providers(os.environ),
                **emulator_environment.build_environment(found),
                "CHECKPOINT_DISABLE": "1",
            }
            yield Planner(found, environment, installation.find_binary(os.environ))
        finally:
            emulator.stop()


def run_terraform(root: Path, environment: Mapping[str, str], *command: str) -> str:
    """Runs a command in a root module and returns its output; exits with its errors if it fails."""
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed in {root}:\n{done.stderr}")
    return done.stdout
