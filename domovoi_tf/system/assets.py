"""Locates the Terraform modules, the templates and the examples, in an installed wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "_assets"


def _find_folder(name: str) -> Path:
    return _INSTALLED / name if _INSTALLED.is_dir() else _PACKAGE.parent / name


def find_modules() -> Path:
    """Returns the folder of the hand-written Terraform modules."""
    return _find_folder("modules")


def find_examples() -> Path:
    """Returns the folder of the example apps, which also serve as templates for new projects."""
    return _find_folder("examples")


def find_templates() -> Path:
    """Returns the folder of the Jinja templates."""
    return _find_folder("templates")
