"""Each view of the console in a real browser: complete, readable, without errors and foreign requests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from chromium import NARROW, WIDE
from console_fixture import RunningConsole, serve_fixture
from page_checks import CONTRAST, OVERFLOW
from playwright.sync_api import Page, Route, expect
from polling import wait_until

from domovoi_tf.recorder.recorder import Recorder

from .conftest import Open
from .samples import HOSTILE, make_invocation, make_outcome

pytestmark = pytest.mark.browser

#: The views with something that each shows only if its data has come.
VIEWS = {
    "/": "role=group[name='Graph of the app'] >> role=link[name=/handler pour/]",
    "/events": "role=listitem >> text=brew",
    "/events/52": "role=table[name=/Timeline/] >> text=read_mail",
    "/machines": "role=group[name='States of default'] >> role=link[name=/Brew/]",
    "/queues": "role=table >> role=link[name=/deliveries/]",
    "/logs": "role=list[name='Log lines'] >> role=link[name='pour']",
    "/terraform": "role=navigation[name='Resources'] >> role=link[name='module.app.module.pour']",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_view_is_complete_and_readable(open_page: Open, view: str, scheme: str) -> None:
    page = open_page(view, color_scheme=scheme)
    expect(page.locator(VIEWS[view]).first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert page.evaluate(OVERFLOW) == [], size
        assert page.evaluate(CONTRAST) == [], size


def test_unknown_address_leads_back(open_page: Open, console: RunningConsole) -> None:
    page = open_page("/events/999999", expected="404")
    expect(page.get_by_role("alert")).to_contain_text("999999")
    page.get_by_role("navigation").get_by_role("link", name="Events").click()
    expect(page).to_have_url(f"http://127.0.0.1:{console.port}/events")


def test_text_of_a_payload_stays_text(open_page: Open, recorder: Recorder) -> None:
    run = recorder.begin(make_invocation(event={HOSTILE: [HOSTILE, f'{{"{HOSTILE}": 1}}']}))
    recorder.finish(run, make_outcome(failed=HOSTILE, log=HOSTILE, call=HOSTILE))
    for view in (f"/events/{run}", f"/events?text={HOSTILE}", "/"):
        page = open_page(view)
        expect(page.locator("main")).to_contain_text("<img src=x onerror=" if view != "/" else "Handlers")
        assert page.evaluate(
            "[document.querySelectorAll('main img, main script').length, window.hacked]"
        ) == [0, None]


def test_numbers_of_a_payload_keep_their_digits(
    open_page: Open, console: RunningConsole, recorder: Recorder
) -> None:
    event = {"large": 12345678901234567890, "decimal": 1.0}
    run = recorder.begin(make_invocation(event=event))
    recorder.finish(run, make_outcome())
    page = open_page(f"/events/{run}")
    tree = page.locator(".tree").first
    expect(tree).to_contain_text("12345678901234567890")
    expect(tree).to_contain_text("1.0")
    page.get_by_role("button", name="Edit and replay").click()
    page.get_by_role("button", name="Replay edited event").click()
    expect(page).not_to_have_url(f"http://127.0.0.1:{console.port}/events/{run}")
    new = int(page.url.rsplit("/", 1)[1])
    assert recorder.get(new).invocation.event == event


def test_only_the_visible_rows_are_in_the_page(open_page: Open, recorder: Recorder) -> None:
    for _ in range(300):
        recorder.begin(replace(make_invocation(), function="many"))
    page = open_page("/events")
    rows = page.get_by_role("listitem")
    expect(rows.first).to_contain_text("many")
    assert rows.count() < 60
    oldest = page.locator("[data-row='1']")

    def scroll_down() -> bool:
        page.locator(".list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
        return oldest.count() == 1

    assert wait_until(scroll_down, 20)
    assert rows.count() < 60
    assert rows.last.get_attribute("aria-posinset") == rows.last.get_attribute("aria-setsize")


def test_deployed_stage_has_no_events_and_says_so(open_page: Open, tmp_path: Path) -> None:
    with serve_fixture(tmp_path, place="aws") as running:
        page = open_page("/events", running)
        expect(page.locator("main")).to_contain_text("Only domovoi-tf dev records events.")
        expect(page.locator("header")).to_contain_text("on AWS, 123456789012, eu-west-1")
        page.close()


def serve_lines(page: Page, messages: list[str]) -> None:
    """Serves log lines instead of the console's, once; requests for newer lines get no answer."""
    line = {"time": 0, "handler": "pour", "request_id": "", "failed": False, "run": 0}
    lines = [{**line, "message": message} for message in messages]

    def answer(route: Route) -> None:
        if "since=" not in route.request.url:
            route.fulfill(json={"lines": lines, "until": 1})

    page.route("**/api/logs*", answer)


def test_logs_that_are_followed_end_at_the_last_line(open_page: Open) -> None:
    """A browser estimates the height of a line until it is visible."""
    page = open_page("/events")
    serve_lines(page, [f"line {number}\n" * (1 + number % 9) for number in range(600)])
    page.get_by_role("link", name="Logs").click()
    lines = page.get_by_role("list", name="Log lines")
    expect(lines).to_contain_text("line 599")
    expect(lines.get_by_role("listitem").last).to_be_in_viewport(ratio=1)
