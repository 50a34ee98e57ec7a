"""Where the Terraform modules, the templates and the examples are, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "_assets"


def _folder(name: str) -> Path:
    return _INSTALLED / name if _INSTALLED.is_dir() else _PACKAGE.parent / name


def modules() -> Path:
    """Returns the folder of the hand-written Terraform modules."""
    return _folder("modules")


def examples() -> Path:
    """Returns the folder of the example apps, which are templates of new projects too."""
    return _folder("examples")


def templates() -> Path:
    """Returns the folder of the Jinja templates."""
    return _folder("templates")
