"""Draws a state machine of an example: ``state-machine.svg``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domovoi_tf import settings
from domovoi_tf.loading import loader
from pictures import graphs

EXAMPLE = Path(__file__).parents[2] / "examples" / "long_running"
START = "Start"
TITLE = "The state machine of examples/long_running"
DESCRIPTION = (
    "Work leads to the choice Done, and from there to Finished, or to Pause and back to Work. If Work fails, "
    "a dashed arrow leads to Failed."
)


def draw() -> str:
    """Returns the picture."""
    found = settings.load(EXAMPLE, "dev")
    (machine,) = loader.load(EXAMPLE, found.environment_variables).state_machines
    definition: dict[str, Any] = dict(machine.definition)
    shapes = {START: graphs.make_shape(START, names="page", radius=15)}
    for name, state in definition["States"].items():
        names = "soft" if state["Type"] == "Task" else "card"
        shapes[name] = graphs.make_shape(name, detail=state["Type"], width=130, names=names)
    edges = [graphs.Edge(START, definition["StartAt"]), *list_edges(definition["States"])]
    return graphs.draw(shapes, edges, TITLE, DESCRIPTION, down=True, gap=40, distance=40)


def list_edges(states: dict[str, Any]) -> Iterator[graphs.Edge]:
    """Yields the transitions of states; those after a failure are dashed."""
    for name, state in states.items():
        choices = [choice["Next"] for choice in state.get("Choices", [])]
        for target in filter(None, [state.get("Next"), state.get("Default"), *choices]):
            yield graphs.Edge(name, target)
        for caught in state.get("Catch", []):
            yield graphs.Edge(name, caught["Next"], "edge aside")
