"""Runs the programs that the benchmark compares."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
#: The command of this project.
DOMOVOI_TF = str(BIN / "domovoi-tf")
#: The virtual environment with the programs beside which this one is measured.
OTHERS = ROOT / ".cache" / "bench"
#: Their versions, which the project itself does not depend on.
VERSIONS = Path(__file__).parent / "versions.txt"
#: Chalice needs a Region. All programs may cache their compiled modules.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "AWS_DEFAULT_REGION": "us-east-1"
}


class Run(NamedTuple):
    """A run of a command: seconds, seconds of CPU time with its children, and MB of its largest process."""

    seconds: float
    cpu: float
    megabytes: float


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] = ENVIRONMENT) -> Run:
    """Runs a command and waits for it; exits if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {process.returncode} in {folder}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def install_others() -> Path:
    """Installs the packages in ``versions.txt``, and returns the folder of their programs."""
    wanted, installed = VERSIONS.read_text(), OTHERS / VERSIONS.name
    if not installed.exists() or installed.read_text() != wanted:
        uv = str(BIN / "uv")
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(OTHERS)], check=True
        )
        python = str(OTHERS / "bin" / "python")
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, "--requirement", str(VERSIONS)], check=True
        )
        installed.write_text(wanted)
    return OTHERS / "bin"
