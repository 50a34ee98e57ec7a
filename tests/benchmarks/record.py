"""The committed figures: what the page, the chart and the short form in CI use."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.processes import VERSIONS
from domovoi_tf.terraform import installation

PATH = Path(__file__).parent / "committed.json"
#: Other digits differ between any two runs.
DIGITS = 4


def read_record() -> dict[str, Any]:
    """Returns the record: the programs of the last run, and the date and the figures of each part."""
    record: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return record


def read_figures(record: Mapping[str, Any]) -> dict[str, list[Figure]]:
    """Returns the figures of a record by the name of their part."""
    return {
        name: [Figure(**each) for each in part["figures"]] for name, part in sorted(record["parts"].items())
    }


def update_record(record: Mapping[str, Any], measured: Mapping[str, Sequence[Figure]]) -> dict[str, Any]:
    """Returns a record with the figures of the parts that were measured now.

    Contains nothing that names the machine.
    """
    today = time.strftime("%Y-%m-%d")
    new = {
        name: {"date": today, "figures": [_round_figure(figure) for figure in figures]}
        for name, figures in measured.items()
    }
    return {"measured": describe_run(), "parts": dict(sorted({**record["parts"], **new}.items()))}


def describe_run() -> dict[str, Any]:
    """Returns the versions of the programs, and the number of the machine's cores."""
    lines = VERSIONS.read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "terraform": find_terraform_version(),
        **{name: version for name, version in pinned.items() if name != "setuptools"},
    }


def find_terraform_version() -> str:
    """Returns the version of the Terraform program."""
    command = [str(installation.find_binary(os.environ).path), "version", "-json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    version: str = json.loads(done.stdout)["terraform_version"]
    return version


def write_record(record: Mapping[str, Any]) -> None:
    """Writes the record."""
    PATH.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _round_figure(figure: Figure) -> dict[str, Any]:
    values = {
        name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for name, value in asdict(figure).items()
    }
    return {name: value for name, value in values.items() if value not in ("", None)}
