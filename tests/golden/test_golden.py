"""The trees of the examples are golden, file by file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import assets

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
MODULES = "/modules/"


@pytest.mark.parametrize("example", ["bartender", "batch_map", "every_source", "long_running"])
def test_tree_of_an_example_is_golden(
    example: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    golden: Callable[[Path, str], None],
) -> None:
    files = {
        file.path: file.content
        for stage in ("dev", "prod")
        for file in rendered(EXAMPLES / example, tmp_path, stage)
    }
    for path, content in files.items():
        if MODULES in path:
            assert content == (assets.find_modules() / path.partition(MODULES)[2]).read_bytes(), path
        else:
            golden(HERE / example / path, content.decode())
    current = {HERE / example / path for path in files if MODULES not in path}
    stored = {path for path in (HERE / example).rglob("*") if path.is_file()}
    if request.config.getoption("--golden"):
        for stale in stored - current:
            stale.unlink()
    else:
        assert stored == current
