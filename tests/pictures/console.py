"""Draws the views of the console with sample data: ``console-*.png``.

Chromium draws each view, light and dark, 1280 and 390 pixels wide. A palette keeps the files small.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from console_aws import FIRST
from console_fixture import RunningConsole, serve_fixture
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

#: The address of each view, and the text or element that it shows as soon as it is complete.
VIEWS = {
    "app": ("/", ".node-handler .mark"),
    "events": ("/events", ".row .status"),
    "event": ("/events/32", ".timeline"),
    "machines": ("/machines", ".scrubber"),
    "queues": ("/queues", ".cards .tree"),
    "logs": ("/logs", ".lines li"),
    "terraform": ("/terraform", ".card a"),
}
SIZES = ((1280, 800), (390, 844))
COLOURS = 256
#: The largest difference of a colour, from 0 to 255, by which the edges of letters vary between runs.
NOISE = 64
#: Scrolls lists of lines to the last one. The heights of lines are estimates until they are visible.
SCROLL = """document.querySelectorAll(".lines").forEach((list) => {
  for (const line of list.children) line.style.contentVisibility = "visible";
  list.scrollTo(0, list.scrollHeight);
})"""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def draw_views() -> Iterator[tuple[str, bytes]]:
    """Yields the name and the content of each picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_fixture(Path(folder)) as console,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS])
        yield from _draw_all(browser, console)
        browser.close()


def is_alike(one: bytes, other: bytes) -> bool:
    """Returns whether two pictures differ only at the edges of letters, which vary between runs."""
    images = [Image.open(io.BytesIO(content)).convert("RGB") for content in (one, other)]
    if images[0].size != images[1].size:
        return False
    extremes = ImageChops.difference(*images).getextrema()
    return max(largest for _, largest in extremes) <= NOISE  # type: ignore[misc]


def _draw_all(browser: Browser, console: RunningConsole) -> Iterator[tuple[str, bytes]]:
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                timezone_id="UTC",
            )
            context.clock.set_fixed_time(FIRST + 3600)
            page = context.new_page()
            page.goto(console.url)
            page.wait_for_url(lambda url: "token" not in url)  # the first page leads on
            for view, (address, complete) in VIEWS.items():
                yield f"console-{view}-{scheme}-{width}.png", _draw_view(page, console, address, complete)
            context.close()


def _draw_view(page: Page, console: RunningConsole, address: str, complete: str) -> bytes:
    page.goto(f"http://127.0.0.1:{console.port}{address}")
    page.locator(complete).first.wait_for()
    # The state of the session has come, whether or not the view shows it.
    page.get_by_text("code 3f9a1c0").wait_for(state="attached")
    page.get_by_text("filter policy").first.wait_for()
    page.evaluate(SCROLL)
    with io.BytesIO() as file:
        drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        return file.getvalue()
