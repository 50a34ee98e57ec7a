"""Texts through Terraform: what `hcl` accepts comes back unchanged, and Terraform would change the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hostile_texts import generate_texts, list_pairs

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import check_text, hcl
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

from .fuzzing import LENGTH, SEED, tried

pytestmark = [pytest.mark.fuzz, pytest.mark.terraform]
COUNT = 1500
_ROOT = """\
locals {{
  texts = jsondecode(file("${{path.module}}/texts.json"))
}}
output "texts" {{
  value = local.texts
}}
output "encoded" {{
  value = [for text in local.texts : jsonencode(text)]
}}
output "literals" {{
  value = {literals}
}}
"""


def explain_refusal(text: str) -> str:
    """Returns the message about a text, or an empty string if it is accepted."""
    try:
        check_text(text)
    except RenderError as error:
        return error.message
    return ""


def survives_encoding(text: str, encoded: str) -> bool:
    """Returns whether JSON from Terraform holds a text unchanged."""
    try:
        return bool(json.loads(encoded) == text)
    except ValueError:
        return False


@pytest.fixture
def evaluate(tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]) -> Any:
    def run(texts: list[str], literals: list[str]) -> dict[str, list[str]]:
        (tmp_path / "texts.json").write_text(json.dumps(texts))
        (tmp_path / "main.tf").write_bytes(_ROOT.format(literals=hcl(literals)).encode())
        terraform = Terraform(tmp_path, terraform_environment, terraform_binary)
        terraform.capture("apply", "-auto-approve")
        outputs = json.loads(terraform.capture("output", "-json"))
        return {name: output["value"] for name, output in outputs.items()}

    return run


def test_texts_are_unchanged_or_refused(evaluate: Any) -> None:
    generated = generate_texts(COUNT * LENGTH, SEED)
    texts = [*list_pairs(), *generated]
    messages = {text: explain_refusal(text) for text in texts}
    accepted = [text for text in generated if not messages[text]]
    tried["test_texts_are_unchanged_or_refused"] += len(texts)
    values = evaluate(texts, accepted)
    assert [pair for pair in zip(accepted, values["literals"], strict=True) if pair[0] != pair[1]] == []
    survived = {
        text: text == value and survives_encoding(text, encoded)
        for text, value, encoded in zip(texts, values["texts"], values["encoded"], strict=True)
    }
    assert [ascii(text) for text in texts if not (messages[text] or survived[text])] == []
    # Python's version of Unicode and Terraform's differ, so characters that only one of them has are refused.
    needless = [text for text in texts if messages[text] and survived[text] and "lacks" not in messages[text]]
    assert [(ascii(text), messages[text]) for text in needless] == []
    assert len(accepted) > COUNT / 4
