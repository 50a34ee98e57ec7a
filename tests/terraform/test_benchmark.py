"""Tests that the benchmark of ``terraform plan`` compares an app with the same resources."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tftest
from benchmarks.flat import write_flat
from benchmarks.plan_app import KINDS, create_tables, list_handlers, write_app
from paper_states import pretend_apply

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform

#: The outputs about functions: a few values, however many handlers there are.
OF_FUNCTIONS = {
    "function_arn",
    "function_invoke_arn",
    "function_name",
    "functions",
    "log_group_name",
    "policy_documents",
    "role_arn",
    "role_name",
}


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[list[Path]]:
    """The root modules of the benchmark, with a handler of each kind, in two functions."""
    folder = tmp_path_factory.mktemp("benchmark")
    handlers = list_handlers(len(KINDS), 6)
    create_tables(emulator, handlers)
    yield [write_app(folder, handlers), write_flat(folder, handlers)]
    dynamodb = emulator_environment.create_client(emulator, "dynamodb")
    for n, kind, _ in handlers:
        if kind == "dynamodb":
            dynamodb.delete_table(TableName=f"bench-{n}")


def test_app_and_flat_resources_are_the_same(
    roots: list[Path], attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    states = []
    for root in roots:
        runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
        pretend_apply(runner, root, {}, rounds=2)
        states.append(json.loads((root / "terraform.tfstate").read_text())["resources"])
    ours, flat = (Counter(each["type"] for each in resources) for resources in states)
    assert (flat - ours, ours - flat) == (Counter(), Counter())
    ours_policies, flat_policies = (sorted(list_policies(resources)) for resources in states)
    assert flat_policies == ours_policies
    assert {kind for kind, _ in flat_policies} == {kind for kind in flat if kind.endswith("_policy")}


def test_app_and_flat_resources_have_the_same_outputs_about_sources(roots: list[Path]) -> None:
    app = (roots[0].parent / "bench" / "terraform" / "app" / "outputs.tf").read_text()
    ours, flat = map(list_outputs, (app, (roots[1] / "main.tf").read_text()))
    assert {name: size for name, size in ours.items() if name not in OF_FUNCTIONS} == flat


def list_policies(resources: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yields the type and the policy of each resource that has one, without names and dates in ARNs."""
    for resource in resources:
        (instance,) = resource["instances"]
        if policy := instance["attributes"].get("policy"):
            statements = json.loads(policy)["Statement"]
            text = json.dumps(statements, sort_keys=True)
            yield resource["type"], re.sub(r'(?<="arn:aws:)([a-z]+):[^"]*', r"\1", text)


def list_outputs(text: str) -> dict[str, int]:
    """Returns the number of lines of each output's value, by the output's name."""
    outputs = re.findall(r'^output "(\w+)" {.*?^  value += {\n(.*?)^  }', text, re.DOTALL | re.MULTILINE)
    return {name: len(lines.splitlines()) for name, lines in outputs}
