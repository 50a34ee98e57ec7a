"""The drawings: pictures that are the same each time."""

from __future__ import annotations

from collections.abc import Callable

from pictures import app_graph, architecture, benchmark, errors, pipeline, state_machine

#: The names of the files, without their ending, and the functions that draw them.
DRAWINGS: dict[str, Callable[[], str]] = {
    "app-graph": app_graph.draw,
    "architecture": architecture.draw,
    "benchmark-plan": benchmark.draw_plans,
    "benchmark-render": benchmark.draw_rendering,
    "errors": errors.draw,
    "pipeline": pipeline.draw,
    "pipeline-narrow": pipeline.draw_narrow,
    "state-machine": state_machine.draw,
}
