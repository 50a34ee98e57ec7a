"""Measures `domovoi-tf dev`: from a saved file to an event on the new code, and what it needs while idle."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

from running_dev import PROGRAM, run_dev

from benchmarks.figures import Figure
from domovoi_tf.local import emulator
from domovoi_tf.local.forwarding.direct_calls import invoke

APP = """import domovoi_tf

app = domovoi_tf.Domovoi()


@app.lambda_function()
def answer(event, context):
    return {version}
"""
NAME = "dev"
TITLE = "`domovoi-tf dev`"
EDITS = 40
IDLE_SECONDS = 15
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the times from saving to a result of the new code, and the load while nothing happens."""
    project = work / "dev" / "pub"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "pub"}))
    save(project, 0)
    with mock.patch.dict(os.environ, {"DOMOVOI_TF_HOME": str(work / "dev" / "home")}):
        running = emulator.start()
        try:
            with run_dev(project, {}, "--no-console") as dev:
                time.sleep(3)  # what the start leaves behind, such as a check of the tree
                memory, load = measure_idle(dev.process.pid)
                numbers = range(1, EDITS + 1)
                times = sorted(measure_edit(project, running, number) for number in numbers)
            deployment = measure_deployment(project)
        finally:
            emulator.stop()
    late = times[int(len(times) * 0.95)]
    edit = "from saving to a result of the new code"
    beside = "`local deploy` of a changed line"
    return [
        Figure("dev.median", f"{edit}, median", statistics.median(times), "s", beside, deployment),
        Figure("dev.late", f"{edit}, 95th percentile", late, "s", beside, deployment),
        Figure("dev.memory", "idle with one function, `dev` and its child: memory", memory, "MB"),
        Figure("dev.load", "idle with one function, `dev` and its child: of a core", load, "%"),
    ]


def save(project: Path, version: int) -> None:
    """Saves the app, whose handler returns a number."""
    (project / "app.py").write_text(APP.format(version=version))


def measure_edit(project: Path, running: Any, version: int) -> float:
    """Returns the seconds from saving to the first result of the new code; events come all the time."""
    save(project, version)
    start = time.perf_counter()
    while invoke(running, "pub-dev", {})[0] != version:
        if time.perf_counter() - start > 60:
            sys.exit("The new code is not in service after 60 seconds.")
    return time.perf_counter() - start


def measure_idle(pid: int) -> tuple[float, float]:
    """Returns the memory of `dev` and its children in MB, and the percentage of a core that they use."""
    before = [read_ticks(each) for each in list_processes(pid)]
    time.sleep(IDLE_SECONDS)
    processes = list_processes(pid)
    ticks = sum(map(read_ticks, processes)) - sum(before)
    return sum(map(read_memory, processes)), 100 * ticks / _TICKS / IDLE_SECONDS


def list_processes(pid: int) -> list[int]:
    """Returns a process and its children, without the emulator, which leads a session of its own."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [pid, *map(int, found.stdout.split())]


def read_ticks(pid: int) -> int:
    """Returns the CPU time of a process in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def read_memory(pid: int) -> float:
    """Returns the resident memory of a process in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


def measure_deployment(project: Path) -> float:
    """Returns the seconds that `local deploy` of a changed line takes."""
    save(project, -1)
    start = time.perf_counter()
    subprocess.run([PROGRAM, "local", "deploy"], cwd=project, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
