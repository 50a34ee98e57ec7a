"""Scanners find nothing in rendered trees, except for the checks that docs/guides/scanners.md lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from .scanners import Finding, run_checkov, run_trivy
from .trees import HARDENED, PAGE

#: Every resource of the trees has a check or more that passes.
FEWEST_PASSED = 400


def read_checks() -> set[str]:
    """Returns the IDs of the checks that the page lists."""
    text = PAGE.read_text("utf-8")
    (table,) = re.findall(r"^<!-- checks -->\n(.*?)^<!-- /checks -->$", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`((?:CKV\w*|AWS-)\d+)`", table))


def spell(findings: Iterable[Finding]) -> str:
    lines = {f"{each.check} in {each.tree}/{each.place}: {each.title}" for each in findings}
    return "\n".join(sorted(lines))


@pytest.fixture(scope="module", params=["checkov", "trivy"])
def scanner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def findings(scanner: str, packages: Path, trees: Path) -> list[Finding]:
    run: Callable[[Path, Path], tuple[int, list[Finding]]] = (
        run_checkov if scanner == "checkov" else run_trivy
    )
    passed, findings = run(packages, trees)
    assert passed >= FEWEST_PASSED, "the scanner found too few resources"
    return findings


def test_trees_pass_without_listed_checks(scanner: str, findings: list[Finding]) -> None:
    listed = read_checks()
    assert spell(each for each in findings if each.tree != HARDENED and each.check not in listed) == ""


def test_hardened_tree_passes_every_check(findings: list[Finding]) -> None:
    assert spell(each for each in findings if each.tree == HARDENED) == ""


def test_listed_checks_fail_somewhere(scanner: str, findings: list[Finding]) -> None:
    of_scanner = {check for check in read_checks() if check.startswith("CKV") == (scanner == "checkov")}
    assert of_scanner == {each.check for each in findings}
