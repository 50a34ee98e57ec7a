"""Lays out graphs in layers, as the console does (``domovoi_tf/console/static/graph.js``).

An edge leads to a later layer, unless it closes a circle. The items of a layer are sorted so that few edges
cross, and placed near their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

#: An odd number: at last, from the first layer on.
SWEEPS = 13


@dataclass(eq=False)
class Node:
    """A node, or a bend of an edge that passes a layer.

    Args:
        width: its width; 0 for a bend.
        height: its height; 0 for a bend.
        column: the first layer that it may be in.
        x: its centre.
        y: its centre.
        depth: the size of its layer, across which the bends of edges are straight.
    """

    width: float = 0
    height: float = 0
    column: int = 0
    x: float = 0
    y: float = 0
    depth: float = 0
    layer: int = 0
    rank: float = 0
    before: list[Node] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)

    def list_neighbours(self, forth: bool) -> list[Node]:
        """Returns the neighbours in the layers before it, or after it."""
        return self.before if forth else self.after


@dataclass(frozen=True)
class Plan:
    """A graph that is laid out.

    Args:
        width: the width of all.
        height: the height of all.
        paths: the path of each edge as SVG writes it.
    """

    width: float
    height: float
    paths: dict[tuple[str, str], str]


def arrange(
    nodes: Mapping[str, Node],
    edges: Iterable[tuple[str, str]],
    down: bool,
    gap: float,
    distance: float,
) -> Plan:
    """Places the nodes, and returns the paths of the edges.

    Args:
        nodes: the nodes by name.
        edges: the names of the nodes that each edge joins.
        down: whether the layers go down; otherwise they go from left to right.
        gap: the least distance between the nodes of a layer.
        distance: the distance between layers.
    """
    drawn = [*edges]
    turned = find_turned(nodes, drawn)
    links = {edge: (edge[1], edge[0]) if edge in turned else edge for edge in drawn}
    _find_layers(nodes, [*links.values()])
    rows, ways = _build_rows(nodes, links)
    _sort_rows(rows)
    places = _align_rows(rows, gap, down)
    start = _place_rows(rows, places, down, distance)
    last = max(places[node] + _get_size(node, down) / 2 for row in rows for node in row)
    paths = {edge: _trace(way, edge in turned, down) for edge, way in ways.items()}
    size = (last, start - distance)
    return Plan(*(size if down else size[::-1]), paths)


def find_turned(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Returns the edges that close a circle."""
    states: dict[str, str] = {}
    turned: set[tuple[str, str]] = set()

    def visit(name: str) -> None:
        states[name] = "open"
        for start, end in edges:
            if start == name and states.get(end) == "open":
                turned.add((start, end))
            elif start == name and end not in states:
                visit(end)
        states[name] = "done"

    for name in nodes:
        if name not in states:
            visit(name)
    return turned


def _find_layers(nodes: Mapping[str, Node], links: Sequence[tuple[str, str]]) -> None:
    """Puts each node one layer after the last one before it, and not before its own column."""
    found: dict[str, int] = {}

    def find(name: str) -> int:
        if name not in found:
            before = [find(start) + 1 for start, end in links if end == name]
            found[name] = max([nodes[name].column, *before])
        return found[name]

    for name, node in nodes.items():
        node.layer = find(name)


