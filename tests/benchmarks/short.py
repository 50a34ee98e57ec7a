"""Measures a few ratios for CI, in CPU time: it depends less on what else the machine does.

``make bench`` records them with the other figures, and ``make bench-short`` compares them with the record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from benchmarks.comparison import Comparison, check
from benchmarks.figures import Figure
from benchmarks.processes import DOMOVOI_TF, install_others, run
from benchmarks.projects import write_chalice_project, write_project
from benchmarks.record import read_figures, read_record
from benchmarks.short_plans import compare_plans
from benchmarks.short_runtime import compare_runtime

NAME = "short"
TITLE = "Ratios that CI compares"
LARGE = 200
EMPTY = [sys.executable, "-c", "pass"]


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns all ratios."""
    with prepare(work) as comparisons:
        return [each.measure(runs) for each in comparisons]


def compare(work: Path, runs: int) -> int:
    """Measures the ratios, and returns the exit code: 1 if one is much worse than the committed one."""
    committed = {figure.key: figure for figure in read_figures(read_record())[NAME]}
    with prepare(work) as comparisons:
        problems = [problem for each in comparisons if (problem := check(each, committed, runs))]
    for problem in problems:
        print(problem, flush=True)
    return 1 if problems else 0


@contextmanager
def prepare(work: Path) -> Iterator[Iterator[Comparison]]:
    """Yields the comparisons, each prepared when its turn comes; what the plans need runs until the end."""
    with ExitStack() as stack:
        yield list_comparisons(work, stack)


def list_comparisons(work: Path, stack: ExitStack) -> Iterator[Comparison]:
    """Yields the comparisons."""
    yield from compare_runtime(work)
    yield from compare_commands(work)
    yield compare_plans(work, stack)


def compare_commands(work: Path) -> Iterator[Comparison]:
    """Yields the comparisons of commands with Chalice's and with an empty program."""
    yield Comparison(
        "short.help",
        "`domovoi-tf --help`",
        "`python -c pass`",
        lambda: run([DOMOVOI_TF, "--help"], work).cpu,
        lambda: run(EMPTY, work).cpu,
    )
    yield compare_rendering(work)
    yield compare_large_rendering(work)
    yield compare_packaging(work)


def compare_rendering(work: Path) -> Comparison:
    """Returns the comparison of the first rendering of a small app with an empty program."""
    project, numbers = write_project(work / "small", 1), count()
    return Comparison(
        "short.render.1",
        "`domovoi-tf render`, 1 handler",
        "`python -c pass`",
        lambda: run([DOMOVOI_TF, "render", "--out", f"out{next(numbers)}"], project).cpu,
        lambda: run(EMPTY, work).cpu,
    )


def compare_large_rendering(work: Path) -> Comparison:
    """Returns the comparison of the first rendering of a larger app with Chalice's."""
    chalice = str(install_others() / "chalice")
    ours, numbers = write_project(work / "ours", LARGE), count()
    theirs = write_chalice_project(work / "theirs", LARGE)
    return Comparison(
        f"short.render.{LARGE}",
        f"`domovoi-tf render`, {LARGE} handlers",
        "`chalice package`",
        lambda: run([DOMOVOI_TF, "render", "--out", f"out{next(numbers)}"], ours).cpu,
        lambda: run([chalice, "package", "--pkg-format", "terraform", "out"], theirs).cpu,
    )


def compare_packaging(work: Path) -> Comparison:
    """Returns the comparison of packaging a changed app with an empty program."""
    project = write_project(work / "package", 1)
    run([DOMOVOI_TF, "render"], project)

    def package() -> float:
        with (project / "app.py").open("a") as app:
            app.write("# changed\n")
        return run([DOMOVOI_TF, "package"], project).cpu

    return Comparison(
        "short.package",
        "`domovoi-tf package` of a changed app",
        "`python -c pass`",
        package,
        lambda: run(EMPTY, work).cpu,
    )
