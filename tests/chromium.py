"""Chromium, which tests and pictures drive with Playwright."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

#: If it is set, as `.ci/run` does, a missing browser is a failure.
REQUIRED = "DOMOVOI_TF_BROWSER"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


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


class Watch:
    """The errors of pages, but those that a test expects, and the hosts and ports that they ask."""

    def __init__(self, context: BrowserContext, expected: str = "") -> None:
        self.errors: list[str] = []
        self._expected = expected
        self.hosts: set[str] = set()
        context.on("console", lambda message: self._note(message.type, message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not (self._expected and re.search(self._expected, text)):
            self.errors.append(text)
