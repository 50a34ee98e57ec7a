"""Tests that a deployed mapping from a stream goes on where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import tftest
from paper_states import plan_changes, pretend_apply

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
ROOT = """\
variable "stream" {
  default = "old"
}

variable "position" {
  default = "TRIM_HORIZON"
}

provider "aws" {}

module "tend" {
  source = "./modules/triggers/stream"

  function = {
    name = "bar"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar"
  }
  mapping = {
    stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/${var.stream}"
    role_arn          = "arn:aws:iam::123456789012:role/bar"
    starting_position = var.position
  }
}
"""


def test_another_starting_position_applies_to_new_mappings_only(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    (tmp_path / "modules").symlink_to(assets.find_modules())
    runner = tftest.TerraformTest(str(tmp_path), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, tmp_path, {"main.tf": ROOT})

    (change,) = plan_changes(runner, "-var=position=LATEST").values()
    assert "delete" not in change["change"]["actions"]
    assert change["change"]["after"]["starting_position"] == "TRIM_HORIZON"

    (change,) = plan_changes(runner, "-var=position=LATEST", "-var=stream=new").values()
    assert change["change"]["actions"] == ["delete", "create"]
    assert change["change"]["replace_paths"] == [["event_source_arn"]]
    assert change["change"]["after"]["starting_position"] == "LATEST"
