"""Draws graphs whose nodes are boxes with a name and a line below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pictures import svg
from pictures.layout import Node, arrange

MARGIN = 18
#: The size of the names, in the font whose characters are all as wide.
SIZE = 12


class Shape(NamedTuple):
    """The style of a node.

    Args:
        node: its size and place.
        label: its name.
        detail: a line below the name.
        names: the names of the classes of its box.
        radius: the radius of its corners.
    """

    node: Node
    label: str
    detail: str
    names: str
    radius: float


class Edge(NamedTuple):
    """An edge.

    Args:
        start: the name of the node where it starts.
        end: the name of the node where it ends.
        names: the names of its classes.
    """

    start: str
    end: str
    names: str = "edge"


def make_shape(
    label: str,
    *,
    detail: str = "",
    column: int = 0,
    width: float = 0,
    names: str = "card",
    radius: float = 6,
) -> Shape:
    """Returns a node that is as wide as its text, or as stated.

    Args:
        label: its name.
        detail: a line below the name.
        column: the first layer that it may be in.
        width: its width.
        names: the names of the classes of its box.
        radius: the radius of its corners.
    """
    fitting = max(svg.measure_code(label, SIZE), svg.measure_code(detail, SIZE - 1)) + 22
    node = Node(width=width or round(fitting), height=44 if detail else 30, column=column)
    return Shape(node, label, detail, names, radius)


def draw(
    shapes: Mapping[str, Shape],
    edges: Iterable[Edge],
    title: str,
    description: str,
    *,
    down: bool,
    gap: float,
    distance: float,
    headings: Mapping[str, str] = {},
) -> str:
    """Returns the picture of a graph.

    Args:
        shapes: the nodes by name.
        edges: the edges.
        title: the title, which screen readers read.
        description: the description, which they read after the title.
        down: whether the layers go down; otherwise they go from left to right.
        gap: the least distance between the nodes of a layer.
        distance: the distance between layers.
        headings: the headings of columns by the name of a node below each.
    """
    drawn = {(edge.start, edge.end): edge.names for edge in edges}
    plan = arrange({name: shape.node for name, shape in shapes.items()}, drawn, down, gap, distance)
    top = MARGIN + (26 if headings else 0)
    width, height = round(plan.width + 2 * MARGIN), round(plan.height + MARGIN + top)
    body = svg.draw_page(width, height)
    for name, heading in headings.items():
        node = shapes[name].node
        body.append(svg.draw_text(MARGIN + node.x - node.width / 2, MARGIN + 12, heading, "name"))
    body.append(f'<g transform="translate({MARGIN} {top})">')
    body += [svg.draw_edge(path, drawn[edge]) for edge, path in plan.paths.items()]
    for shape in shapes.values():
        body += _draw_shape(shape)
    return svg.write_document((width, height), title, description, svg.write_style(), [*body, "</g>"])


def _draw_shape(shape: Shape) -> list[str]:
    node = shape.node
    left, top = node.x - node.width / 2, node.y - node.height / 2
    drawn = [svg.draw_box(left, top, node.width, node.height, shape.names, shape.radius)]
    drawn.append(svg.draw_text(node.x, top + 19, shape.label, "code", centred=True))
    if shape.detail:
        drawn.append(svg.draw_text(node.x, top + 35, shape.detail, "small", centred=True))
    return drawn
