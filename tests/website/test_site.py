"""The site in Chromium: every page without errors and dead links, legible, and without another host."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from urllib.parse import urljoin, urlsplit

import pytest
from chromium import NARROW, SCHEMES, WIDE, Watch
from playwright.sync_api import Browser, Page, Request, expect

from .visits import Visit, check_accessibility, find_target, open_page, visit_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Zensical for Python 3.10 has an older theme"),
]
#: Axe takes a second for each, so it checks one page of each kind.
SAMPLE = (
    "index.html",
    "sources/index.html",
    "sources/sqs.html",
    "guides/console.html",
    "guides/functions.html",
    "reference/checks.html",
    "tutorial/index.html",
    "repository/CONTRIBUTING.html",
)
PICTURED = (
    "index.html",
    "sources/sqs.html",
    "reference/decorators.html",
    "explanation/security.html",
    "tutorial/index.html",
)


def is_documentation(site: Path, path: str) -> bool:
    """Returns whether a search finds the page; others show files of the repository."""
    return not (site / path).with_suffix(".md").read_text().startswith("---\nsearch:")


def select_pages(site: Path, pages: list[str]) -> list[str]:
    """Returns the documentation, and one page for each kind of file."""
    files = [path for path in sorted(pages, key=len, reverse=True) if not is_documentation(site, path)]
    kinds = {PurePath(PurePath(path).stem).suffix or PurePath(path).stem: path for path in files}
    return sorted({*pages} - {*files} | {*kinds.values()})


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    found.remove("404.html")
    return found


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    context = browser.new_context(viewport=WIDE)
    watch = Watch(context)

    def note_failure(request: Request) -> None:
        # A page that is left before its icon is loaded ends that request.
        if not (request.url.endswith("favicon.png") and request.failure == "net::ERR_ABORTED"):
            watch.errors.append(f"{request.url}: {request.failure}")

    context.on("requestfailed", note_failure)
    yield context.new_page(), watch
    context.close()


@pytest.fixture(scope="module")
def visits(window: tuple[Page, Watch], site: Path, address: str, pages: list[str]) -> dict[str, Visit]:
    page, watch = window
    return {path: visit_page(page, watch, address + path) for path in select_pages(site, pages)}


def test_pages_show_no_error_and_ask_no_other_host(
    visits: dict[str, Visit], window: tuple[Page, Watch], address: str
) -> None:
    assert {path: visit.errors for path, visit in visits.items() if visit.errors} == {}
    assert window[1].hosts == {urlsplit(address).netloc}


def test_links_lead_to_pages_and_anchors(
    visits: dict[str, Visit], site: Path, address: str, pages: list[str]
) -> None:
    read = visits | {path: read_page(site, address, path) for path in pages if path not in visits}
    anchors = {path: set(visit.anchors) for path, visit in read.items()}
    dead, linked = set(), set()
    for path, visit in read.items():
        for url in visit.links:
            if (target := find_target(url, address)) is None:
                continue
            file, anchor = target
            linked.add(file)
            if not (site / file).is_file() or (anchor and anchor not in anchors[file]):
                dead.add(f"{path}: {url.removeprefix(address)}")
    assert dead == set()
    assert set(pages) - linked == set(), "nothing links to these"


def read_page(site: Path, address: str, path: str) -> Visit:
    """Reads the links and anchors of a page that Chromium does not open."""
    text = (site / path).read_text()
    links = [urljoin(address + path, link) for link in re.findall(r'<a [^>]*?\bhref="([^"]+)"', text)]
    return Visit(links=links, anchors=re.findall(r'\bid="([^"]+)"', text), headings=[])


def test_links_to_other_sites_are_well_formed(visits: dict[str, Visit], address: str) -> None:
    wrong = {
        f"{path}: {url}"
        for path, visit in visits.items()
        for url in visit.links
        if not url.startswith((address, "mailto:"))
        and not re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[!-~]*)?", url)
    }
    assert wrong == set()


def test_pictures_load_and_have_a_text(visits: dict[str, Visit]) -> None:
    pictures = [(path, *picture) for path, visit in visits.items() for picture in visit.pictures]
    assert pictures
    assert [each for each in pictures if not each[2] or not each[3]] == []


def test_pages_have_one_title_and_skip_no_level(visits: dict[str, Visit]) -> None:
    for path, visit in visits.items():
        levels = [level for level, _ in visit.headings]
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        jumps = [
            text
            for (before, _), (level, text) in zip(visit.headings, visit.headings[1:], strict=False)
            if level > before + 1
        ]
        assert jumps == [], path


def test_texts_have_enough_contrast(visits: dict[str, Visit]) -> None:
    assert {path: visit.low_contrasts for path, visit in visits.items() if visit.low_contrasts} == {}


def test_pages_fit_a_narrow_window(visits: dict[str, Visit]) -> None:
    assert {path: visit.overflow for path, visit in visits.items() if visit.overflow} == {}


@pytest.mark.parametrize("path", SAMPLE)
def test_pages_are_accessible(window: tuple[Page, Watch], address: str, path: str) -> None:
    open_page(window[0], address + path)
    assert check_accessibility(window[0]) == []


def test_the_colours_can_be_chosen_with_the_keyboard(window: tuple[Page, Watch], address: str) -> None:
    page = window[0]
    open_page(page, address)
    switch = page.get_by_role("radio", name="Switch to light mode")
    switch.focus()
    for scheme in ("default", "slate"):
        page.keyboard.press("ArrowRight")
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize(
    ("opened", "words", "found", "path"),
    [
        ("served", "sqs queues", "SQS queues", "sources/sqs.html"),
        ("from a folder", "sqs queues", "SQS queues", "sources/sqs.html"),
        ("served", "The emulator is not running", "The emulator", "reference/errors.html"),
    ],
    ids=["served", "from a folder", "an error"],
)
def test_search_finds_a_page(
    browser: Browser, site: Path, address: str, opened: str, words: str, found: str, path: str
) -> None:
    context = browser.new_context(viewport=WIDE)
    watch = Watch(context)
    page = context.new_page()
    page.goto(address if opened == "served" else (site / "index.html").as_uri())
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox", name="Search").fill(words)
    page.get_by_role("option", name=found, exact=True).click()
    page.wait_for_url(f"**/{path}?*")
    expect(page.get_by_role("heading", name=found).first).to_be_visible()
    assert watch.errors == []
    assert watch.hosts == {urlsplit(address).netloc if opened == "served" else ""}
    context.close()


def test_pictures_of_pages(window: tuple[Page, Watch], site: Path, address: str, tmp_path: Path) -> None:
    """Takes pictures of five pages to look at; `pytest -s` prints where they are."""
    page = window[0]
    for path in PICTURED:
        open_page(page, address + path)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for size in (WIDE, NARROW):
                page.set_viewport_size(size)
                name = f"{path.removesuffix('.html').replace('/', '-')}-{scheme}-{size['width']}.png"
                page.screenshot(path=tmp_path / name)
    sys.stdout.write(f"\nPictures of the site: {tmp_path}\n")
    assert len([*tmp_path.iterdir()]) == len(PICTURED) * 4
