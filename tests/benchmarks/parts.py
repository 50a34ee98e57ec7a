"""Finds the parts of the benchmark: the modules of this folder with a name and a function ``measure``."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

#: The modules that are no parts, and could be slow to import or run something.
_FRAME = {"__main__"}


def find_parts() -> dict[str, Any]:
    """Returns the modules of the parts by their names, in alphabetical order."""
    folder = Path(__file__).parent
    names = [module.name for module in pkgutil.iter_modules([str(folder)]) if module.name not in _FRAME]
    modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    parts = {module.NAME: module for module in modules if hasattr(module, "NAME")}
    return dict(sorted(parts.items()))


def is_on_demand(part: Any) -> bool:
    """Returns whether a part runs only when it is named."""
    return getattr(part, "ON_DEMAND", False)
