"""Draws the graph of an app, as the console shows it: ``app-graph.svg``."""

from __future__ import annotations

from pathlib import Path

from domovoi_tf import settings
from domovoi_tf.console.views.graph import build_graph
from domovoi_tf.loading import loader
from pictures import graphs

EXAMPLE = Path(__file__).parents[2] / "examples" / "every_source"
#: The types of nodes by column, with the heading and the width of each.
COLUMNS = (
    (("source", "machine"), "Sources", 330),
    (("handler",), "Handlers", 120),
    (("function",), "Lambda functions", 204),
)
CLASSES = {"function": "soft"}
TITLE = "The graph of examples/every_source"
DESCRIPTION = (
    "Each event source of the app on the left leads to its handler in the middle, and each handler to one of "
    "two Lambda functions on the right."
)


def draw() -> str:
    """Returns the picture."""
    found = settings.load(EXAMPLE, "dev")
    graph = build_graph(loader.load(EXAMPLE, found.environment_variables), found)
    # A machine stands for its states, as in the console.
    states = {node["id"] for node in graph["nodes"] if node["type"] == "state"}
    owners = {edge["to"]: edge["from"] for edge in graph["edges"] if edge["to"] in states}
    nodes = [node for node in graph["nodes"] if node["type"] != "state"]
    edges = [
        graphs.Edge(owners.get(edge["from"], edge["from"]), edge["to"])
        for edge in graph["edges"]
        if edge["to"] not in states
    ]
    shapes: dict[str, graphs.Shape] = {}
    headings: dict[str, str] = {}
    for column, (types, heading, width) in enumerate(COLUMNS):
        for node in (node for node in nodes if node["type"] in types):
            label = f"state machine {node['label']}" if node["type"] == "machine" else node["label"]
            radius = 15 if column == 0 else 6
            names = CLASSES.get(node["type"], "card")
            shapes[node["id"]] = graphs.make_shape(
                label, column=column, width=width, names=names, radius=radius
            )
            headings.setdefault(heading, node["id"])
    return graphs.draw(
        shapes,
        edges,
        TITLE,
        DESCRIPTION,
        down=False,
        gap=10,
        distance=58,
        headings={name: heading for heading, name in headings.items()},
    )
