"""The stream of changes in a browser."""

from __future__ import annotations

import pytest
from console_fixture import RunningConsole
from playwright.sync_api import Page, expect
from polling import wait_until

from domovoi_tf.recorder.recorder import Recorder

from .conftest import Open
from .samples import make_invocation

pytestmark = pytest.mark.browser
#: What a browser does when its window shows another tab.
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def set_hidden(page: Page, is_hidden: bool) -> None:
    page.evaluate(HIDE, is_hidden)


def test_page_that_nobody_sees_gives_its_connection_back(
    open_page: Open, console: RunningConsole, recorder: Recorder
) -> None:
    """A browser opens six connections to a host, so that a seventh page would wait for ever."""
    streams = console.app.state.console.feed.pages
    page = open_page("/events")
    assert wait_until(lambda: len(streams) == 1, 20)
    set_hidden(page, True)
    assert wait_until(lambda: not streams, 20)
    run = recorder.begin(make_invocation("while hidden"))
    set_hidden(page, False)
    assert wait_until(lambda: len(streams) == 1, 20)
    expect(page.locator(f'a[href="/events/{run}"]').first).to_be_visible()
