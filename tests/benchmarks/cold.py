"""Measures the import of a packaged app as Lambda does it, beside that of an app of Chalice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure, run_alternately
from benchmarks.processes import OTHERS, install_others
from benchmarks.short_runtime import IMPORT, run_script, unpack

NAME = "cold"
TITLE = "Import of a packaged app at a cold start"
RUNS = 21
CHALICE_APP = """
from chalice import Chalice

app = Chalice(app_name="bench")

@app.on_sns_message(topic="topic")
def handle(event):
    pass
"""
#: The packages of modules without content show what one more module costs.
FEW, MANY = 1, 21


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the milliseconds of CPU time in a new process that can write no bytecode."""
    install_others()
    folders = {
        "ours": unpack(work / "ours", 1),
        "chalice": write_chalice_app(work / "chalice"),
        "few": write_modules(work / "few", FEW),
        "many": write_modules(work / "many", MANY),
    }
    ways = {}
    for name, folder in folders.items():
        for form in ("source", "bytecode"):
            copy = copy_without_bytecode(folder, work / f"{name}-{form}")
            if form == "bytecode":
                subprocess.run([sys.executable, "-m", "compileall", "-q", str(copy)], check=True)
            ways[f"{name}.{form}"] = lambda copy=copy: run_script(IMPORT, str(copy), "app")
    medians = run_alternately(ways, max(runs, RUNS), unused=1)
    return [
        *make_imports(medians),
        Figure(
            "cold.module",
            "one more module with bytecode",
            (medians["many.bytecode"] - medians["few.bytecode"]) / (MANY - FEW),
            "ms",
            "without bytecode",
            (medians["many.source"] - medians["few.source"]) / (MANY - FEW),
        ),
    ]


def make_imports(medians: dict[str, float]) -> list[Figure]:
    """Returns the figures that compare the imports of apps."""
    chalice = {form: medians[f"chalice.{form}"] for form in ("source", "bytecode")}
    return [
        Figure(
            f"cold.{form}.{other}",
            f"app with {name}",
            medians[f"ours.{form}"],
            "ms",
            f"Chalice {other_name}",
            chalice[other],
        )
        for form, name in (("bytecode", "bytecode"), ("source", "source alone"))
        for other, other_name in (
            ("source", "without bytecode, as in its package"),
            ("bytecode", "with bytecode"),
        )
    ]


def write_chalice_app(folder: Path) -> Path:
    """Returns a folder with an app of Chalice and the module that its package contains."""
    (source,) = OTHERS.glob("lib/python*/site-packages/chalice")
    shutil.copytree(source, folder / "chalice")
    (folder / "app.py").write_text(CHALICE_APP)
    return folder


def write_modules(folder: Path, modules: int) -> Path:
    """Returns a folder with an app that imports so many modules of a package."""
    package = folder / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for number in range(modules):
        (package / f"module{number}.py").write_text("")
    (folder / "app.py").write_text("".join(f"import package.module{number}\n" for number in range(modules)))
    return folder


def copy_without_bytecode(folder: Path, copy: Path) -> Path:
    """Copies a folder without its bytecode, and returns the copy."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy
