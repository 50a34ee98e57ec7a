"""Blocks of Terraform: calls of the project's modules have only arguments of these modules.

tests/terraform/test_hcl_examples.py compares the format of all blocks with `terraform fmt`.
"""

from __future__ import annotations

import re
from pathlib import Path

from module_inputs import list_unknown_paths

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block, read_page
from domovoi_tf.plans.sources.expressions import Block as TerraformBlock
from domovoi_tf.plans.sources.expressions import Template
from domovoi_tf.plans.sources.parser import parse_source

#: The inputs of the module of an app.
APP_INPUTS = ROOT / "tests" / "golden" / "every_source" / "app" / "variables.tf"


def check_terraform(block: Block, _folder: Path) -> None:
    """Checks the arguments in calls of the modules in modules/, and of the module of an app."""
    own_inputs = set(re.findall(r'variable\("(\w+)"', read_page(block.page).text))
    for each in parse_source(block.text):
        if each.type == "module":
            wrong = set(list_unknown_paths(each, find_inputs(each))) - own_inputs
            if wrong:
                raise WrongBlockError(f"module {each.labels[0]!r} has no {', '.join(sorted(wrong))}")


def find_inputs(call: TerraformBlock) -> Path:
    """Returns the file with the inputs of the module that a block calls, or overrides the call of.

    An override has no source, and the label that the rendered call has.
    """
    source = call.arguments.get("source")
    path = str(source.parts[0]) if isinstance(source, Template) else f"./modules/{call.labels[0]}"
    if re.search(r"\bapp(\?ref=\S+)?$", path):
        return APP_INPUTS
    if not path.startswith("./modules/"):
        raise WrongBlockError(f"module {call.labels[0]!r}: {path} is neither an app nor in modules/")
    return ROOT / path / "variables.tf"
