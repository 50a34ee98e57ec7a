"""Work with the console in a real browser, by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from console_fixture import serve_fixture
from playwright.sync_api import Page, expect

from domovoi_tf.recorder.recorder import Recorder

from .conftest import Open
from .samples import make_invocation, make_outcome

pytestmark = pytest.mark.browser


def wait_for_stream(page: Page) -> None:
    """Waits until the page has got the version of the code, which comes after the greeting."""
    expect(page.locator("header")).to_contain_text("code 3f9a1c0")


def read_focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText")).strip()


def test_event_appears_while_it_runs_and_when_it_ends(open_page: Open, recorder: Recorder) -> None:
    page = open_page("/events")
    wait_for_stream(page)
    run = recorder.begin(make_invocation({"order": 17}))
    row = page.get_by_role("listitem").first
    expect(row).to_contain_text("running")
    recorder.finish(run, make_outcome("pour"))
    expect(row).to_contain_text(re.compile(r"ok.*pour.*SNS topic orders.*12 ms"))


def test_edge_lights_up_when_an_event_passes(open_page: Open, recorder: Recorder) -> None:
    page = open_page("/")
    wait_for_stream(page)
    expect(page.locator(".edge.lit")).to_have_count(0)
    marks = page.locator(".node-handler", has_text="pour").locator(".mark")
    before = marks.count()
    run = recorder.begin(make_invocation({}))
    recorder.finish(run, make_outcome("pour", failed="empty"))
    expect(page.locator(".edge.lit")).to_have_count(2)
    expect(marks.first).to_have_text("✕")
    expect(marks).to_have_count(min(before + 1, 6))
    expect(page.locator(".edge.lit")).to_have_count(0)


def test_edited_event_is_replayed_and_its_run_opened(open_page: Open, recorder: Recorder) -> None:
    page = open_page("/events/52")
    page.get_by_role("button", name="Edit and replay").click()
    field = page.get_by_role("textbox", name="Event as JSON")
    expect(field).to_be_focused()
    send = page.get_by_role("button", name="Replay edited event")
    field.fill('{\n  "order": 17,\n  "to" "Vienna"\n}')
    expect(page.get_by_text("Line 3, column 8: Expected ':' after property name")).to_be_visible()
    expect(send).to_be_disabled()
    field.fill('{"order": 17')
    expect(page.get_by_text("Line 1, column 13: Expected ',' or '}' after property value")).to_be_visible()
    field.fill('{"order": 17}')
    send.click()
    expect(page.get_by_text("Replay of")).to_be_visible()
    new = int(page.url.rsplit("/", 1)[1])
    assert recorder.get(new).invocation.event == {"order": 17}
    expect(page.locator("main")).to_contain_text("replayed: 52")  # the result, after it ended
    page.get_by_role("link", name="52", exact=True).click()
    expect(page.get_by_text("Replayed as")).to_be_visible()


def test_command_that_replays_is_copied(open_page: Open) -> None:
    page = open_page("/events/52", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy domovoi-tf events replay 52").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "domovoi-tf events replay 52"


def test_saved_test_is_named(open_page: Open) -> None:
    page = open_page("/events/52")
    # The server would write into the example; its own tests save.
    saved = {"event_file": "tests/events/read_mail-52.json", "test_file": "tests/test_events_read_mail.py"}
    page.route("**/api/events/52/save", lambda route: route.fulfill(json=saved))
    page.get_by_role("button", name="Save as a test").click()
    expect(page.get_by_text("Saved tests/events/read_mail-52.json and")).to_be_visible()


def test_problem_of_an_action_is_shown_with_its_remedy(open_page: Open) -> None:
    page = open_page("/events/52", expected="409")
    answer = {"error": "The event has [redacted] values.", "remedy": "Edit it first."}
    page.route("**/replay", lambda route: route.fulfill(status=409, json=answer))
    page.get_by_role("button", name="Replay r", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The event has [redacted] values. Edit it first.")


def test_large_graph_is_a_list_until_it_is_filtered(open_page: Open) -> None:
    """The sample app is small: the answer is made up."""
    page = open_page("/queues")
    names = [f"handler_{number}" for number in range(300)]
    sources = [{"id": f"s{name}", "type": "source", "label": f"queue of {name}"} for name in names]
    nodes = [*sources, *({"id": name, "type": "handler", "label": name} for name in names)]
    app = {
        "nodes": [{"detail": "", "kind": "", **node} for node in nodes],
        "edges": [{"from": f"s{name}", "to": name, "source": f"queue of {name}"} for name in names],
        "handlers": [
            {"name": name, "doc": "", "sources": [], "file": "app.py", "line": 1, "function": "f"}
            for name in names
        ],
    }
    page.route("**/api/app", lambda route: route.fulfill(json=app))
    page.get_by_role("link", name="App", exact=True).click()
    expect(page.get_by_text("The graph of 600 nodes is too large to draw")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(300)
    page.get_by_label("Filter the graph").fill("queue of handler_29")
    expect(page.locator(".node-handler")).to_have_count(11)
    expect(page.locator("tbody tr")).to_have_count(11)


def test_filters_and_search_are_in_the_address(open_page: Open) -> None:
    page = open_page("/events")
    rows = page.get_by_role("listitem")
    page.get_by_label("Handler").select_option("brew")
    expect(page).to_have_url(re.compile(r"/events\?handler=brew$"))
    expect(rows.first).to_contain_text("brew")
    page.get_by_label("Status").select_option("failed")
    expect(page.locator(".status:not(.bad)")).to_have_count(0)
    page.get_by_label("Search events").fill("no event has this text")
    expect(page.get_by_text("No event matches.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Search events")).to_have_value("no event has this text")
    page.get_by_role("link", name="Show all events").click()
    expect(rows.nth(5)).to_be_visible()
    expect(page.get_by_label("Handler")).to_have_value("")


def test_everything_can_be_reached_by_keyboard(open_page: Open) -> None:
    page = open_page("/events")
    expect(page.get_by_role("listitem").first).to_be_visible()
    order = []
    for _ in range(14):
        page.keyboard.press("Tab")
        order.append(read_focus(page))
    first = ["Skip to the content", "every-source"]
    views = ["App", "Events", "Machines", "Queues", "Logs", "Terraform"]
    filters = ["Handler", "Source", "Status", "Search events"]
    assert order == [*first, *views, "Keys ?", "Resources would change", *filters]


def test_keys_search_move_open_and_replay(open_page: Open) -> None:
    page = open_page("/events")
    expect(page.get_by_role("listitem").first).to_be_visible()
    page.keyboard.press("/")
    assert read_focus(page) == "Search events"
    page.keyboard.type("jr?")
    expect(page.get_by_label("Search events")).to_have_value("jr?")
    page.get_by_label("Search events").fill("")
    expect(page).to_have_url(re.compile(r"/events$"))
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    chosen = page.evaluate("document.activeElement.dataset.row")
    assert page.evaluate("[...document.querySelectorAll('[data-row]')].indexOf(document.activeElement)") == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Events / {chosen}")).to_be_visible()
    expect(page.get_by_role("button", name="Replay r", exact=True)).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_text("Replay of")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator(f"[data-row='{chosen}']")).to_be_focused()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="App")).to_be_visible()


def test_keys_are_shown_without_a_dialogue_and_can_be_switched_off(open_page: Open) -> None:
    page = open_page("/events")
    page.keyboard.press("?")
    keys = page.get_by_role("complementary", name="Keys")
    expect(keys).to_contain_text("replay the event")
    assert page.locator("dialog, [aria-modal]").count() == 0
    keys.get_by_role("checkbox", name="single keys act").uncheck()
    page.keyboard.press("6")
    expect(page).to_have_url(re.compile("/events$"))
    page.keyboard.press("?")
    expect(keys).to_have_count(0)


def test_rows_that_are_read_do_not_move_when_events_arrive(open_page: Open, recorder: Recorder) -> None:
    page = open_page("/events")
    wait_for_stream(page)
    box = page.locator(".list")
    box.evaluate("list => list.scrollTo(0, 320)")
    expect(page.locator("[data-row='40']")).to_be_visible()
    before = page.locator("[data-row='40']").bounding_box()
    recorder.begin(make_invocation())
    expect(page.locator(".count")).not_to_have_text("60 events")
    assert page.locator("[data-row='40']").bounding_box() == before


def test_machine_is_followed_state_by_state(open_page: Open) -> None:
    page = open_page("/machines")
    states = page.get_by_role("group", name="States of default")
    expect(states.get_by_role("link", name="Fill each")).to_contain_text("Map running")
    expect(page.get_by_role("heading", name="Fill each")).to_be_visible()
    scrubber = page.get_by_role("slider")
    last = int(scrubber.get_attribute("max") or 0)
    scrubber.focus()
    for _ in range(last - 2):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]step=2$"))
    expect(states.get_by_role("link", name="Weigh")).to_contain_text("Task running")
    expect(states.locator(".state.ok, .state.bad")).to_have_count(0)
    expect(page.get_by_role("heading", name="Weigh")).to_be_visible()
    page.get_by_role("link", name="order-2").click()
    expect(states.locator(".state.bad").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="order-2")).to_have_attribute("aria-current", "true")


def test_edges_show_the_way_that_an_execution_took(open_page: Open) -> None:
    page = open_page("/machines")
    expect(page.locator(".node.state.ok")).to_have_count(4)
    # Start, to Weigh, to Strong?, to Age, to Brew, to Fill each; neither the default nor the error.
    expect(page.locator(".edge.passed")).to_have_count(5)


def test_execution_starts_with_an_input(open_page: Open) -> None:
    page = open_page("/machines")
    page.get_by_text("Start an execution", exact=True).click()
    page.get_by_label("Input as JSON").fill("{")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_label("Input as JSON").fill('{"order": 17}')
    with page.expect_request("**/api/machines/default/start") as sent:
        page.get_by_role("button", name="Start").click()
    assert sent.value.post_data_json == {"input": {"order": 17}}
    assert sent.value.headers["x-domovoi-console"] == "1"
    expect(page).to_have_url(re.compile(r"/machines/default\?execution=arn"))


def test_dead_letters_are_redriven_one_then_all(open_page: Open) -> None:
    page = open_page("/queues")
    boxes = page.locator(".cards input[type=checkbox]")
    expect(boxes.first).to_be_visible()
    before = boxes.count()
    boxes.first.check()
    page.get_by_role("button", name="Redrive 1 selected").click()
    expect(page.get_by_text("Sent 1 message back")).to_be_visible()
    expect(boxes).to_have_count(before - 1)
    page.get_by_role("button", name="Redrive all").click()
    expect(page.get_by_text("No dead letter waits.")).to_be_visible()


def test_logs_lead_to_events(open_page: Open) -> None:
    page = open_page("/logs")
    lines = page.get_by_role("list", name="Log lines").get_by_role("listitem")
    expect(lines.first).to_be_attached()
    page.get_by_label("Handler").select_option("pour")
    expect(lines.filter(has_not_text="pour")).to_have_count(0)
    lines.last.get_by_role("link", name="pour").click()
    expect(page).to_have_url(re.compile(r"/events/\d+$"))


def test_change_is_shown_by_handler_and_applied(open_page: Open) -> None:
    page = open_page("/terraform")
    page.get_by_label("Search resources").fill("add_up")
    page.get_by_role("link", name="module.app.module.add_up").click()
    expect(page.get_by_label("Block")).to_contain_text("module.lambda_reports.function")
    expect(page.get_by_text("+ sns subscription")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Applied.")).to_be_visible()
    expect(page.get_by_text("Nothing: the code declares what is deployed.")).to_be_visible()


def test_action_on_aws_asks_for_the_stage(open_page: Open, tmp_path: Path) -> None:
    with serve_fixture(tmp_path, place="aws") as running:
        page = open_page("/queues", running)
        page.get_by_role("button", name="Redrive all").click()
        question = page.get_by_label("Redrive all in account 123456789012, eu-west-1? Type dev")
        question.fill("de")
        expect(page.get_by_role("button", name="Redrive all")).to_be_disabled()
        question.fill("dev")
        page.get_by_role("button", name="Redrive all").click()
        expect(page.get_by_text("No dead letter waits.")).to_be_visible()
        page.close()


def test_page_connects_again_to_a_server_that_resumes(open_page: Open, tmp_path: Path) -> None:
    with serve_fixture(tmp_path / "first") as running:
        page = open_page("/events", running, expected="net::ERR|403")
        wait_for_stream(page)
    lost, alert = page.get_by_text("No connection; trying again."), page.get_by_role("alert")
    expect(lost).to_be_visible()
    expect(alert).to_contain_text("The console does not answer. Start `domovoi-tf dev` again.")
    expect(page.get_by_role("listitem").first).to_be_visible()  # what was read stays
    with serve_fixture(tmp_path / "second", running.port):
        expect(lost).to_have_count(0, timeout=20_000)
        expect(alert).to_have_count(0)
        page.context.clear_cookies()
    with serve_fixture(tmp_path / "third", running.port):
        expect(alert).to_contain_text("Open the URL that the terminal shows", timeout=20_000)
        page.close()
