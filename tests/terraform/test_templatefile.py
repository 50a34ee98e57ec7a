"""Tests that Terraform's ``templatefile`` reads a definition unchanged, except for the ARNs of functions."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from machine_definitions import DEFINITIONS

from domovoi_tf.model.asl import walk_states
from domovoi_tf.state_machines import compiler
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
ARN = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
PIECES = [
    "$",
    "%",
    "{",
    "}",
    "${",
    "%{",
    "$${",
    "%%{",
    "~}",
    '"',
    "\\",
    "\n",
    "a",
    "{%",
    "%}",
    "e\u0301",
    "<",
    "\0",
]


def build_hostile_definition() -> dict[str, Any]:
    """Returns a definition with random strings of template syntax."""
    pick = random.Random(4)  # noqa: S311 - the same strings each time
    texts = ["".join(pick.choices(PIECES, k=pick.randint(1, 9))) for _ in range(500)]
    states = {
        f"S{n}": {"Type": "Pass", "Comment": text, "Result": {text: text}, "End": True}
        for n, text in enumerate(texts)
    }
    return {"StartAt": "S0", "States": {**states, "Work": {"Type": "Task", "End": True}}}


def test_definitions_are_read_unchanged(
    tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> None:
    definitions = {**DEFINITIONS, "hostile": build_hostile_definition()}
    handled = {
        name: {
            state
            for _, state, body in walk_states(each)
            if body["Type"] == "Task" and not body.get("Resource")
        }
        for name, each in definitions.items()
    }
    blocks = []
    for name, each in definitions.items():
        text = compiler.build_template(each, "default", dict.fromkeys(handled[name], "lambda").get)
        (tmp_path / f"{name}.asl.json").write_text(text, encoding="utf-8")
        call = f'templatefile("${{path.module}}/{name}.asl.json", {{ lambda = "{ARN}" }})'
        blocks.append(f'output "{name}" {{\n  value = {call}\n}}\n')
    (tmp_path / "main.tf").write_text("\n".join(blocks))
    terraform = Terraform(tmp_path, terraform_environment, terraform_binary)
    terraform.capture("init")
    terraform.capture("apply", "-auto-approve")
    read = json.loads(terraform.capture("output", "-json"))
    for name, each in definitions.items():
        expected = compiler.compile_definition(each, "default", dict.fromkeys(handled[name], ARN).get)
        assert json.loads(read[name]["value"]) == expected, name
