"""Opens pages of the site in Chromium, and keeps what tests compare."""

from __future__ import annotations

import importlib.resources
import posixpath
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from chromium import NARROW, SCHEMES, WIDE, Watch
from page_checks import CONTRAST, OVERFLOW
from playwright.sync_api import Page

#: Colours are compared when they have changed, not on their way.
_NO_TRANSITIONS = "*, *::before, *::after { transition: none !important; animation: none !important }"
_CONTENTS = """() => ({
  links: [...document.querySelectorAll('a[href]')].map(e => e.href),
  anchors: [...document.querySelectorAll('[id]')].map(e => e.id),
  headings: [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
    .map(e => [Number(e.tagName[1]), e.innerText]),
})"""
_PICTURES = "() => [...document.images].map(e => [e.currentSrc, e.alt, e.naturalWidth])"
_LOADED = """() => Promise.all([...document.images].filter(e => !e.complete)
  .map(e => new Promise(done => { e.onload = e.onerror = done })))"""
_AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
#: The theme's buttons that copy code are landmarks without names; tables of named rows have an empty corner.
_IGNORED = ("landmark-unique", "empty-table-header")
_AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {name: {"enabled": False} for name in _IGNORED}}


@dataclass
class Visit:
    """One page as Chromium shows it."""

    links: list[str]
    anchors: list[str]
    headings: list[tuple[int, str]]
    pictures: list[tuple[str, str, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    low_contrasts: list[str] = field(default_factory=list)
    overflow: list[str] = field(default_factory=list)


def visit_page(page: Page, watch: Watch, url: str) -> Visit:
    """Opens a page in both schemes and in a narrow window."""
    open_page(page, url)
    visit = Visit(**page.evaluate(_CONTENTS))
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        visit.low_contrasts += [f"{scheme}: {each}" for each in page.evaluate(CONTRAST)]
        page.evaluate(_LOADED)  # a picture can have a file for each scheme
        visit.pictures += page.evaluate(_PICTURES)
    page.set_viewport_size(NARROW)
    visit.overflow += page.evaluate(OVERFLOW)
    page.evaluate(_LOADED)
    visit.errors += watch.errors
    watch.errors.clear()
    return visit


def open_page(page: Page, url: str) -> None:
    """Opens a page in a wide window in light colours."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    response = page.goto(url)
    assert response is not None
    assert response.ok, url
    page.add_style_tag(content=_NO_TRANSITIONS)


def check_accessibility(page: Page) -> list[str]:
    """Returns the violations that axe finds in the open page in both schemes."""
    page.evaluate(_AXE)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", _AXE_OPTIONS)
        found += [
            f"{scheme}: {rule['id']}: {node['failureSummary']} {node['html'][:120]}"
            for rule in result["violations"]
            for node in rule["nodes"]
        ]
    return found


def find_target(url: str, address: str) -> tuple[str, str] | None:
    """Returns the file and the anchor of a link within the site; None for another site."""
    if not url.startswith(address):
        return None
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    return posixpath.join(path, "index.html") if path.endswith("/") or not path else path, unquote(
        parts.fragment
    )
