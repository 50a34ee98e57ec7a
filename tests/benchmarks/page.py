"""Writes the committed figures into the page about performance."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from documentation_pages.markdown import replace_part
from pictures import drawings

from benchmarks.figures import Figure, format_value
from benchmarks.processes import ROOT
from benchmarks.record import read_figures

PATH = ROOT / "docs" / "explanation" / "performance.md"
PICTURES = ROOT / "docs" / "pictures"
#: How the page names the programs of the record, in this order.
PROGRAMS = {
    "python": "Python",
    "terraform": "Terraform",
    "chalice": "Chalice",
    "domovoi": "Domovoi",
    "aws-lambda-powertools": "Powertools for AWS Lambda",
}


def render_page(page: str, record: Mapping[str, Any]) -> str:
    """Returns the page with the tables of a record between its comments."""
    page = replace_part(page, "measured", textwrap.wrap(describe_run(record), 120))
    for name, figures in read_figures(record).items():
        page = replace_part(page, name, format_rows(figures))
    return page


def describe_run(record: Mapping[str, Any]) -> str:
    """Returns a sentence about the machine and the programs of a record."""
    run, dates = record["measured"], sorted({part["date"] for part in record["parts"].values()})
    days = " to ".join(dict.fromkeys([dates[0], dates[-1]]))
    programs = ", ".join(f"{title} {run[name]}" for name, title in PROGRAMS.items())
    return f"Measured on {days} on a machine with {run['cores']} cores, with {programs}."


def format_rows(figures: Sequence[Figure]) -> Iterator[str]:
    """Yields the lines of a table; the name of what all values are beside stands in its head."""
    names = list(dict.fromkeys(figure.beside for figure in figures if figure.other is not None))
    head = ["measured", "domovoi-tf", names[0] if len(names) == 1 else "beside", "ratio"]
    columns = len(head) if names else 2
    yield format_cells(head[:columns])
    yield format_cells(["---"] * columns)
    for figure in figures:
        other, ratio = "", ""
        if figure.other is not None and figure.ratio is not None:
            other = format_value(figure.other, figure.unit)
            other += f" ({figure.beside})" if len(names) > 1 else ""
            ratio = f"{figure.ratio:.2f}"
        cells = [figure.title, format_value(figure.value, figure.unit), other, ratio]
        yield format_cells(cells[:columns])


def format_cells(cells: Sequence[str]) -> str:
    """Returns a row of a table."""
    return f"| {' | '.join(cells)} |"


def draw_charts() -> None:
    """Draws the charts anew."""
    for name, draw in drawings.DRAWINGS.items():
        if name.startswith("benchmark-"):
            (PICTURES / f"{name}.svg").write_text(draw(), encoding="utf-8")


def write_page(record: Mapping[str, Any]) -> None:
    """Writes the tables of a record into the page."""
    page = render_page(PATH.read_text(encoding="utf-8"), record)
    PATH.write_text(page, encoding="utf-8")
