"""Tests the files that docs/terraform-aws-modules.md adds to a rendered tree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tftest

from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
ROOT = Path(__file__).parents[2]
_EXAMPLE = re.compile(r"^```hcl\n# terraform/(?P<path>\S+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
BACKEND = 'terraform {\n  backend "local" {}\n}\n'


def test_files_beside_the_rendered_ones_change_the_plan(
    tmp_path: Path,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    rendered(ROOT / "examples" / "bartender", tmp_path)
    (tmp_path / "app" / "package.zip").touch()
    stage = tmp_path / "stages" / "dev"
    (stage / "test_override.tf").write_text(BACKEND)
    page = (ROOT / "docs" / "terraform-aws-modules.md").read_text(encoding="utf-8")
    paths = []
    for example in _EXAMPLE.finditer(page):
        paths.append(example["path"])
        (tmp_path / example["path"]).write_text(example["text"], encoding="utf-8")
    assert paths == ["app/modules/lambda/main_override.tf", "app/extra.tf"]
    runner: Any = tftest.TerraformTest(str(stage), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    runner.execute_command("plan", "-input=false", "-out=tfplan")
    planned = json.loads(runner.execute_command("show", "-json", "tfplan").out)
    values = {change["address"]: change["change"]["after"] for change in planned["resource_changes"]}
    group = values["module.app.module.lambda.aws_cloudwatch_log_group.this"]
    assert (group["log_group_class"], group["skip_destroy"]) == ("INFREQUENT_ACCESS", True)
    assert group["name"] == "/aws/lambda/bartender-dev"
    function = values["module.app.module.lambda.aws_lambda_function.this"]
    assert [block["apply_on"] for block in function["snap_start"]] == ["PublishedVersions"]
    attachment = values["module.app.aws_iam_role_policy_attachment.insights"]
    assert attachment["role"] == "bartender-dev"
    loop = values["module.app.aws_lambda_function_recursion_config.this"]
    assert (loop["function_name"], loop["recursive_loop"]) == ("bartender-dev", "Allow")
