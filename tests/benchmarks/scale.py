"""Measures apps with thousands of handlers, and a root module that calls 200 apps. Takes about half an hour.

Each command runs once. Terraform plans against the emulator, where nothing exists.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.plan_app import HEAD, create_tables, list_handlers, write_app
from benchmarks.planners import Planner, run_planner, run_terraform
from benchmarks.processes import DOMOVOI_TF, Run, run
from domovoi_tf.local.emulator_environment import create_client

NAME = "scale"
TITLE = "many handlers, and many apps"
ON_DEMAND = True
#: 5,000 handlers in 200 functions, and fewer in as large functions.
HANDLERS_OF_A_FUNCTION = 25
RENDERED = (250, 1000, 5000)
PLANNED = (125, 250, 500, 1000)
#: The handlers that are deployed to measure the state.
APPLIED = 16
#: The apps of a repository, and the handlers of each. Of so many of them, the time to render is measured.
APPS, HANDLERS_OF_AN_APP, RENDERED_APPS = 200, 4, 3


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the figures of apps by their number of handlers, of a state, and of many apps."""
    with run_planner(work) as planner:
        return [
            *_measure_rendering(work),
            *_measure_planning(planner, work),
            *_measure_state(planner, work),
            *_measure_apps(planner, work),
        ]


def fit_exponent(points: Iterable[tuple[float, float]]) -> float:
    """Returns the exponent of the power law that fits points best: 1 is linear, 2 is quadratic."""
    xs, ys = ([math.log(each) for each in column] for column in zip(*points, strict=True))
    return statistics.linear_regression(xs, ys).slope


def _describe(command: str, result: Run, key: str, title: str) -> Iterator[Figure]:
    name = f"scale.{command}.{key}"
    yield Figure(name, f"{title}: {command}", result.seconds, "s", "CPU time", result.cpu)
    yield Figure(f"{name}.memory", f"{title}: {command}, peak memory", result.megabytes, "MB")


def _describe_growth(command: str, cpu: dict[int, float]) -> Figure:
    exponent = fit_exponent(cpu.items())
    return Figure(
        f"scale.{command}.exponent", f"{command}: exponent of the CPU time, in hundredths", exponent * 100, ""
    )


def _measure_rendering(work: Path) -> Iterator[Figure]:
    cpu = {}
    for count in RENDERED:
        folder = work / f"render{count}"
        write_app(folder, list_handlers(count, HANDLERS_OF_A_FUNCTION))
        shutil.rmtree(folder / "bench" / "terraform")
        result = run([DOMOVOI_TF, "render"], folder / "bench")
        cpu[count] = result.cpu
        yield from _describe("render", result, str(count), f"{count:,} handlers")
        size = sum(path.stat().st_size for path in (folder / "bench" / "terraform").rglob("*.tf"))
        yield Figure(f"scale.tree.{count}", f"{count:,} handlers: Terraform files", size / 1e6, "MB")
    yield _describe_growth("render", cpu)


def _measure_planning(planner: Planner, work: Path) -> Iterator[Figure]:
    program, cpu = str(planner.binary.path), {}
    create_tables(planner.found, list_handlers(max(PLANNED), HANDLERS_OF_A_FUNCTION))
    for count in PLANNED:
        folder = work / f"plan{count}"
        root = write_app(folder, list_handlers(count, HANDLERS_OF_A_FUNCTION))
        run_terraform(root, planner.environment, program, "init", "-no-color")
        title = f"{count:,} handlers"
        checked = run([program, "validate"], root, planner.environment)
        yield from _describe("validate", checked, str(count), title)
        result = run([program, "plan", "-out=plan"], root, planner.environment)
        cpu[count] = result.cpu
        yield from _describe("plan", result, str(count), title)
        shown = json.loads(run_terraform(root, planner.environment, program, "show", "-json", "plan"))
        resources = [each for each in shown["resource_changes"] if each["mode"] == "managed"]
        yield Figure(f"scale.resources.{count}", f"{title}: resources", len(resources), "resources")
    yield _describe_growth("plan", cpu)


def _measure_state(planner: Planner, work: Path) -> Iterator[Figure]:
    program = str(planner.binary.path)
    handlers = list_handlers(APPLIED, HANDLERS_OF_A_FUNCTION)
    root = write_app(work / "state", handlers)
    buckets = create_client(planner.found, "s3")
    for number, kind, _ in handlers:
        if kind == "s3":
            buckets.create_bucket(Bucket=f"bench-{number}")
    run_terraform(root, planner.environment, program, "init", "-no-color")
    run_terraform(root, planner.environment, program, "apply", "-no-color", "-auto-approve")
    state = (root / "terraform.tfstate").read_bytes()
    count = sum(
        len(each["instances"]) for each in json.loads(state)["resources"] if each["mode"] == "managed"
    )
    title = f"{APPLIED} handlers, {count} resources"
    yield Figure("scale.state", f"{title}: state for each resource", len(state) / count, "bytes")


def _measure_apps(planner: Planner, work: Path) -> Iterator[Figure]:
    program, folder = str(planner.binary.path), work / "apps"
    write_app(folder, list_handlers(HANDLERS_OF_AN_APP, HANDLERS_OF_A_FUNCTION))
    rendered = [run([DOMOVOI_TF, "render"], folder / "bench") for _ in range(RENDERED_APPS)]
    seconds, cpu = (sum(each[n] for each in rendered) * APPS / RENDERED_APPS for n in range(2))
    title = f"{APPS} apps of {HANDLERS_OF_AN_APP} handlers"
    yield Figure("scale.apps.render", f"{title}: render of each", seconds, "s", "CPU time", cpu)
    for count in (1, APPS):
        root = folder / f"root{count}"
        _write_root(root, folder / "bench" / "terraform", count)
        init = run([program, "init"], root, planner.environment)
        plan = run([program, "plan", "-out=plan"], root, planner.environment)
        name = title if count == APPS else f"one app of {HANDLERS_OF_AN_APP} handlers"
        yield from _describe("init", init, f"apps{count}", f"a root with {name}")
        yield from _describe("plan", plan, f"apps{count}", f"a root with {name}")


def _write_root(root: Path, rendered: Path, count: int) -> None:
    """Writes a root module that calls so many copies of an app's module, each with another name."""
    calls = [HEAD]
    for number in range(count):
        shutil.copytree(rendered, root / f"app{number}")
        calls.append(
            f'module "app{number}" {{\n  source = "./app{number}/app"\n\n  name = "bench-{number}"\n}}\n'
        )
    (root / "main.tf").write_text("\n".join(calls))
