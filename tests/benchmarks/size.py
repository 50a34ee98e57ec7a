"""Measures the size of the runtime in the deployment package."""

from __future__ import annotations

import zipfile
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import DOMOVOI_TF, run
from benchmarks.projects import write_project

NAME = "size"
TITLE = "Size of the runtime in the package"


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the bytes of the runtime of an app with a schedule."""
    project = write_project(work / "size", 1)
    for command in ("render", "package"):
        run([DOMOVOI_TF, command], project)
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        files = [info for info in package.infolist() if info.filename.startswith("domovoi_tf/")]
    sources = [info for info in files if info.filename.endswith(".py")]
    compiled = [info for info in files if info.filename.endswith(".pyc")]
    return [
        Figure("size.files", "modules", len(sources), "files"),
        *(
            figure
            for key, title, part in (("source", "source", sources), ("bytecode", "bytecode", compiled))
            for figure in (
                Figure(f"size.{key}", title, sum(info.file_size for info in part), "bytes"),
                Figure(
                    f"size.{key}.compressed",
                    f"{title}, compressed",
                    sum(info.compress_size for info in part),
                    "bytes",
                ),
            )
        ),
    ]
