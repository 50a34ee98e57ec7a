"""The figures that a part of the benchmark returns, and how they are printed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

#: The decimal places of a value by its unit, below ten and from ten on.
PLACES = {"s": (2, 1), "ms": (2, 1), "µs": (2, 1), "MB": (1, 0), "%": (1, 0)}


@dataclass(frozen=True)
class Figure:
    """A measured value, and the value beside which it was measured in the same run.

    Args:
        key: a stable name, which begins with the name of the part: ``render.1000``.
        title: what was measured, as a row of a table names it.
        value: the value, in ``unit``.
        unit: one of ``s``, ``ms``, ``µs``, ``MB``, ``%``, ``bytes``, ``files`` or another noun.
        beside: what the other value is of; empty if there is none.
        other: the other value, in ``unit``.
    """

    key: str
    title: str
    value: float
    unit: str
    beside: str = ""
    other: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value divided by the other one."""
        return self.value / self.other if self.other else None


def format_value(value: float, unit: str) -> str:
    """Returns a value with its unit."""
    places = PLACES[unit][abs(value) >= 10] if unit in PLACES else 0
    return f"{value:,.{places}f} {unit}"


def format_row(figure: Figure) -> tuple[str, str, str, str]:
    """Returns the cells of a row: the title, the value, the other value with its name, and the ratio."""
    other = "" if figure.other is None else f"{format_value(figure.other, figure.unit)} ({figure.beside})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return figure.title, format_value(figure.value, figure.unit), other, ratio


def format_table(figures: Iterable[Figure]) -> str:
    """Returns figures as a table for a terminal."""
    rows = [format_row(figure) for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def run_alternately(ways: Mapping[str, Callable[[], float]], runs: int, unused: int = 0) -> dict[str, float]:
    """Runs several ways in turn, so that a machine with varying speed favours none of them.

    Args:
        ways: functions that return a measured value, by name.
        runs: the number of values of each.
        unused: the number of earlier runs that do not count, such as the first one, which compiles modules.

    Returns:
        The median of each way's values.
    """
    values: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(unused + runs):
        for name, way in ways.items():
            values[name].append(way())
    return {name: statistics.median(found[unused:]) for name, found in values.items()}
