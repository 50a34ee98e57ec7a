"""Measures the first and the second rendering of an app, beside Chalice's rendering of the same app."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import DOMOVOI_TF, Run, install_others, run
from benchmarks.projects import write_chalice_project, write_project

NAME = "render"
TITLE = "`domovoi-tf render`"
CHALICE = "`chalice package --pkg-format terraform`"
COUNTS = (1, 100, 500, 1000)


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the time and the memory for different numbers of handlers."""
    return [figure for handlers in COUNTS for figure in measure_rendering(work, handlers, runs)]


def measure_rendering(work: Path, handlers: int, runs: int) -> list[Figure]:
    """Returns the figures of an app with so many handlers, in medians of several runs."""
    chalice = str(install_others() / "chalice")
    project = write_project(work / f"ours{handlers}", handlers)
    other = write_chalice_project(work / f"theirs{handlers}", handlers)
    first: list[Run] = []
    again: list[Run] = []
    theirs: list[Run] = []
    for turn in range(runs):
        command = [DOMOVOI_TF, "render", "--out", str(work / f"out{handlers}-{turn}")]
        first.append(run(command, project))
        again.append(run(command, project))
        theirs.append(run([chalice, "package", "--pkg-format", "terraform", f"out{turn}"], other))
    title = f"{handlers:,} handlers" if handlers > 1 else "1 handler"
    seconds = [statistics.median(each.seconds for each in found) for found in (first, again, theirs)]
    ours, beside = (max(each.megabytes for each in found) for found in (first, theirs))
    return [
        Figure(f"render.{handlers}", title, seconds[0], "s", CHALICE, seconds[2]),
        Figure(f"render.{handlers}.again", f"{title}, again", seconds[1], "s", CHALICE, seconds[2]),
        Figure(f"render.{handlers}.memory", f"{title}, peak memory", ours, "MB", CHALICE, beside),
    ]
