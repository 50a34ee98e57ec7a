"""The initialisation of a stage whose module calls have changed, by the real Terraform."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.cli.terraform import stage_folder
from domovoi_tf.errors import TerraformError
from domovoi_tf.hcl.module_calls import read_module_calls
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers.installed_modules import read_sources
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform


def call(label: str, source: str) -> str:
    return f'module "{label}" {{\n  source = "{source}"\n}}\n'


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """The folder of a stage whose app has the modules `sns` and `sqs`, which need no provider."""
    for module in ("sns", "sqs"):
        folder = tmp_path / "app" / "modules" / module
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(f'resource "terraform_data" "{module}" {{}}\n')
    (tmp_path / "app" / "main.tf").write_text(call("tend", "./modules/sns"))
    stage = tmp_path / "stages" / "dev"
    stage.mkdir(parents=True)
    (stage / "main.tf").write_text(call("app", "../../app"))
    return stage


def test_module_with_another_source_is_installed(
    stage: Path, terraform_binary: Binary, capfd: pytest.CaptureFixture[str]
) -> None:
    terraform = Terraform(stage, {}, terraform_binary)
    stage_folder.initialise(terraform)
    assert read_sources(terraform.data_folder) == {"": "", **read_module_calls(stage)}
    (stage.parents[1] / "app" / "main.tf").write_text(call("tend", "./modules/sqs"))
    with pytest.raises(TerraformError):
        terraform.capture("plan", "-input=false", "-no-color")
    stage_folder.initialise(terraform)
    assert "module.app.module.tend.terraform_data.sqs will be created" in terraform.capture(
        "plan", "-input=false", "-no-color"
    )
    stage_folder.initialise(terraform)
    assert capfd.readouterr().err == "terraform init: the tree has new modules.\n" * 2
