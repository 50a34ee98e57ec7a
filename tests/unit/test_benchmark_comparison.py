"""CI fails if a ratio of the benchmark is much worse than the committed one, twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.comparison import Comparison, check
from benchmarks.figures import Figure
from benchmarks.page import format_rows

COMMITTED = {"short.x": Figure("short.x", "this", 2.0, "s", "that", 1.0)}


def compare(values: Iterator[float]) -> Comparison:
    return Comparison("short.x", "this", "that", lambda: next(values), lambda: 1.0)


def repeat(*values: float) -> Iterator[float]:
    """Yields each value as often as one measurement in medians of five needs it."""
    for value in values:
        yield from [value] * 6


def test_ratio_within_the_tolerance_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(compare(repeat(2.59)), COMMITTED, 5) == ""
    assert capsys.readouterr().out == "   2.59  committed   2.00  this beside that\n"


def test_worse_ratio_is_measured_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(compare(repeat(2.7, 2.5)), COMMITTED, 5) == ""
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_median_counts() -> None:
    values = iter([9.0, 9.0, 2.0, 9.0, 2.1, 2.2])
    assert check(compare(values), COMMITTED, 5) == ""


def test_ratio_that_is_worse_twice_is_a_problem() -> None:
    assert check(compare(repeat(2.7, 2.61)), COMMITTED, 5) == (
        "short.x: this takes 2.61 times the CPU time of that; "
        "committed are 2.00 times, and up to 2.60 pass.\n"
        "  Find the change that made it slower. If it is worth the time, run "
        "`make bench PART=short WRITE=1` on a quiet machine and commit the files that it writes."
    )


def test_ratio_that_is_not_committed_is_a_problem() -> None:
    problem = check(compare(repeat(1)), {}, 5)
    assert problem == "short.x: no ratio is committed. Run `make bench PART=short WRITE=1`."


@pytest.mark.parametrize(
    ("figures", "rows"),
    [
        (
            [Figure("a.b", "x", 12345, "bytes")],
            ["| measured | domovoi-tf |", "| --- | --- |", "| x | 12,345 bytes |"],
        ),
        (
            [Figure("a.b", "x", 1.234, "s", "y", 12.34), Figure("a.c", "z", 1, "files")],
            [
                "| measured | domovoi-tf | y | ratio |",
                "| --- | --- | --- | --- |",
                "| x | 1.23 s | 12.3 s | 0.10 |",
                "| z | 1 files |  |  |",
            ],
        ),
        (
            [Figure("a.b", "x", 1.0, "ms", "y", 2.0), Figure("a.c", "x", 1.0, "ms", "z", 0.5)],
            [
                "| measured | domovoi-tf | beside | ratio |",
                "| --- | --- | --- | --- |",
                "| x | 1.00 ms | 2.00 ms (y) | 0.50 |",
                "| x | 1.00 ms | 0.50 ms (z) | 2.00 |",
            ],
        ),
    ],
)
def test_table_names_what_figures_are_beside(figures: list[Figure], rows: list[str]) -> None:
    assert [*format_rows(figures)] == rows
