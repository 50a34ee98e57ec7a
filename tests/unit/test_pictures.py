"""The pictures of the documentation: they are current, used and described, and need no other host."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pictures import architecture, drawings, layout, terminal
from pictures.console import is_alike
from pictures.layout import Node
from PIL import Image
from website.links import blank_code

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "docs" / "pictures").iterdir())
DRAWN = [path for path in PICTURES if path.suffix == ".svg"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: A picture with its description, in Markdown or HTML, and a source of an HTML picture.
_MARKDOWN = re.compile(r"!\[([^\]]*)\](?:\(([^)\s]+)\)|\[(\w+)\])")
_HTML = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r"<source\b[^>]*srcset=\"([^\"]+)\"")
NAMESPACE = "{http://www.w3.org/2000/svg}"
#: The largest terminal that is recorded has 30 lines.
LARGEST = 60_000
#: https://www.w3.org/TR/WCAG22/#contrast-minimum
LEAST_CONTRAST = 4.5


def find_pictures(page: Path) -> list[tuple[str, str | None]]:
    """Returns the target of each picture of a page, and its description; None if it has none of its own."""
    text = blank_code(page.read_text(encoding="utf-8"))
    targets = dict(re.findall(r"^\[(\w+)\]: (\S+)$", text, re.MULTILINE))
    found: list[tuple[str, str | None]] = [
        (target or targets[name], description) for description, target, name in _MARKDOWN.findall(text)
    ]
    for tag in _HTML.findall(text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found.append((attributes["src"], attributes.get("alt", "")))
    return [*found, *((target, None) for target in _SOURCE.findall(text))]


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_drawing_is_current(name: str) -> None:
    path = ROOT / "docs" / "pictures" / f"{name}.svg"
    assert path.read_text(encoding="utf-8") == drawings.DRAWINGS[name](), (
        f'docs/pictures/{name}.svg is stale: run `make pictures ARGS="drawings"` and look at it'
    )


def test_pages_show_every_picture_and_no_other() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for target, _ in find_pictures(page)}
    assert shown == set(PICTURES)


def test_pictures_of_pages_are_described() -> None:
    undescribed = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target, description in find_pictures(page)
        if description is not None and len(description) < 20
    ]
    assert undescribed == []


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_svg_is_described_and_needs_no_other_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314
    described = [root.find(f"{NAMESPACE}{name}") for name in ("title", "desc")]
    assert all(each is not None and each.text for each in described)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == " ".join(
        each.get("id", "") for each in described if each is not None
    )
    names = {element.tag.removeprefix(NAMESPACE) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "defs", "marker", "g", "path", "rect", "text"}
    # Addresses are text of a terminal, apart from the name of the format; the only reference is to the arrow.
    markup = re.sub(r">[^<]*</(?:text|title|desc)>", ">", text)
    assert re.findall(r"\w+://[^\s\"]+", markup) == ["http://www.w3.org/2000/svg"]
    assert set(re.findall(r"(?:url\(|href=|src=|@import)[^\s)]*", markup)) <= {"url(#arrow"}
    assert len(text) < LARGEST


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_svg_has_colours_for_dark_pages(path: Path) -> None:
    style, _, _ = path.read_text(encoding="utf-8").partition("</style>")
    for rule in ("text", r"\.page"):
        light, dark = re.findall(rf"^{rule}\{{.*?fill:(#\w+)", style, re.MULTILINE)
        assert style.index(light) < style.index("@media (prefers-color-scheme:dark){") < style.index(dark)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme: str) -> None:
    colours = {name: pair[scheme == "dark"] for name, pair in terminal.COLOURS.items()}
    behind = {"page", "card", "soft"}
    faint = {
        (text, back)
        for text in colours.keys() - behind - {"line"}
        for back in behind
        if find_contrast(colours[text], colours[back]) < LEAST_CONTRAST
    }
    assert faint == set()


def find_contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours.

    https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    low, high = sorted(map(find_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def find_luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_terminal_keeps_colours_columns_and_characters() -> None:
    written = "a \x1b[31;1mred <b>\x1b[0m   end\r\n\r\n  \x1b[90m& grey\x1b[0m\r\n"
    picture = terminal.draw(written, "Title", "About")
    assert ' y="30" textLength="59" class="red bold">red &lt;b&gt;</text>' in picture
    assert terminal.read_lines(picture) == ["a red <b>   end", "", "  & grey"]


def test_omitted_lines_are_counted() -> None:
    written = "keep\r\n\x1b[1mdrop\x1b[0m\r\ndrop\r\nkeep\r\n"
    shown = terminal.omit_lines(written, lambda line: line == "drop")
    assert [*map(terminal.read_text, terminal.read_rows(shown))] == ["keep", "[... 2 lines ...]", "keep"]


def test_graph_of_imports_leaves_out_those_that_others_imply() -> None:
    imports = {"cli": {"state", "system"}, "state": {"terraform"}, "terraform": {"system"}, "system": set()}
    reduced = architecture.reduce_imports(imports)
    assert reduced == {"cli": {"state"}, "state": {"terraform"}, "terraform": {"system"}, "system": set()}


def test_layout_avoids_crossings_and_overlaps() -> None:
    nodes = {name: Node(width=40, height=20) for name in "abxy"}
    layout.arrange(nodes, [("a", "y"), ("b", "x")], down=True, gap=10, distance=30)
    assert (nodes["a"].x < nodes["b"].x) == (nodes["y"].x < nodes["x"].x)
    assert abs(nodes["a"].x - nodes["b"].x) == 50
    assert nodes["x"].y - nodes["a"].y == 50


def test_layout_turns_the_edge_that_closes_a_circle() -> None:
    nodes = {name: Node(width=40, height=20) for name in "abc"}
    edges = [("a", "b"), ("b", "c"), ("c", "a")]
    assert layout.find_turned(nodes, edges) == {("c", "a")}
    plan = layout.arrange(nodes, edges, down=True, gap=10, distance=30)
    assert nodes["a"].y < nodes["b"].y < nodes["c"].y
    starts = {edge: re.match(r"M([\d.]+) ([\d.]+)", path) for edge, path in plan.paths.items()}
    assert {edge: float(start[2]) for edge, start in starts.items() if start} == {
        ("a", "b"): 20,
        ("b", "c"): 70,
        ("c", "a"): 100,
    }


def test_long_edges_pass_beside_the_nodes_between() -> None:
    nodes = {name: Node(width=40, height=20) for name in "abc"}
    plan = layout.arrange(nodes, [("a", "b"), ("b", "c"), ("a", "c")], down=True, gap=10, distance=30)
    xs = [float(number) for number in re.findall(r"([\d.]+) [\d.]+", plan.paths["a", "c"])]
    bend = max(xs, key=lambda x: abs(x - nodes["b"].x))
    assert abs(bend - nodes["b"].x) >= 30


def test_views_are_alike_if_only_the_edges_of_letters_differ() -> None:
    assert is_alike(make_view((100, 100, 100)), make_view((140, 120, 90)))
    assert not is_alike(make_view((100, 100, 100)), make_view((190, 100, 100)))
    assert not is_alike(make_view((100, 100, 100)), make_view((100, 100, 100), width=9))


def make_view(colour: tuple[int, int, int], width: int = 8) -> bytes:
    """Returns a white picture with one pixel of a colour."""
    view = Image.new("RGB", (width, 8), (255, 255, 255))
    view.putpixel((2, 3), colour)
    file = io.BytesIO()
    view.save(file, "PNG")
    return file.getvalue()
