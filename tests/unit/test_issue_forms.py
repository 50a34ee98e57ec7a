"""The forms for issues have the form that GitHub reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .test_layout import ROOT

CHECKER = Path(sys.executable).with_name("check-jsonschema")
FOLDER = ROOT / ".github" / "ISSUE_TEMPLATE"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.name)
def test_form_has_the_schema_of_github(path: Path) -> None:
    kind = "github-issue-config" if path.name == "config.yml" else "github-issue-forms"
    done = subprocess.run(
        [CHECKER, "--builtin-schema", kind, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_forms_ask_for_no_secrets_in_public() -> None:
    assert "SECURITY.md" in (FOLDER / "bug.yml").read_text()
