"""Reads which modules `terraform init` has installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_sources(data_folder: Path) -> dict[str, str]:
    """Returns the sources of the installed modules, by keys such as ``app.notify``.

    A source is spelled as Terraform records it: that of a local module as in its call.

    Args:
        data_folder: Terraform's data folder.
    """
    try:
        return {str(module["Key"]): str(module["Source"]) for module in _read_modules(data_folder)}
    except (KeyError, TypeError):
        return {}


def list_folders(root: Path, data_folder: Path) -> list[Path] | None:
    """Returns the folders of the installed modules without the root, sorted; None if one is not known.

    Args:
        root: the folder of the root module.
        data_folder: Terraform's data folder.
    """
    try:
        folders = {str(module["Dir"]) for module in _read_modules(data_folder)}
    except (KeyError, TypeError):
        return None
    return sorted(root / folder for folder in folders - {"", "."})


def locate_record(data_folder: Path) -> Path:
    """Returns the path of Terraform's record of the installed modules.

    Args:
        data_folder: Terraform's data folder.
    """
    return data_folder / "modules" / "modules.json"


def _read_modules(data_folder: Path) -> list[Any]:
    try:
        return list(json.loads(locate_record(data_folder).read_bytes())["Modules"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
