"""Each code block of the documentation is included from a file, run, or compared by a test that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from documentation.checks import check_block
from documentation.checks.included import renew_page
from documentation.pages import ROOT, Block, list_loose_directives, list_pages, read_page

PAGES = [read_page(path) for path in list_pages()]
#: Pages about earlier versions, whose commands may not exist any more.
PAST = ("CHANGELOG.md",)
BLOCKS = [block for page in PAGES if page.path not in PAST for block in page.blocks]
WITH_INCLUDES = [page.path for page in PAGES if "<!-- include: " in page.text]


@pytest.mark.parametrize("path", WITH_INCLUDES)
def test_included_blocks_are_up_to_date(path: str, golden: Callable[[Path, str], None]) -> None:
    # Not PAGES: `make golden` may have written other parts of the page since.
    golden(ROOT / path, renew_page(read_page(path)))


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_block_is_right(block: Block, tmp_path: Path) -> None:
    check_block(block, tmp_path)


def test_comments_about_blocks_are_directly_above_them() -> None:
    loose = {page.path: lines for page in PAGES if (lines := list_loose_directives(page))}
    assert loose == {}
