"""Measures the help of commands, beside an empty program and Chalice's help."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.figures import Figure, run_alternately
from benchmarks.processes import DOMOVOI_TF, install_others, run

NAME = "help"
TITLE = "Commands and help"
RUNS = 11


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the seconds of whole processes."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "domovoi-tf --help": [DOMOVOI_TF, "--help"],
        "domovoi-tf deploy --help": [DOMOVOI_TF, "deploy", "--help"],
        "chalice --help": [str(install_others() / "chalice"), "--help"],
    }
    ways = {name: lambda command=command: run(command, work).seconds for name, command in commands.items()}
    medians = run_alternately(ways, max(runs, RUNS), unused=1)
    return [
        Figure(f"help.{key}", f"`{name}`", medians[name], "s", f"`{beside}`", medians[beside])
        for key, name, beside in (
            ("root", "domovoi-tf --help", "python -c pass"),
            ("deploy", "domovoi-tf deploy --help", "python -c pass"),
            ("chalice", "domovoi-tf --help", "chalice --help"),
        )
    ]
