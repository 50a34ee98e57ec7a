"""Measures: python -m benchmarks [--write] [PART ...], or compares a few ratios in CI: --short.

No figure fails the benchmark, but with ``--short`` a ratio that is much worse than the committed one does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import short
from benchmarks.figures import Figure, format_table
from benchmarks.page import draw_charts, write_page
from benchmarks.parts import find_parts, is_on_demand
from benchmarks.record import read_record, update_record, write_record

RUNS = 5


def main(arguments: list[str]) -> int:
    """Runs what the arguments name, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="PART")
    parser.add_argument("--write", action="store_true", help="write the figures into the page")
    parser.add_argument("--short", action="store_true", help="compare a few ratios with the committed ones")
    parser.add_argument("--runs", type=int, default=RUNS, help="the number of runs of each program")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.short:
            return short.compare(Path(folder), options.runs)
        measured = measure(Path(folder), options.names, options.runs)
    if options.write:
        record = update_record(read_record(), measured)
        write_record(record)
        write_page(record)
        draw_charts()
    return 0


def measure(folder: Path, names: list[str], runs: int) -> dict[str, list[Figure]]:
    """Runs the parts with these names, or all except those that run only when they are named."""
    parts = find_parts()
    if unknown := set(names) - parts.keys():
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(parts)}.")
    measured = {}
    for name in names or [name for name, part in parts.items() if not is_on_demand(part)]:
        start = time.perf_counter()
        work = folder / name
        work.mkdir()
        # In a process of its own: the peak memory of a process includes that of the one which started it.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            measured[name] = pool.submit(parts[name].measure, work, runs).result()
        seconds = time.perf_counter() - start
        print(f"\n{name}: {parts[name].TITLE} ({seconds:.0f} s)\n{format_table(measured[name])}", flush=True)
    return measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
