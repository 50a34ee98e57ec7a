"""Blocks of YAML: configurations of pre-commit, whose hooks exist."""

from __future__ import annotations

from pathlib import Path

import yaml

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block


def check_yaml(block: Block, _folder: Path) -> None:
    """Checks that a block is a configuration of pre-commit with hooks of this repository."""
    document = yaml.safe_load(block.text)
    if not isinstance(document, dict) or "repos" not in document:
        raise WrongBlockError(
            "Only configurations of pre-commit have a check: include the file, or name its test."
        )
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    known = {hook["id"] for hook in hooks}
    used = {hook["id"] for repository in document["repos"] for hook in repository["hooks"]}
    if missing := sorted(used - known):
        raise WrongBlockError(f".pre-commit-hooks.yaml has no {', '.join(missing)}")
