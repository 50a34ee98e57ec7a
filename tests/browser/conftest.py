"""The console with sample data, which Chromium opens, and its errors and requests."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chromium import WIDE, Watch
from chromium import browser as browser
from console_fixture import RunningConsole, serve_fixture
from playwright.sync_api import Browser, BrowserContext, Page

from domovoi_tf.recorder.recorder import Recorder

Open = Callable[..., Page]


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
