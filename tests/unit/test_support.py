"""The page about supported versions has those of the code."""

from __future__ import annotations

import re
import sys

import pytest

from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.stack import Stage

from .test_layout import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (ROOT / "docs/contributing/support.md").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SCANNED = (ROOT / "tests/scan/versions.txt").read_text()


def read_row(name: str) -> list[str]:
    """Returns the bold texts in the row of the table that begins with a name."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
    return re.findall(r"\*\*(.+?)\*\*", row)


def find_constraint(dependency: str, extra: str) -> str:
    (found,) = (
        each for each in PYPROJECT["project"]["optional-dependencies"][extra] if each.startswith(dependency)
    )
    return str(found.removeprefix(dependency))


def find_scanned(pattern: str) -> str:
    found = re.search(rf"# {pattern}", SCANNED)
    assert found, pattern
    return found[1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Python that runs domovoi-tf", [PYPROJECT["project"]["requires-python"]]),
        ("Python of the functions", [Settings(app_name="bar", stage="dev").python_version]),
        ("Terraform", [Stage.required_version, find_scanned(r"Terraform ([\d.]+), the oldest")]),
        ("MiniStack, the emulator", [find_constraint("ministack", "local")]),
    ],
)
def test_versions_are_those_of_the_code(name: str, expected: list[str]) -> None:
    assert read_row(name) == expected


def test_constraints_are_those_of_every_module_and_template() -> None:
    terraform, provider = read_row("Terraform")[0], read_row("AWS provider")[0]
    files = [*(ROOT / "modules").rglob("versions.tf"), *(ROOT / "templates").rglob("*.j2")]
    texts = {path.relative_to(ROOT): path.read_text() for path in files}
    versions = {path: re.findall(r'^ *version *= "(.+)"', text, re.MULTILINE) for path, text in texts.items()}
    assert {path: found for path, found in versions.items() if found not in ([], [provider])} == {}
    assert sum(found == [provider] for found in versions.values()) > 15
    required = {path: re.findall(r'required_version *= "(.+)"', text) for path, text in texts.items()}
    assert {path: found for path, found in required.items() if found not in ([], [terraform])} == {}


def test_schemas_are_those_that_make_scan_reads() -> None:
    _, oldest, newest = read_row("AWS provider")
    assert oldest == find_scanned(r"([\d.]+), the oldest provider")
    assert newest == find_scanned(r"([\d.]+), the newest")


def test_readme_names_the_same_python() -> None:
    (minimum,) = read_row("Python that runs domovoi-tf")
    assert f"Python {minimum.removeprefix('>=')} or newer" in (ROOT / "README.md").read_text()
