"""Finds the variables that Terraform's variable files set, without evaluating their values.

https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

#: The files that Terraform loads by itself.
_PATTERNS = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")


def find_assignments(root: Path, names: Iterable[str]) -> dict[str, Path]:
    """Returns the variables that files in a root module set, each with one of these files.

    Args:
        root: the folder of the root module.
        names: the variables to look for.
    """
    texts = {
        path: path.read_text(encoding="utf-8", errors="replace")
        for pattern in _PATTERNS
        for path in sorted(root.glob(pattern))
        if path.is_file()
    }
    return {name: path for name in names for path, text in texts.items() if _is_set(name, path, text)}


def _is_set(name: str, path: Path, text: str) -> bool:
    """Returns whether a text seems to set a variable. A line of another value may look like it."""
    key = rf'"{name}"\s*:' if path.suffix == ".json" else rf"^\s*{name}\s*="
    return re.search(key, text, re.MULTILINE) is not None
