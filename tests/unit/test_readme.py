"""The example in README.md is that of examples/, and the Terraform beside it is what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from documentation.pages import list_texts

from domovoi_tf.rendering.templates import RenderedFile

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BARTENDER = ROOT / "examples" / "bartender"


def test_example_is_the_template_that_readme_names() -> None:
    assert "domovoi-tf new-project bartender --template bartender" in README
    assert list_texts("README.md", "python") == [(BARTENDER / "app.py").read_text(encoding="utf-8")]


def test_terraform_is_what_render_writes(
    tmp_path: Path, rendered: Callable[..., tuple[RenderedFile, ...]]
) -> None:
    rendered(BARTENDER, tmp_path)
    tree = [file.read_text(encoding="utf-8") for file in (tmp_path / "app").glob("*.tf")]
    calls = [call for block in list_texts("README.md", "hcl") for call in block.split("\n\n# ")]
    assert len(calls) == 2
    for call in calls:
        assert any(call.strip() in text for text in tree), call


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_to_files(target: str) -> None:
    assert (ROOT / target).exists()


def test_readme_takes_a_minute() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 160 and line.startswith("|")] == []
