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
    return [
        Figure("size.files", "modules", len(sources), "files"),
        Figure("size.bytes", "source", sum(info.file_size for info in sources), "bytes"),
        Figure("size.compressed", "all, compressed", sum(info.compress_size for info in files), "bytes"),
    ]
