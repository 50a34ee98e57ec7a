"""Measures the import of the package, beside those of Chalice and Domovoi."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.figures import Figure, run_alternately
from benchmarks.processes import BIN, ENVIRONMENT, install_others

NAME = "import"
TITLE = "Import of the installed package"
RUNS = 21
#: Lambda's bootstrap imports json and logging before the function's module.
SCRIPT = (
    "import json, logging, sys, time\n"
    "start = time.perf_counter(); __import__(sys.argv[1]); print(time.perf_counter() - start)"
)


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the milliseconds of an import, all with compiled bytecode."""
    others = install_others()
    ways = {
        name: lambda name=name, folder=folder: time_import(folder / "python", name, work)
        for name, folder in (("domovoi_tf", BIN), ("chalice", others), ("domovoi", others))
    }
    medians = run_alternately(ways, max(runs, RUNS), unused=1)
    return [
        Figure(
            f"import.{name}", "`import domovoi_tf`", medians["domovoi_tf"], "ms", f"`import {name}`", value
        )
        for name, value in medians.items()
        if name != "domovoi_tf"
    ]


def time_import(python: Path, name: str, work: Path) -> float:
    """Returns the milliseconds that a new process needs to import a module."""
    command = [str(python), "-W", "ignore", "-c", SCRIPT, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT, cwd=work)
    return float(done.stdout) * 1000
