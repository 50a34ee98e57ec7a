"""Knows the Regions of AWS, as botocore's data lists them. AWS may have newer ones."""

from __future__ import annotations

import difflib
import importlib.util
import json
from pathlib import Path


def suggest(name: str) -> str:
    """Returns a question that suggests a Region with a similar name, after a space; empty if none has.

    Args:
        name: the Region.
    """
    matches = difflib.get_close_matches(name, list_regions(), 1, 0.7)
    return f" Did you mean {matches[0]}?" if matches else ""


def is_known(name: str) -> bool:
    """Returns whether AWS had a Region of this name when botocore was released.

    Args:
        name: the Region.
    """
    known = list_regions()
    return not known or name in known


def list_regions() -> list[str]:
    """Returns the names of the Regions; empty if botocore's data cannot be read.

    The file is read without importing botocore, which takes long.
    """
    spec = importlib.util.find_spec("botocore")
    if not spec or not spec.origin:
        return []
    try:
        data = json.loads(Path(spec.origin).with_name("data").joinpath("partitions.json").read_bytes())
        return sorted(name for each in data["partitions"] for name in each["regions"] if "-" in name)
    except (OSError, ValueError, KeyError, TypeError):
        return []
