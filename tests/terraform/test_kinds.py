"""Every kind's own app, all its options in use, is what Terraform itself calls formatted and valid."""

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
def test_the_kinds_app_is_formatted_and_valid(
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
    found = json.loads(terraform.capture("validate", "-json"))
    assert (found["valid"], found["diagnostics"]) == (True, [])


@pytest.mark.parametrize(("kind", "sources"), [("sqs", "aws_sqs_queue."), ("kinesis", "aws_kinesis_stream.")])
def test_a_mapping_waits_for_the_role_to_read_its_source_and_the_function_does_not(
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

    def awaited(name: str) -> set[str]:
        following = {target for source, target in edges if source == name}
        return following.union(*map(awaited, following))

    mappings = {name for name, _ in edges if name.endswith("aws_lambda_event_source_mapping.this")}
    assert mappings
    for mapping in mappings:
        assert any(name.endswith("aws_iam_role_policy.mappings") for name in awaited(mapping))
        assert any(sources in name for name in awaited(mapping))
    function = awaited("module.app.module.lambda.aws_lambda_function.this")
    policies = {name.rpartition(".")[2] for name in function if "aws_iam_role_policy." in name}
    assert policies == {"needed", "policies"}
    assert not any(sources in name for name in function)
