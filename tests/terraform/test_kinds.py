"""Every kind's own app, all its options in use, is what Terraform itself calls formatted and valid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.synthesize import KINDS
from domovoi_tf.terraform import Binary, Terraform

pytestmark = pytest.mark.terraform
TRIGGERS = Path(__file__).parents[1] / "triggers"


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_app_is_formatted_and_valid(
    kind: str,
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    terraform_binary: Binary,
    attached_environment: dict[str, str],
) -> None:
    rendered(TRIGGERS / kind, tmp_path, "dev")
    terraform = Terraform(tmp_path / "stages" / "dev", attached_environment, terraform_binary)
    assert terraform.capture("fmt", "-check", "-diff", "-recursive", str(tmp_path)) == ""
    terraform.capture("init", "-backend=false")
    found = json.loads(terraform.capture("validate", "-json"))
    assert (found["valid"], found["diagnostics"]) == (True, [])
