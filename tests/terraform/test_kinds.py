"""Tests that Terraform accepts the tree of each kind's app, which uses all options of the kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform
from domovoi_tf.triggers import list_kinds

pytestmark = pytest.mark.terraform
TRIGGERS = Path(__file__).parents[1] / "triggers"


@pytest.mark.parametrize("kind", list_kinds())
def test_tree_of_the_kind_is_formatted_and_valid(
    kind: str,
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    rendered(TRIGGERS / kind, tmp_path, "dev")
    terraform = Terraform(tmp_path / "stages" / "dev", aws_environment, attached_terraform)
    assert terraform.capture("fmt", "-check", "-diff", "-recursive", str(tmp_path)) == ""
    terraform.capture("init", "-backend=false")
    result = json.loads(terraform.capture("validate", "-json"))
    assert (result["valid"], result["diagnostics"]) == (True, [])


@pytest.mark.parametrize(("kind", "sources"), [("sqs", "aws_sqs_queue."), ("kinesis", "aws_kinesis_stream.")])
def test_mapping_depends_on_its_source_and_on_the_permission_to_read_it(
    kind: str,
    sources: str,
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    rendered(TRIGGERS / kind, tmp_path, "dev")
    terraform = Terraform(tmp_path / "stages" / "dev", aws_environment, attached_terraform)
    terraform.capture("init")
    edges = re.findall(r'"(\S+)" -> "(\S+)"', terraform.capture("graph"))

    def list_dependencies(name: str) -> set[str]:
        direct = {target for source, target in edges if source == name}
        return direct.union(*map(list_dependencies, direct))

    mappings = {name for name, _ in edges if name.endswith("aws_lambda_event_source_mapping.this")}
    assert mappings
    for mapping in mappings:
        assert any(name.endswith("aws_iam_role_policy.mappings") for name in list_dependencies(mapping))
        assert any(sources in name for name in list_dependencies(mapping))
    function = list_dependencies("module.app.module.lambda.aws_lambda_function.this")
    policies = {name.rpartition(".")[2] for name in function if "aws_iam_role_policy." in name}
    assert policies == {"needed", "policies"}
    assert not any(sources in name for name in function)
