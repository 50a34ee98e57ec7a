"""The site shows what GitHub shows of the same Markdown: Zensical uses another parser."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from documentation_pages.markdown import make_anchor

from .lists import create_parser, indent_items

COMPARED = {
    "a",
    "blockquote",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "img",
    "li",
    "ol",
    "pre",
    "strong",
    "table",
}
COMPARED |= {"td", "th", "ul"}
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class Elements(HTMLParser):
    """Counts the elements of an article, and keeps the anchors of its headings."""

    def __init__(self, text: str, *, is_page: bool) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.anchors: list[str] = []
        self._inside = not is_page
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "article":
            self._inside = True
        is_added = "headerlink" in (attributes.get("class") or "") or attributes.get("id") == "__skip"
        if self._inside and tag in COMPARED and not is_added:
            self.counts[tag] += 1
            if re.fullmatch("h[1-4]", tag):
                self.anchors.append(attributes.get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._inside = False


def read_both(site: Path, page: Path) -> tuple[Elements, Elements, str]:
    """Returns the elements as the site and as GitHub have them, and the Markdown."""
    text = FRONT_MATTER.sub("", page.read_text())
    shown = Elements(page.with_suffix(".html").read_text(), is_page=True)
    return shown, Elements(create_parser().render(text), is_page=False), text


def test_pages_have_the_elements_of_their_markdown(site: Path) -> None:
    different = {}
    for page in sorted(site.rglob("*.md")):
        shown, expected, _ = read_both(site, page)
        if shown.counts != expected.counts:
            different[page.relative_to(site).as_posix()] = {
                tag: (shown.counts[tag], expected.counts[tag])
                for tag in COMPARED
                if shown.counts[tag] != expected.counts[tag]
            }
    assert different == {}, "elements on the site and on GitHub"


def test_headings_have_the_anchors_of_github(site: Path) -> None:
    """As far as they are unique in their page: GitHub and Zensical number others differently."""
    different = []
    for page in sorted(site.rglob("*.md")):
        shown, _, text = read_both(site, page)
        names = list_anchors(text)
        pairs = zip(shown.anchors, names, strict=True)
        different += [
            (page.name, *pair) for pair in pairs if names.count(pair[1]) == 1 and pair[0] != pair[1]
        ]
    assert different == []


def list_anchors(text: str) -> list[str]:
    """Returns the anchors that GitHub gives to headings, but for the numbers of repeated ones."""
    tokens = create_parser().parse(text)
    return [
        make_anchor("".join(part.content for part in token.children or []))
        for previous, token in itertools.pairwise(tokens)
        if previous.type == "heading_open" and previous.tag < "h5"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n  b\n", "- a\n    b\n"),
        ("- a\n\n  ```console\n  $ b\n  ```\n- c\n", "- a\n\n    ```console\n    $ b\n    ```\n\n- c\n"),
        ("1. a\n   - b\n     c\n", "1. a\n    - b\n        c\n"),
        ("- a\n    - b\n        - c\n", "- a\n    - b\n        - c\n"),
        ("- a\nb\n", "- a\n    b\n"),
        ("10. a\n\n    b\n", "10. a\n\n    b\n"),
        ("a\n\n  b\n", "a\n\n  b\n"),
    ],
    ids=["continued", "code", "nested", "nested by four", "lazy", "wide", "no list"],
)
def test_content_of_items_is_indented_by_four(text: str, expected: str) -> None:
    assert indent_items(text) == expected
