"""Tests that examples in the documentation are formatted, and fit the modules and the provider."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from documentation.pages import parse_blocks
from module_inputs import list_wrong_arguments

from domovoi_tf.errors import TerraformError
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
ROOT = assets.find_modules().parent
PROVIDER = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
"""


def read_examples() -> dict[str, str]:
    """Returns the examples in the pages of the project, by the names of files for them."""
    # Those in tests/golden are of rendered trees.
    folders = (ROOT / name for name in ("modules", "examples", "tests/golden"))
    readmes = (page for folder in folders for page in folder.rglob("README.md"))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *readmes]
    examples = {}
    for page in sorted(pages):
        name = "-".join(page.relative_to(ROOT).with_suffix("").parts)
        for block in parse_blocks(name, page.read_text(encoding="utf-8")):
            if block.language in ("hcl", "terraform"):
                examples[f"{name}-line-{block.line}.tf"] = block.text
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


def test_calls_of_modules_have_inputs_of_the_modules() -> None:
    examples = {name: text for name, text in read_examples().items() if 'source = "./modules/' in text}
    assert len(examples) >= 15
    wrong = {name: list_wrong_arguments(text) for name, text in examples.items()}
    assert {name: arguments for name, arguments in wrong.items() if arguments} == {}


def test_wrong_arguments_are_found() -> None:
    text = """
module "iam" {
  source   = "./modules/iam"
  name     = "bar"
  policies = { user = "" }

  role = {
    policies = { user = "" }
    arn      = "x"
  }
}
"""
    assert list_wrong_arguments(text) == ["policies", "role.arn"]


def rename_resources(examples: Mapping[str, str]) -> dict[str, str]:
    """Returns the resources in examples, each with a label of its own, by names of files."""
    files = {}
    for number, (name, text) in enumerate(examples.items()):
        resources = re.findall(r"^resource .*?^}$", text, re.MULTILINE | re.DOTALL)
        if resources and "_override.tf" not in text:
            label = rf'\1_{number}"'
            files[name] = re.sub(r'^(resource "\w+" "\w+)"', label, "\n".join(resources), flags=re.MULTILINE)
    return files


def validate(folder: Path, files: Mapping[str, str], terraform: Terraform) -> list[str]:
    """Returns the errors in files, except for references to what the files do not contain."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "versions.tf").write_text(PROVIDER, encoding="utf-8")
    terraform.capture("init", "-backend=false")
    report: list[str] = []
    with contextlib.suppress(TerraformError):
        terraform.capture("validate", "-json", out=report.append)
    found = json.loads("".join(report))["diagnostics"]
    return [
        f"{each['range']['filename']}:{each['range']['start']['line']}: {each['summary']}: {each['detail']}"
        for each in found
        if not each["summary"].startswith("Reference to undeclared")
    ]


def test_resources_have_arguments_of_the_provider(
    tmp_path: Path, terraform_binary: Binary, terraform_environment: Mapping[str, str]
) -> None:
    files = rename_resources(read_examples())
    assert len(files) >= 5
    wrong = 'resource "aws_sqs_queue" "wrong" {\n  nam = "x"\n}\n'
    terraform = Terraform(tmp_path, dict(terraform_environment), terraform_binary)
    (error,) = validate(tmp_path, {**files, "wrong.tf": wrong}, terraform)
    assert error.startswith("wrong.tf:2: Unsupported argument")
