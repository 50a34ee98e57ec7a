"""Measures the import of packages from source, and from bytecode that checks the source or does not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, run_alternately
from benchmarks.short_runtime import IMPORT
from domovoi_tf.packaging.build import Options, Target, Zip, build
from domovoi_tf.packaging.bytecode.choice import Choice
from domovoi_tf.packaging.bytecode.pythons import FunctionPython, find_python

NAME = "bytecode"
TITLE = "Import of a packaged app with and without bytecode"
#: The Python of the functions, for whose system all of the wheels exist.
VERSION = "3.13"
APP = """
import domovoi_tf
{imports}
app = domovoi_tf.Domovoi()

@app.sns_topic_subscriber("topic")
def handle(event, context):
    pass
"""
#: How the rows name the apps, what these import, and their dependencies.
APPS = {
    "alone": ("app alone", "", ""),
    "requests": ("app with requests", "import requests", "requests==2.32.5"),
    "pydantic": ("app with pydantic", "from pydantic import BaseModel", "pydantic==2.12.3"),
    "numpy": ("app with numpy", "import numpy", "numpy==2.3.4"),
}
#: The flags in a ``.pyc`` file of bytecode that is used whatever its source contains now.
#: https://peps.python.org/pep-0552/
_UNCHECKED_HASH = (0b01).to_bytes(4, "little")
_FLAGS = slice(4, 8)


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the milliseconds of CPU time of imports in a new process, and the sizes of the packages."""
    python = find_python(VERSION, os.environ)
    if python is None:
        sys.exit(f"Install Python {VERSION} with `uv python install {VERSION}`.")
    built = {name: build_packages(work / name, python, *APPS[name][1:]) for name in APPS}
    ways = {
        f"{name}.{form}": partial(time_import, python.program, folder)
        for name in APPS
        for form, folder in unpack_forms(work / name).items()
    }
    medians = run_alternately(ways, runs, unused=1)
    return [
        *(figure for name in APPS for figure in make_imports(name, medians)),
        *(figure for name in APPS for figure in make_sizes(name, built[name])),
    ]


def time_import(program: Path, folder: Path) -> float:
    """Returns the milliseconds of CPU time of an import of an app by a Python that writes no bytecode."""
    command = [str(program), "-I", "-S", "-B", "-c", IMPORT, str(folder), "app"]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def build_packages(folder: Path, python: FunctionPython, imports: str, requirement: str) -> dict[str, Zip]:
    """Builds the packages of an app for a Python, with bytecode and without."""
    project = folder / "project"
    project.mkdir(parents=True)
    (project / "app.py").write_text(APP.format(imports=imports))
    (project / "requirements.txt").write_text(f"{requirement}\n")
    machine = {"aarch64": "arm64"}.get(platform.machine(), "x86_64")
    target, options = Target(VERSION, machine), Options(through_s3=True)
    choices = {"checked": Choice(python), "source": Choice(reason="it is compared")}
    return {
        form: build(project, folder / f"{form}.zip", target, ["sns"], options, choice=choice).zip
        for form, choice in choices.items()
    }


def unpack_forms(folder: Path) -> dict[str, Path]:
    """Unpacks the packages in a folder, and returns the folders of source, checked and unchecked bytecode."""
    forms = {form: folder / form for form in ("source", "checked", "unchecked")}
    for form in ("source", "checked"):
        with zipfile.ZipFile(folder / f"{form}.zip") as package:
            package.extractall(forms[form])
    shutil.copytree(forms["checked"], forms["unchecked"])
    for path in forms["unchecked"].rglob("*.pyc"):
        content = bytearray(path.read_bytes())
        content[_FLAGS] = _UNCHECKED_HASH
        path.write_bytes(content)
    return forms


def make_imports(name: str, medians: dict[str, float]) -> Iterator[Figure]:
    """Yields the figures that compare the import from the bytecode of packages with other ways."""
    title = APPS[name][0]
    for form, beside in (("source", "source alone"), ("unchecked", "unchecked bytecode")):
        yield Figure(
            f"bytecode.{name}.{form}",
            f"import of an {title}",
            medians[f"{name}.checked"],
            "ms",
            beside,
            medians[f"{name}.{form}"],
        )


def make_sizes(name: str, built: dict[str, Zip]) -> Iterator[Figure]:
    """Yields the figures that compare the sizes of packages with bytecode and without."""
    title = APPS[name][0]
    for key, state, sizes in (
        ("zipped", "zipped", {form: each.size for form, each in built.items()}),
        ("unzipped", "unzipped", {form: each.unzipped for form, each in built.items()}),
    ):
        yield Figure(
            f"bytecode.{name}.{key}",
            f"package of an {title}, {state}",
            sizes["checked"] / 1000,
            "kB",
            "source alone",
            sizes["source"] / 1000,
        )
