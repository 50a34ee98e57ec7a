"""Writes SVG files that are legible on light and dark pages, without fonts or scripts of another host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from textwrap import dedent

#: The fonts of names and code, and of other text. The characters of the first are all as wide.
MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace'
SANS = 'system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif'
#: The width of a character of the first fonts, for a font of 1 px. They differ by 0.05.
CHARACTER = 0.602
#: The colours of the console: light, dark.
COLOURS = {
    "page": ("#f5f6f8", "#11151b"),
    "card": ("#ffffff", "#191f28"),
    "line": ("#d5dae2", "#323c4a"),
    "text": ("#1c2430", "#e4e9f0"),
    "muted": ("#576273", "#9fabbb"),
    "link": ("#1f55bd", "#8ab4ff"),
    "soft": ("#e8eef9", "#22304a"),
    "call": ("#6a4fb3", "#b9a3ff"),
    "ok": ("#19703f", "#67d39a"),
}
#: The rules of both schemes; a name in braces stands for a colour.
RULES = f"""\
    text{{{{font:13px {SANS};fill:{{text}}}}}}
    .code{{{{font:12px {MONO}}}}}
    .name{{{{font-weight:600}}}}
    .small{{{{font-size:11.5px;fill:{{muted}}}}}}
    .muted{{{{fill:{{muted}}}}}}
    .link{{{{fill:{{link}}}}}}
    .call{{{{fill:{{call}}}}}}
    .page{{{{fill:{{page}};stroke:{{line}}}}}}
    .card{{{{fill:{{card}};stroke:{{line}}}}}}
    .soft{{{{fill:{{soft}};stroke:{{link}}}}}}
    .edge{{{{fill:none;stroke:{{muted}};stroke-width:1.4}}}}
    .aside{{{{stroke-dasharray:4 3}}}}
    .arrow{{{{fill:{{muted}}}}}}
"""


def write_style(rules: str = RULES, colours: Mapping[str, tuple[str, str]] = COLOURS) -> str:
    """Returns the rules with the light colours, and after them those that differ with the dark ones."""
    light = dedent(rules).format_map({name: pair[0] for name, pair in colours.items()})
    dark = dedent(rules).format_map({name: pair[1] for name, pair in colours.items()})
    differing = [new for old, new in zip(light.splitlines(), dark.splitlines(), strict=True) if old != new]
    return "\n".join([light.rstrip(), "@media (prefers-color-scheme:dark){", *differing, "}"])


def write_document(
    size: tuple[float, float], title: str, description: str, style: str, body: Iterable[str]
) -> str:
    """Returns an SVG file.

    Args:
        size: the width and the height in pixels.
        title: the title, which screen readers read.
        description: the description, which they read after the title.
        style: the rules of the style sheet.
        body: the elements.
    """
    width, height = (format_number(number) for number in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">'
    )
    words = [
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
    ]
    return "\n".join([head, *words, f"<style>\n{style}\n</style>", *body, "</svg>", ""])


def format_number(number: float) -> str:
    """Returns a number with at most one decimal place."""
    return f"{number:.1f}".removesuffix(".0")


def measure_code(text: str, size: float = 12) -> float:
    """Returns the width of a text in a font whose characters are all as wide."""
    return len(text) * size * CHARACTER


def draw_text(x: float, y: float, text: str, names: str = "", *, centred: bool = False) -> str:
    """Returns a line of text.

    Args:
        x: where it begins, or its centre.
        y: its base line.
        text: the text; spaces are kept.
        names: names of classes.
        centred: whether ``x`` is the centre.
    """
    attributes = (f' class="{names}"' if names else "") + (' text-anchor="middle"' if centred else "")
    kept = ' xml:space="preserve"' if "  " in text or text.startswith(" ") else ""
    place = f'x="{format_number(x)}" y="{format_number(y)}"'
    return f"<text {place}{attributes}{kept}>{escape(text, quote=False)}</text>"


def draw_box(x: float, y: float, width: float, height: float, names: str = "card", radius: float = 6) -> str:
    """Returns a rectangle with round corners."""
    numbers = {"x": x, "y": y, "width": width, "height": height, "rx": radius}
    attributes = " ".join(f'{name}="{format_number(number)}"' for name, number in numbers.items())
    return f'<rect {attributes} class="{names}"/>'


def draw_edge(path: str, names: str = "edge") -> str:
    """Returns a path that ends in an arrow."""
    return f'<path d="{path}" class="{names}" marker-end="url(#arrow)"/>'


def draw_page(width: float, height: float) -> list[str]:
    """Returns the background, and the arrow that edges end in."""
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="arrow" d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    return [arrow, draw_box(0.5, 0.5, width - 1, height - 1, "page", 8)]
