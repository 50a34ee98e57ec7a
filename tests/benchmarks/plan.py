"""Measures ``terraform plan`` of a rendered app, beside the same resources without modules.

Both are planned against the emulator in turn: the app with domovoi-tf and with plain Terraform, the resources
without modules with plain Terraform. `tests/terraform/test_benchmark.py` tests that both are the same.
"""

from __future__ import annotations

import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure
from benchmarks.flat import write_flat
from benchmarks.plan_app import create_tables, list_handlers, write_app
from benchmarks.planners import Planner, run_planner, run_terraform
from domovoi_tf.terraform import runner as terraform

NAME = "plan"
TITLE = "`terraform plan`"
COUNTS = (8, 125, 500)
#: More plans would take most of the time of the benchmark.
RUNS = 2
FLAT = "flat resources, by plain `terraform plan`"


class Times(NamedTuple):
    """The duration and the CPU time of a plan, in seconds."""

    seconds: float
    cpu: float


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the time and the CPU time of plans of the app, in medians of several runs."""
    with run_planner(work) as planner:
        return [figure for count in COUNTS for figure in measure_plans(planner, work, count, min(runs, RUNS))]


def measure_plans(planner: Planner, work: Path, count: int, runs: int) -> list[Figure]:
    """Returns the figures of an app with so many handlers."""
    handlers = list_handlers(count)
    folder = work / f"plan{count}"
    folder.mkdir()
    create_tables(planner.found, handlers)
    roots = [write_app(folder, handlers), write_flat(folder, handlers)]
    program, environment = str(planner.binary.path), planner.environment
    for root in roots:
        run_terraform(root, environment, program, "init", "-no-color")
    runner = terraform.Terraform(roots[0], {**environment}, planner.binary)
    plain = (program, "plan", "-no-color")
    ways: list[Callable[[], str]] = [
        lambda: runner.capture("plan", "-no-color"),
        lambda: run_terraform(roots[0], environment, *plain),
        lambda: run_terraform(roots[1], environment, *plain),
    ]
    results: list[list[Times]] = [[] for _ in ways]
    totals = set()
    for _ in range(runs):
        for way, found in zip(ways, results, strict=True):
            times, output = time_children(way)
            found.append(times)
            totals.add(count_planned(output))
    if len(totals) > 1:
        sys.exit(f"the plans differ in the number of resources: {sorted(totals)}")
    return make_figures(count, totals.pop(), results)


def make_figures(count: int, resources: int, results: list[list[Times]]) -> list[Figure]:
    """Returns the figures of both ways to plan the app, beside the flat resources."""
    by_us, plain, flat = (
        Times(*(statistics.median(column) for column in zip(*found, strict=True))) for found in results
    )
    size = f"{count} handlers, {resources:,} resources"
    return [
        Figure(f"plan.{count}.{key}{suffix}", f"{size}: {title}{more}", value, "s", FLAT, beside)
        for key, title, times in (
            ("runner", "as `domovoi-tf plan` runs Terraform", by_us),
            ("plain", "by plain `terraform plan`", plain),
        )
        for suffix, more, value, beside in (
            ("", "", times.seconds, flat.seconds),
            (".cpu", ", CPU time", times.cpu, flat.cpu),
        )
    ]


def count_planned(output: str) -> int:
    """Returns the number of resources that a plan creates, from Terraform's output."""
    found = re.search(r"^Plan: (\d+) to add, 0 to change, 0 to destroy\.$", output, re.MULTILINE)
    if not found:
        sys.exit(f"Terraform does not plan to create everything:\n{output[-2000:]}")
    return int(found[1])


def time_children(way: Callable[[], str]) -> tuple[Times, str]:
    """Returns the duration of a call with the CPU time of its child processes, and its result."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    output = way()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), output
