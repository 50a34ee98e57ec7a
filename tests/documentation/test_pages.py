"""Pages have short lines, one title, and headings without gaps."""

from __future__ import annotations

import re

import pytest

from documentation.pages import Page, list_pages, read_page

PAGES = [read_page(path) for path in list_pages()]
LONGEST_LINE, LONGEST_ROW = 120, 160
#: Pages with long rows of tables: they are generated.
WITH_LONG_ROWS = ("docs/reference/", "modules/")
#: Text that `make golden` writes, between two comments.
_GENERATED_TEXT = re.compile(r"^<!-- (\w+) -->$.*?^<!-- /\1 -->$", re.DOTALL | re.MULTILINE)


#: The address of a link, which a reader does not see.
_ADDRESS = re.compile(r"(?<=\])\([^)\s]+\)|<https:[^>\s]+>")


def list_long_lines(page: Page) -> list[int]:
    """Returns the numbers of the lines that are too long, except for code, HTML and generated text."""
    text = _GENERATED_TEXT.sub(lambda match: "\n" * match[0].count("\n"), "\n".join(page.prose))
    return [number for number, line in enumerate(text.splitlines(), 1) if is_long(page.path, line)]


def is_long(page: str, line: str) -> bool:
    """Returns whether a line of a page is too long; addresses of links count only in the README's tables."""
    if line.startswith("<"):
        return False
    seen = _ADDRESS.sub("", line)
    if not line.lstrip().startswith("|"):
        return len(seen) > LONGEST_LINE
    if page == "README.md":
        return len(line) > LONGEST_ROW
    return len(seen) > LONGEST_ROW and not page.startswith(WITH_LONG_ROWS)


def list_levels(page: Page) -> list[int]:
    """Returns the levels of the headings."""
    headings = (re.match(r"(#{1,6}) ", line) for line in page.prose)
    return [len(match[1]) for match in headings if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_lines_are_short(page: Page) -> None:
    assert list_long_lines(page) == [], f"at most {LONGEST_LINE} characters, in tables {LONGEST_ROW}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_page_has_one_title_and_no_gap_in_its_headings(page: Page) -> None:
    first, *others = list_levels(page)
    assert first == 1
    assert 1 not in others
    assert all(after <= before + 1 for before, after in zip([first, *others], others, strict=False))


def test_long_lines_are_found() -> None:
    line = "a " * 61
    row = f"| {line * 2} |"
    lines = [line, "```json", line, "```", "<!-- keys -->", row, "<!-- /keys -->", f"| {line} |", row]
    text = "\n".join(lines)
    assert list_long_lines(Page("docs/sources/x.md", text)) == [1, 9]
    assert list_long_lines(Page("docs/reference/x.md", text)) == [1]


def test_addresses_of_links_count_only_in_tables_of_the_readme() -> None:
    link = f"[link](https://{'x' * 160}.example)"
    text = f"{link}\n| {link} |\n"
    assert list_long_lines(Page("docs/x.md", text)) == []
    assert list_long_lines(Page("README.md", text)) == [2]


def test_readme_is_read_in_a_minute() -> None:
    assert len(read_page("README.md").text.splitlines()) <= 150


def test_headings_are_found() -> None:
    assert list_levels(Page("x.md", "# Title\n```console\n# comment\n```\n### Part\n#tag\n")) == [1, 3]