def _build_rows(
    nodes: Mapping[str, Node], links: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[list[list[Node]], dict[tuple[str, str], list[Node]]]:
    """Returns the layers with the bends of long edges, and the nodes and bends of each edge."""
    rows: list[list[Node]] = [[] for _ in range(max(node.layer for node in nodes.values()) + 1)]
    ways: dict[tuple[str, str], list[Node]] = {}
    for node in nodes.values():
        rows[node.layer].append(node)
    for edge, (start, end) in links.items():
        bends = [Node(layer=layer) for layer in range(nodes[start].layer + 1, nodes[end].layer)]
        for bend in bends:
            rows[bend.layer].append(bend)
        ways[edge] = [nodes[start], *bends, nodes[end]]
        for one, other in pairwise(ways[edge]):
            one.after.append(other)
            other.before.append(one)
    return rows, ways


def _number(rows: Iterable[Sequence[Node]]) -> None:
    for row in rows:
        for rank, node in enumerate(row):
            node.rank = rank


def count_crossings(rows: Iterable[Sequence[Node]]) -> int:
    """Returns how many pairs of edges cross."""
    count = 0
    for row in rows:
        ends = [end for node in row for end in sorted(other.rank for other in node.after)]
        count += sum(other > end for number, end in enumerate(ends) for other in ends[:number])
    return count


def _sort_rows(rows: list[list[Node]]) -> None:
    """Sorts each layer by the mean of the neighbours, and keeps the order with the fewest crossings."""
    _number(rows)
    best, fewest = [[*row] for row in rows], count_crossings(rows)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for row in rows if forth else rows[::-1]:
            means = {node: _find_mean(node, forth) for node in row}
            row.sort(key=lambda node, means=means: (means[node], node.rank))  # type: ignore[misc]
            _number([row])
        if (count := count_crossings(rows)) < fewest:
            best, fewest = [[*row] for row in rows], count
    rows[:] = best
    _number(rows)


def _find_mean(node: Node, forth: bool) -> float:
    ranks = [other.rank for other in node.list_neighbours(forth)]
    return fmean(ranks) if ranks else node.rank


def _get_size(node: Node, down: bool) -> float:
    return node.width if down else node.height


def _align_rows(rows: Sequence[Sequence[Node]], gap: float, down: bool) -> dict[Node, float]:
    """Returns the place of each node in its layer, from 0 on."""
    places: dict[Node, float] = {}
    for row in rows:
        places |= _place_row(row, [0] * len(row), gap, down)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for row in rows if forth else rows[::-1]:
            wishes = []
            for node in row:
                near = node.list_neighbours(forth) or [*node.before, *node.after]
                wishes.append(fmean([places[other] for other in near]) if near else places[node])
            places |= _place_row(row, wishes, gap, down)
    first = min(place - _get_size(node, down) / 2 for node, place in places.items())
    return {node: place - first for node, place in places.items()}


def _place_row(row: Sequence[Node], wishes: Sequence[float], gap: float, down: bool) -> dict[Node, float]:
    """Places the nodes of a layer near their wishes: blocks that would overlap share the mean of them."""
    blocks: list[tuple[list[tuple[Node, float]], float]] = []
    offset = 0.0
    for number, node in enumerate(row):
        if number:
            offset += (_get_size(row[number - 1], down) + _get_size(node, down)) / 2 + gap
        blocks.append(([(node, offset)], wishes[number] - offset))
        while len(blocks) > 1 and blocks[-2][1] / len(blocks[-2][0]) > blocks[-1][1] / len(blocks[-1][0]):
            items, total = blocks.pop()
            blocks[-1] = ([*blocks[-1][0], *items], blocks[-1][1] + total)
    return {node: total / len(items) + own for items, total in blocks for node, own in items}


def _place_rows(
    rows: Iterable[Sequence[Node]], places: Mapping[Node, float], down: bool, distance: float
) -> float:
    """Sets the centres of all nodes, and returns where the next layer would begin."""
    start = 0.0
    for row in rows:
        depth = max(node.height if down else node.width for node in row)
        for node in row:
            middle = start + depth / 2
            node.depth = depth
            node.x, node.y = (places[node], middle) if down else (middle, places[node])
        start += depth + distance
    return start


def _trace(way: Sequence[Node], is_turned: bool, down: bool) -> str:
    """Returns the path of an edge: from the middle of a side to one, or beside the middle if it goes back."""
    points = [_find_anchor(way[0], 1, is_turned, down)]
    for node in way[1:-1]:
        half = node.depth / 2
        points += (
            [(node.x, node.y - half), (node.x, node.y + half)]
            if down
            else [(node.x - half, node.y), (node.x + half, node.y)]
        )
    points.append(_find_anchor(way[-1], -1, is_turned, down))
    if is_turned:
        points.reverse()
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        if down:
            path += f"C{x:.1f} {(y + to_y) / 2:.1f} {to_x:.1f} {(y + to_y) / 2:.1f} {to_x:.1f} {to_y:.1f}"
        else:
            path += f"C{(x + to_x) / 2:.1f} {y:.1f} {(x + to_x) / 2:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return path


def _find_anchor(node: Node, sign: int, is_turned: bool, down: bool) -> tuple[float, float]:
    if down:
        return node.x + (node.width / 4 if is_turned else 0), node.y + sign * node.height / 2
    return node.x + sign * node.width / 2, node.y + (node.height / 4 if is_turned else 0)
