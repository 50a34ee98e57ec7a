"""Markdown of generated pages: wrapped lines, code spans, and the parts of a page between two markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
WIDTH = 120
#: What has no line break inside: a code span, a link, a word, each with what follows without a space.
_TOKEN = re.compile(r"(?:`[^`]+`|\[[^\]]*\]\([^)\s]*\)|\S)+")


def wrap(text: str, first: str = "", rest: str = "") -> Iterator[str]:
    """Yields the lines of a paragraph, without breaks in code spans and links.

    Args:
        text: the paragraph.
        first: the beginning of the first line, such as ``- ``.
        rest: the beginning of the other lines.
    """
    line = first
    for token in _TOKEN.findall(" ".join(text.split())):
        if line.strip() and line not in (first, rest) and len(line) + 1 + len(token) > WIDTH:
            yield line
            line = rest
        line += token if line in (first, rest) else f" {token}"
    yield line


def convert_text(text: str) -> str:
    """Returns a text of a docstring as Markdown: code spans with single backticks, and no roles."""
    text = re.sub(r":\w+:`~?([\w.]+)`", lambda match: f"``{match[1].rpartition('.')[2]}``", text)
    spans = re.split(r"(``.+?``|`[^`]+`)", text)
    return "".join(
        f"`{part.strip('`')}`" if number % 2 else re.sub(r"([*_])", r"\\\1", part).replace("<", "&lt;")
        for number, part in enumerate(spans)
    )


def make_anchor(heading: str) -> str:
    """Returns the anchor of a heading, as GitHub and the site make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def replace_part(page: str, marker: str, lines: Iterable[str]) -> str:
    """Returns a page with other lines between ``<!-- marker -->`` and ``<!-- /marker -->``."""
    first, last = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    assert page.count(first) == page.count(last) == 1, f"write {first} and {last} into the page, once"
    before, _, after = page.partition(first)
    text = "\n".join(lines).strip("\n")
    return f"{before}{first}\n\n{text}\n\n{last}{after.partition(last)[2]}"
