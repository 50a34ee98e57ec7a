"""Compares the import and the dispatch of the packaged runtime, for the short form."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.comparison import Comparison
from benchmarks.processes import DOMOVOI_TF, ENVIRONMENT, OTHERS, ROOT, install_others, run
from benchmarks.projects import write_project

#: One handler of many gets the event.
HANDLERS, TOPIC = 400, "topic399"
#: Imports, of which the shortest counts.
TRIES = 4
EVENT = ROOT / "tests" / "triggers" / "sns" / "event.json"
IMPORT = """
import json, logging, sys, time
sys.path.insert(0, sys.argv[1])
start = time.process_time()
__import__(sys.argv[2])
print((time.process_time() - start) * 1e3)
"""
DISPATCH = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from app import app
text = open(sys.argv[2]).read()
event = json.loads(text)
event["Records"][0]["Sns"]["TopicArn"] = "arn:aws:sns:us-east-1:123456789012:" + sys.argv[3]
ways = {"app": lambda: app(event, None), "json": lambda: json.loads(text)}
way = ways[sys.argv[4]]
times = []
for _ in range(10):
    start = time.process_time()
    for _ in range(500):
        way()
    times.append(time.process_time() - start)
print(min(times) / 500 * 1e6)
"""


def compare_runtime(work: Path) -> Iterator[Comparison]:
    """Yields the comparisons of the runtime of two packages, with one handler and with many."""
    small, large = (unpack(work / f"runtime{handlers}", handlers) for handlers in (1, HANDLERS))
    # The interpreter here can be another one than the function's, whose bytecode the package has.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(small), str(large)], check=True)
    install_others()
    (source,) = OTHERS.glob("lib/python*/site-packages/chalice")
    theirs = work / "chalice"
    shutil.copytree(source, theirs / "chalice", ignore=shutil.ignore_patterns("__pycache__"))
    yield Comparison(
        "short.import",
        "import of a packaged app with bytecode",
        "`import chalice` without bytecode",
        lambda: find_shortest(IMPORT, str(small), "app"),
        lambda: find_shortest(IMPORT, str(theirs), "chalice"),
        "ms",
    )
    yield Comparison(
        "short.dispatch",
        f"dispatch of an SNS event to one of {HANDLERS:,} handlers",
        "`json.loads` of the event",
        lambda: run_script(DISPATCH, str(large), str(EVENT), TOPIC, "app"),
        lambda: run_script(DISPATCH, str(large), str(EVENT), TOPIC, "json"),
        "µs",
    )


def unpack(folder: Path, handlers: int) -> Path:
    """Returns a folder with the package of an app with so many handlers."""
    project = write_project(folder / "project", handlers)
    for command in ("render", "package"):
        run([DOMOVOI_TF, command], project)
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(folder / "package")
    return folder / "package"


def find_shortest(script: str, *arguments: str) -> float:
    """Returns the least of several numbers that a script prints, which other processes disturb."""
    return min(run_script(script, *arguments) for _ in range(TRIES))


def run_script(script: str, *arguments: str) -> float:
    """Returns the number that a script prints, in an interpreter that writes no bytecode."""
    command = [sys.executable, "-I", "-S", "-B", "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return float(done.stdout)
