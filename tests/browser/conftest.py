"""Chromium, which opens the console with sample data, and the console's errors and requests."""

from __future__ import annotations

import http.cookiejar
import os
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from console_fixture import RunningConsole, serve_fixture
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from domovoi_tf.recorder.recorder import Recorder

#: If it is set, as `.ci/run` does, a missing browser is a failure.
REQUIRED = "DOMOVOI_TF_BROWSER"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
Open = Callable[..., Page]


def find_chromium() -> str:
    """Returns the path of Chromium; skips the test if there is none and none is required."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "Chromium is not installed: apt-get install chromium"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="module")  # Playwright's event loop would disturb other modules of the same process
def browser() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        yield running
        running.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    with serve_fixture(tmp_path_factory.mktemp("console")) as running:
        yield running


def read_cookies(running: RunningConsole) -> list[Any]:
    """Opens the URL that the terminal shows, and returns the cookies that it sets."""
    jar = http.cookiejar.CookieJar()
    urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(running.url).close()
    return [{"name": each.name, "value": each.value, "url": running.url} for each in jar]


@pytest.fixture
def recorder(console: RunningConsole) -> Recorder:
    found: Recorder = console.app.state.console.recorder
    return found


class Watch:
    """The errors of pages, but those that a test expects, and the hosts and ports that they ask."""

    def __init__(self, context: BrowserContext, expected: str) -> None:
        self.errors: list[str] = []
        self._expected = expected
        self.hosts: set[str] = set()
        context.on("console", lambda message: self._note(message.type, message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not (self._expected and re.search(self._expected, text)):
            self.errors.append(text)


@pytest.fixture
def open_page(browser: Browser, console: RunningConsole) -> Iterator[Open]:
    """Opens a view in a browser with a cookie; afterwards, no error and no other host may have appeared."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_view(
        address: str = "/", running: RunningConsole = console, expected: str = "", **options: Any
    ) -> Page:
        context = browser.new_context(**{"viewport": WIDE, **options})
        watch = Watch(context, expected)
        contexts.append((context, watch))
        context.add_cookies(read_cookies(running))
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{running.port}{address}")
        page.wait_for_selector("main h1")
        return page

    yield open_view
    for context, watch in contexts:
        context.close()
        assert watch.errors == []
        assert {re.sub(r":\d+$", "", host) for host in watch.hosts} == {"127.0.0.1"}
