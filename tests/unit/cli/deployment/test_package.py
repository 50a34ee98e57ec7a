"""`domovoi-tf package`."""

from __future__ import annotations

from ..conftest import Fails


def test_package_needs_a_rendered_tree(fails: Fails) -> None:
    assert fails("package") == "Error: terraform/app does not exist.\nRun `domovoi-tf render` first.\n"
