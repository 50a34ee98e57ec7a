"""Compares time and memory of whole processes with Chalice and Domovoi, for ``make bench``: all, or PART.

Prints medians of several runs. The programs run in turn, so that a machine with varying speed does not favour
one of them. No figure fails the benchmark.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench_dev import print_dev
from bench_plan import print_plans

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent
OTHERS = ROOT / ".cache" / "bench"
RUNS = 5
IMPORT_RUNS = 21
#: The number of handlers of a function, whose resource-based policy has room for about sixty.
HANDLERS_OF_A_FUNCTION = 40
#: Chalice needs a Region. All programs may cache their compiled modules.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "AWS_DEFAULT_REGION": "us-east-1"
}
IMPORTS = {"domovoi_tf": BIN, "chalice": OTHERS / "bin", "domovoi": OTHERS / "bin"}


class Run(NamedTuple):
    """A run of a command: its duration in seconds, and the peak memory of its largest process in MB."""

    seconds: float
    megabytes: float


def run(command: list[str], folder: Path) -> Run:
    """Runs a command and waits for it."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {process.returncode} in {folder}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def install_others() -> None:
    """Installs Chalice and Domovoi in a virtual environment."""
    if (OTHERS / "bin" / "chalice").exists():
        return
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(OTHERS)], check=True)
    python = str(OTHERS / "bin" / "python")
    # Domovoi and Chalice still import pkg_resources, which newer setuptools lack.
    packages = ["chalice", "domovoi", "setuptools<81"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)


def write_project(folder: Path, handlers: int) -> Path:
    """Writes a project for domovoi-tf: half schedules, half topics, in several functions."""
    lines = ["import domovoi_tf", "app = domovoi_tf.Domovoi()"]
    for number in range(handlers):
        if number % HANDLERS_OF_A_FUNCTION == 0:
            lines.append(f'function = app.function("part{number // HANDLERS_OF_A_FUNCTION}")')
        source = (
            f'sns_topic_subscriber("topic{number}", function=function)'
            if number % 2
            else 'scheduled_function("rate(5 minutes)", function=function)'
        )
        lines += [f"@app.{source}", f"def handler{number}(event, context):", "    pass"]
    return _write_files(folder, lines, {"app_name": "bench"})


def write_chalice_project(folder: Path, handlers: int) -> Path:
    """Writes the same project for Chalice, which creates a function for each handler."""
    lines = ["from chalice import Chalice, Rate", "app = Chalice(app_name='bench')"]
    for number in range(handlers):
        source = f'on_sns_message("topic{number}")' if number % 2 else "schedule(Rate(5, unit=Rate.MINUTES))"
        lines += [f"@app.{source}", f"def handler{number}(event):", "    pass"]
    return _write_files(folder, lines, {"version": "2.0", "app_name": "bench", "stages": {"dev": {}}})


def _write_files(folder: Path, lines: list[str], config: dict[str, object]) -> Path:
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text("\n".join(lines) + "\n")
    (folder / "requirements.txt").write_text("")
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    return folder


def print_rendering(work: Path) -> None:
    """Prints the time and memory of the first and a second rendering, compared with Chalice."""
    columns = ("handlers", "render", "again", "chalice", "ratio", "peak", "chalice")
    print("  ".join(f"{column:>8}" for column in columns), flush=True)
    for handlers in (1, 100, 1000):
        project = write_project(work / f"ours{handlers}", handlers)
        other = write_chalice_project(work / f"theirs{handlers}", handlers)
        first, again, chalice = [], [], []
        for turn in range(RUNS):
            out = str(work / f"out{handlers}-{turn}")
            first.append(run([str(BIN / "domovoi-tf"), "render", "--out", out], project))
            again.append(run([str(BIN / "domovoi-tf"), "render", "--out", out], project))
            command = [str(OTHERS / "bin" / "chalice"), "package", "--pkg-format", "terraform", f"out{turn}"]
            chalice.append(run(command, other))
        seconds = [statistics.median(r.seconds for r in runs) for runs in (first, again, chalice)]
        memory = [max(r.megabytes for r in runs) for runs in (first, chalice)]
        print(
            f"{handlers:>8}  {seconds[0]:>6.2f} s  {seconds[1]:>6.2f} s  {seconds[2]:>6.2f} s  "
            f"{seconds[0] / seconds[2]:>8.2f}  {memory[0]:>5.0f} MB  {memory[1]:>5.0f} MB"
        )


def print_imports() -> None:
    """Prints the duration of an import after json and logging, which Lambda's bootstrap imports."""
    script = (
        "import json, logging, sys, time\n"
        "start = time.perf_counter(); __import__(sys.argv[1]); print(time.perf_counter() - start)"
    )
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(1 + IMPORT_RUNS):
        for name, folder in IMPORTS.items():
            command = [str(folder / "python"), "-W", "ignore", "-c", script, name]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
            times[name].append(float(done.stdout) * 1000)
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first compiles
    for name, median in medians.items():
        print(f"import {name:<10}  {median:6.1f} ms   {median / medians['domovoi_tf']:5.1f} times")


def print_help() -> None:
    """Prints the duration of help, compared with an empty program and Chalice's help."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "domovoi-tf --help": [str(BIN / "domovoi-tf"), "--help"],
        "domovoi-tf deploy --help": [str(BIN / "domovoi-tf"), "deploy", "--help"],
        "chalice --help": [str(OTHERS / "bin" / "chalice"), "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(1 + IMPORT_RUNS):
        for name, command in commands.items():
            times[name].append(run(command, ROOT).seconds)
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first compiles
    for name, median in medians.items():
        print(f"{name:<24}  {median:5.3f} s   {median / medians['python -c pass']:5.1f} times")


def print_size(work: Path) -> None:
    """Prints the size of the runtime in the deployment package."""
    project = write_project(work / "package", 1)
    for command in ("render", "package"):
        run([str(BIN / "domovoi-tf"), command], project)
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        files = [info for info in package.infolist() if info.filename.startswith("domovoi_tf/")]
    whole, packed = sum(f.file_size for f in files), sum(f.compress_size for f in files)
    print(f"runtime in the package: {len(files)} files, {whole:,} bytes, {packed:,} compressed")


def print_rebuild(work: Path) -> None:
    """Prints the time of packaging after a change of app.py, with large dependencies."""
    project = write_project(work / "rebuild", 1)
    (project / "requirements.txt").write_text("numpy==2.3.4\npillow==12.0.0\n")
    for command in ("render", "package"):
        run([str(BIN / "domovoi-tf"), command], project)
    again = []
    for turn in range(RUNS):
        with (project / "app.py").open("a") as app:
            app.write(f"# {turn}\n")
        again.append(run([str(BIN / "domovoi-tf"), "package"], project).seconds)
    size = (project / "terraform" / "app" / "package.zip").stat().st_size / 1024**2
    print(f"package of {size:.0f} MB after a change of app.py: {statistics.median(again):.2f} s")


PARTS: dict[str, Callable[[Path], None]] = {
    "render": print_rendering,
    "import": lambda _: print_imports(),
    "help": lambda _: print_help(),
    "size": print_size,
    "package": print_rebuild,
    "plan": print_plans,
    "dev": print_dev,
}


def main(names: list[str]) -> None:
    """Runs the benchmarks with these names, or all."""
    if unknown := set(names) - PARTS.keys():
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    if not names or {"render", "import", "help"} & set(names):
        install_others()
    with tempfile.TemporaryDirectory() as folder:
        for name in names or PARTS:
            PARTS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
