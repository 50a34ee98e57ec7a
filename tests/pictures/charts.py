"""Draws charts of lines, each with its name at its end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pictures import svg

WIDTH, HEIGHT = 380, 310
LEFT, RIGHT, TOP, BOTTOM = 44, 24, 104, 40
#: The lines of values: about so many.
LINES = 4
#: The height of a label.
LABEL = 15
RULES = """\
    .grid{{stroke:{line};stroke-width:1}}
    .first{{fill:none;stroke:{link};stroke-width:2.4}}
    .second{{fill:none;stroke:{call};stroke-width:2;stroke-dasharray:7 3}}
    .third{{fill:none;stroke:{muted};stroke-width:2;stroke-dasharray:2 3}}
    .first-name{{fill:{link};font-weight:600}}
    .second-name{{fill:{call}}}
    .third-name{{fill:{muted}}}
"""
#: The classes of the lines, in the order of the series.
CLASSES = ("first", "second", "third")


class Series(NamedTuple):
    """A line: its name and its points."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(title: str, description: str, unit: str, across: str, series: Sequence[Series]) -> str:
    """Returns a chart.

    Args:
        title: the title, which stands above the chart.
        description: the description, which screen readers read.
        unit: what the vertical axis counts.
        across: what the horizontal axis counts.
        series: at most three lines, from points with ascending first numbers.
    """
    right = max(x for each in series for x, _ in each.points)
    step = choose_step(max(y for each in series for _, y in each.points))
    top = step * math.ceil(max(y for each in series for _, y in each.points) / step)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * x / right,
            HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top,
        )

    body = [svg.draw_box(0.5, 0.5, WIDTH - 1, HEIGHT - 1, "page", 8)]
    body += [svg.draw_text(14, 22, title, "name"), svg.draw_text(14, TOP - 12, unit, "small")]
    for number in range(round(top / step) + 1):
        left, y = place(0, number * step)
        body.append(f'<path d="M{_join(left, y)}H{WIDTH - RIGHT}" class="grid"/>')
        body.append(svg.draw_text(14, y + 4, f"{number * step:g}", "small"))
    for x, _ in series[0].points:
        if x >= right / 8:
            body.append(svg.draw_text(place(x, 0)[0], HEIGHT - BOTTOM + 17, f"{x:,g}", "small", centred=True))
    body.append(svg.draw_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "small", centred=True))
    for names, each in zip(CLASSES, series, strict=False):
        points = [place(*point) for point in each.points]
        body.append(f'<path d="M{"L".join(_join(*point) for point in points)}" class="{names}"/>')
    body += draw_names(series)
    style = svg.write_style(svg.RULES + RULES)
    return svg.write_document((WIDTH, HEIGHT), title, description, style, body)


def draw_names(series: Sequence[Series]) -> Iterator[str]:
    """Yields a legend, in the order of the lines' last values."""
    order = sorted(zip(CLASSES, series, strict=False), key=lambda pair: -pair[1].points[-1][1])
    for row, (names, each) in enumerate(order):
        y = 40 + row * LABEL
        yield f'<path d="M{_join(14, y)}h24" class="{names}"/>'
        yield svg.draw_text(44, y + 4, each.name, f"small {names}-name")


def choose_step(largest: float) -> float:
    """Returns a round distance between about four lines of values."""
    rough = largest / LINES
    power = 10.0 ** math.floor(math.log10(rough))
    return min((factor * power for factor in (1, 2, 5, 10)), key=lambda step: abs(step - rough))


def _join(x: float, y: float) -> str:
    return f"{svg.format_number(x)} {svg.format_number(y)}"
