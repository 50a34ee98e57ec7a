"""Tests that the examples in the documentation are formatted as `terraform fmt` does it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
ROOT = assets.find_modules().parent
_EXAMPLE = re.compile(r"^( *)```(?:hcl|terraform)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def read_examples() -> dict[str, str]:
    """Returns the examples in the pages of the project, by the names of files for them."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "modules").rglob("README.md")]
    examples = {}
    for page in sorted(pages):
        text = page.read_text(encoding="utf-8")
        for match in _EXAMPLE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            name = "-".join(page.relative_to(ROOT).with_suffix("").parts)
            examples[f"{name}-line-{line}.tf"] = textwrap.dedent(match[2])
    return examples


def test_examples_are_formatted(
    tmp_path: Path, terraform_binary: Binary, terraform_environment: Mapping[str, str]
) -> None:
    examples = read_examples()
    assert len(examples) >= 25
    for name, text in examples.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    Terraform(tmp_path, dict(terraform_environment), terraform_binary).capture("fmt")
    after = {name: (tmp_path / name).read_text(encoding="utf-8") for name in examples}
    assert after == examples
