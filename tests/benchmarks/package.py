"""Measures packaging after a change of app.py, with large dependencies."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import DOMOVOI_TF, run
from benchmarks.projects import write_project

NAME = "package"
TITLE = "`domovoi-tf package`"
REQUIREMENTS = "numpy==2.3.4\npillow==12.0.0\n"


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the seconds of a package with installed dependencies."""
    project = write_project(work / "package", 1)
    (project / "requirements.txt").write_text(REQUIREMENTS)
    for command in ("render", "package"):
        run([DOMOVOI_TF, command], project)
    seconds = []
    for turn in range(runs):
        with (project / "app.py").open("a") as app:
            app.write(f"# {turn}\n")
        seconds.append(run([DOMOVOI_TF, "package"], project).seconds)
    size = (project / "terraform" / "app" / "package.zip").stat().st_size / 1024**2
    title = f"after a change of `app.py`, with a package of {size:.0f} MB"
    return [Figure("package.changed", title, statistics.median(seconds), "s")]
