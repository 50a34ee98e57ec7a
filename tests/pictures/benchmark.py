"""Draws the committed figures of the benchmark: time against the number of handlers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.figures import Figure
from benchmarks.record import read_figures, read_record

from pictures import charts
from pictures.charts import Series


def draw_rendering() -> str:
    """Returns the chart of the time to render."""
    figures = read_figures(read_record())["render"]
    ours, chalice = list_points(figures, r"render\.(\d+)")
    again, _ = list_points(figures, r"render\.(\d+)\.again")
    series = [Series("domovoi-tf render", ours), Series("again", again), Series("chalice package", chalice)]
    return charts.draw("Rendering", describe(series), "seconds", "handlers", series)


def draw_plans() -> str:
    """Returns the chart of the time of a plan."""
    figures = read_figures(read_record())["plan"]
    by_us, flat = list_points(figures, r"plan\.(\d+)\.runner")
    plain, _ = list_points(figures, r"plan\.(\d+)\.plain")
    series = [
        Series("as domovoi-tf runs Terraform", by_us),
        Series("plain terraform plan", plain),
        Series("flat resources, plain terraform plan", flat),
    ]
    return charts.draw("terraform plan", describe(series), "seconds", "handlers", series)


def list_points(
    figures: Sequence[Figure], pattern: str
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Returns points of the figures whose key matches, and of the values beside them."""
    found = [(int(match[1]), each) for each in figures if (match := re.fullmatch(pattern, each.key))]
    found.sort(key=lambda pair: pair[0])
    return (
        [(count, each.value) for count, each in found],
        [(count, each.other) for count, each in found if each.other is not None],
    )


def describe(series: Sequence[Series]) -> str:
    """Returns the last point of each line in words."""
    count = series[0].points[-1][0]
    values = ", ".join(f"{each.name}: {each.points[-1][1]:.3g} s" for each in series)
    return f"Seconds against the number of handlers. With {count:,} handlers: {values}."
