"""Compares a ratio with the committed one, for CI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks.figures import Figure, run_alternately

#: A ratio may be worse than the committed one by this factor.
TOLERANCE = 1.3


class Comparison(NamedTuple):
    """Two ways whose ratio is compared with the committed one.

    Args:
        key: the key of the figure.
        title: what is measured.
        beside: beside what.
        ours: returns the CPU time of this project's way, in ``unit``.
        other: returns the CPU time of the other way, in ``unit``.
        unit: the unit.
    """

    key: str
    title: str
    beside: str
    ours: Callable[[], float]
    other: Callable[[], float]
    unit: str = "s"

    def measure(self, runs: int) -> Figure:
        """Returns the medians of both ways; the first run of each, which compiles modules, does not count."""
        medians = run_alternately({"ours": self.ours, "other": self.other}, runs, unused=1)
        return Figure(self.key, self.title, medians["ours"], self.unit, self.beside, medians["other"])


def check(comparison: Comparison, committed: Mapping[str, Figure], runs: int) -> str:
    """Measures a ratio, a second time if it is worse, and returns the problem; empty if there is none."""
    if comparison.key not in committed:
        return f"{comparison.key}: no ratio is committed. Run `make bench PART=short WRITE=1`."
    limit = get_ratio(committed[comparison.key]) * TOLERANCE
    for _ in range(2):
        figure = comparison.measure(runs)
        measured, allowed = get_ratio(figure), f"committed {limit / TOLERANCE:6.2f}"
        print(f"{measured:7.2f}  {allowed}  {figure.title} beside {figure.beside}", flush=True)
        if measured <= limit:
            return ""
    return describe_problem(figure, limit)


def describe_problem(figure: Figure, limit: float) -> str:
    """Returns what is worse, by how much, and what to do."""
    return (
        f"{figure.key}: {figure.title} takes {get_ratio(figure):.2f} times the CPU time of {figure.beside}; "
        f"committed are {limit / TOLERANCE:.2f} times, and up to {limit:.2f} pass.\n"
        "  Find the change that made it slower. If it is worth the time, run "
        "`make bench PART=short WRITE=1` on a quiet machine and commit the files that it writes."
    )


def get_ratio(figure: Figure) -> float:
    """Returns the ratio of a figure that has one."""
    if figure.ratio is None:
        raise ValueError(f"{figure.key} has no ratio")
    return figure.ratio
