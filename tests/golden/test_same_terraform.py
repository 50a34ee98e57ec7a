"""Compares the Terraform of the examples and modules with what is stored, apart from its wording.

Comments, every ``error_message`` and the ``description`` of variables and outputs are left out: they can be
reworded. Everything else is compared, including a ``description`` that reaches AWS: a security group, for
example, is replaced when its own changes. If a change is intended, store it with ``make golden``; deployed
resources must still survive it, which ``tests/e2e/test_upgrades.py`` proves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from difflib import unified_diff
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest
from hcl2.utils import SerializationOptions

HERE = Path(__file__).parent / "same_terraform"
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/app.py"))
STAGES = ("dev", "prod")


@cache
def parse(text: str) -> Any:
    """Parses a .tf file and drops its wording."""
    parsed = hcl2.loads(text, serialization_options=SerializationOptions(with_comments=False))
    for block_type in ("output", "variable"):
        for labelled in parsed.get(block_type, []):
            for body in labelled.values():
                body.pop("description", None)
    return drop_error_messages(parsed)


def drop_error_messages(parsed: Any) -> Any:
    """Drops the attribute ``error_message`` and the parser's marks at every level."""
    if isinstance(parsed, list):
        return [drop_error_messages(item) for item in parsed]
    if isinstance(parsed, dict):
        dropped = {"error_message", "__is_block__"}
        return {key: drop_error_messages(item) for key, item in parsed.items() if key not in dropped}
    return parsed


def describe(files: Mapping[str, str]) -> str:
    """Returns the files as sorted JSON: parsed HCL, and the lines of all other texts."""
    contents = {
        path: parse(text) if path.endswith(".tf") else text.split("\n") for path, text in files.items()
    }
    return json.dumps(contents, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.fixture
def check(request: pytest.FixtureRequest, golden: Callable[[Path, str], None]) -> Callable[[str, str], None]:
    """Compares a description with the stored one and shows what differs; with ``--golden`` stores it."""

    def compare(name: str, description: str) -> None:
        path = HERE / f"{name}.json"
        if path.is_file() and not request.config.getoption("--golden"):
            lines = path.read_text(encoding="utf-8").splitlines(), description.splitlines()
            difference = "\n".join(unified_diff(*lines, path.name, "current", lineterm="", n=8))
            assert not difference, f"\n{difference}"
        golden(path, description)

    return compare


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_renders_the_same_terraform(
    example: str, tmp_path: Path, rendered: Callable[..., Any], check: Callable[[str, str], None]
) -> None:
    files = {
        file.path: file.content.decode()
        for stage in STAGES
        for file in rendered(ROOT / "examples" / example, tmp_path, stage)
        if "/modules/" not in file.path and not file.path.endswith("README.md")
    }
    check(example, describe(files))


def test_modules_are_the_same_terraform(check: Callable[[str, str], None]) -> None:
    """Compares them once: every tree has byte-identical copies."""
    modules = ROOT / "modules"
    files = {
        path.relative_to(modules).as_posix(): path.read_text(encoding="utf-8")
        for path in modules.rglob("*.tf")
    }
    check("modules", describe(files))
