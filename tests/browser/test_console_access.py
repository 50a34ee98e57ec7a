"""Tests the ways into the console: its first URL, and links on pages of other sites."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
from console_fixture import RunningConsole
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a cookie."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def foreign_url(console: RunningConsole) -> Iterator[str]:
    """The URL of a page with links to the console on localhost, which is another site than 127.0.0.1."""
    own = f"http://127.0.0.1:{console.port}"
    links = f'<title>Mail</title><a href="{console.url}">first</a> <a href="{own}/events/5">event</a>'

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(links.encode())

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_first_url_leads_to_the_console_and_leaves_the_address_bar(
    page: Page, console: RunningConsole
) -> None:
    page.goto(console.url)
    expect(page.get_by_role("heading", name="App")).to_be_visible()
    expect(page).to_have_url(f"http://127.0.0.1:{console.port}/")
    assert page.evaluate("document.cookie") == ""


def test_first_url_in_a_page_of_another_site_works(
    page: Page, console: RunningConsole, foreign_url: str
) -> None:
    """Such as a terminal in the browser. A redirection by status code would not have the cookie."""
    page.goto(foreign_url)
    page.get_by_role("link", name="first").click()
    expect(page.get_by_role("heading", name="App")).to_be_visible()
    expect(page).to_have_url(f"http://127.0.0.1:{console.port}/")


def test_link_of_another_site_needs_a_second_step(
    page: Page, console: RunningConsole, foreign_url: str
) -> None:
    """The browser withholds the cookie, so that other sites cannot even open views."""
    page.goto(console.url)
    expect(page.get_by_role("heading", name="App")).to_be_visible()
    page.goto(foreign_url)
    page.get_by_role("link", name="event").click()
    expect(page.get_by_role("heading", name="This console needs its token.")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Events / 5")).to_be_visible()


def test_script_of_another_site_gets_nothing(page: Page, console: RunningConsole, foreign_url: str) -> None:
    page.goto(console.url)
    expect(page.get_by_role("heading", name="App")).to_be_visible()
    page.goto(foreign_url)
    own = f"http://127.0.0.1:{console.port}"
    ask = """async ([url, options]) => {
      try { return (await (await fetch(url, options)).text()).slice(0, 50); }
      catch (error) { return error.name; }
    }"""
    post = {"method": "POST", "credentials": "include", "headers": {"X-Domovoi-Console": "1"}, "body": "{}"}
    assert page.evaluate(ask, [f"{own}/api/session", {"credentials": "include"}]) == "TypeError"
    assert page.evaluate(ask, [f"{own}/api/events/1/replay", post]) == "TypeError"
    frame = """url => new Promise(done => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.onload = () => { try { done(!!frame.contentDocument); } catch { done(false); } };
      frame.src = url;
    })"""
    assert page.evaluate(frame, own) is False
    assert console.app.state.console.recorder.list_replays(1) == ()
