"""Measures: python -m benchmarks [PART ...]. No figure fails the benchmark."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import format_table
from benchmarks.parts import find_parts, is_on_demand

RUNS = 5


def main(names: list[str]) -> None:
    """Runs the parts with these names, or all except those that run only when they are named."""
    parts = find_parts()
    if unknown := set(names) - parts.keys():
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(parts)}.")
    with tempfile.TemporaryDirectory() as folder:
        for name in names or [name for name, part in parts.items() if not is_on_demand(part)]:
            start = time.perf_counter()
            work = Path(folder) / name
            work.mkdir()
            figures = parts[name].measure(work, RUNS)
            seconds = time.perf_counter() - start
            print(f"\n{name}: {parts[name].TITLE} ({seconds:.0f} s)\n{format_table(figures)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
