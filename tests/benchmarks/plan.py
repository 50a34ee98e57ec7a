"""Measures ``terraform plan`` of a rendered app, beside the same resources without modules.

Both are planned against the emulator in turn: the app with domovoi-tf and with plain Terraform, the resources
without modules with plain Terraform. First checks that both plans are the same.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections import Counter
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
#: The numbers of handlers; the last one is planned more often.
COUNTS = (8, 125, 250, 500)
#: The number of plans of the other ones.
FEW = 3
FLAT = "flat resources, by plain `terraform plan`"


class Times(NamedTuple):
    """The duration and the CPU time of a plan, in seconds."""

    seconds: float
    cpu: float


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the time and the CPU time of plans of the app, in medians of several runs."""
    with run_planner(work) as planner:
        return [
            figure
            for count in COUNTS
            for figure in measure_plans(planner, work, count, runs if count == COUNTS[-1] else FEW)
        ]


def measure_plans(planner: Planner, work: Path, count: int, runs: int) -> list[Figure]:
    """Returns the figures of an app with so many handlers."""
    handlers = list_handlers(count)
    folder = work / f"plan{count}"
    folder.mkdir()
    create_tables(planner.found, handlers)
    roots = [write_app(folder, handlers), write_flat(folder, handlers)]
    program, environment = str(planner.binary.path), planner.environment
    counts = [count_planned(root, program, environment) for root in roots]
    if counts[0] != counts[1]:
        sys.exit(f"the plans differ: {counts[0] - counts[1]} and {counts[1] - counts[0]}")
    runner = terraform.Terraform(roots[0], {**environment}, planner.binary)
    plain = (program, "plan", "-no-color")
    ways: list[Callable[[], object]] = [
        lambda: runner.capture("plan", "-no-color"),
        lambda: run_terraform(roots[0], environment, *plain),
        lambda: run_terraform(roots[1], environment, *plain),
    ]
    results: list[list[Times]] = [[] for _ in ways]
    for _ in range(runs):
        for way, found in zip(ways, results, strict=True):
            found.append(time_children(way))
    return make_figures(count, counts[0].total(), results)


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


def count_planned(root: Path, program: str, environment: dict[str, str]) -> Counter[str]:
    """Initialises a root module and returns the number of planned resources of each type."""
    run_terraform(root, environment, program, "init", "-no-color")
    run_terraform(root, environment, program, "plan", "-no-color", "-out=plan")
    shown = run_terraform(root, environment, program, "show", "-json", "plan")
    changes = json.loads(shown)["resource_changes"]
    return Counter(each["type"] for each in changes if each["mode"] == "managed")


def time_children(way: Callable[[], object]) -> Times:
    """Returns the duration of a call, and the CPU time of its child processes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    way()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
