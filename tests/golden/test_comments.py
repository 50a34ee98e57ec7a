"""Committed files name no lines of the source: a comment changes no byte of the tree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def read_tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".domovoi-tf.lock"
    }


@pytest.mark.parametrize("example", ["every_source", "long_running"])
def test_comment_in_the_source_changes_no_file(
    example: str, tmp_path: Path, rendered: Callable[..., object]
) -> None:
    project = tmp_path / example
    shutil.copytree(EXAMPLES / example, project)
    trees: list[dict[str, bytes]] = []
    for comment in ("", "# A comment.\n\n"):
        app = project / "app.py"
        app.write_text(comment + app.read_text(encoding="utf-8"), encoding="utf-8")
        rendered(project, tmp_path / f"tree{len(trees)}")
        trees.append(read_tree(tmp_path / f"tree{len(trees)}"))
    before, after = trees
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} == set()
    assert "app/README.md" in after and ".domovoi-tf.json" in after
    assert [path for path, content in after.items() if re.search(rb"app\.py:\d", content)] == []
