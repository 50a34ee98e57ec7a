"""Graphs of all shapes are laid out: no nodes overlap, all are in the picture, edges lead on, circles too."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import Open

pytestmark = pytest.mark.browser

#: Lays out generated graphs, always the same, and lists each fault.
GENERATED = """async () => {
  const { arrange } = await import('/static/graph.js');
  let seed = 1;
  const random = limit => (seed = (seed * 16807) % 2147483647) % limit;
  const faults = [];
  for (let graph = 0; graph < 100; graph++) {
    const size = 1 + random(40);
    const nodes = [...Array(size).keys()].map(id =>
      ({ id, width: 100 + random(80), height: 24 + 16 * random(2) }));
    const edges = [...Array(random(2 * size))].map(() => ({ from: random(size), to: random(size) }));
    for (const direction of ['TB', 'LR']) {
      const plan = arrange(nodes, edges, direction, 20, 30);
      const note = (fault, ...rest) => faults.push([graph, direction, fault, ...rest]);
      for (const a of plan.nodes) {
        const [x, y] = [a.width / 2, a.height / 2];
        if (!(a.x >= x && a.y >= y && a.x + x <= plan.width && a.y + y <= plan.height)) note('outside', a.id);
        for (const b of plan.nodes)
          if (a.id < b.id && Math.abs(a.x - b.x) < x + b.width / 2 && Math.abs(a.y - b.y) < y + b.height / 2)
            note('overlap', a.id, b.id);
      }
      if (plan.edges.length !== edges.length) note('edges', plan.edges.length);
      for (const edge of plan.edges) if (!/^M[-\\d. Cc]+$/.test(edge.d)) note('edge', edge.d);
    }
  }
  return faults;
}"""

#: Lays out one graph of squares, and returns the centre of each node, rounded, and the paths of the edges.
ONE = """async ([nodes, edges, direction]) => {
  const { arrange } = await import('/static/graph.js');
  const plan = arrange(nodes.map(node => ({ width: 20, height: 20, ...node })), edges, direction, 10, 30);
  return [Object.fromEntries(plan.nodes.map(({ id, x, y }) => [id, [Math.round(x), Math.round(y)]])),
    plan.edges.map(({ d }) => d)];
}"""


def arrange(
    page: Page, names: str, edges: str, direction: str = "LR", **columns: int
) -> tuple[Any, list[str]]:
    nodes = [{"id": name, "column": columns.get(name, 0)} for name in names.split()]
    ends = [{"from": edge[0], "to": edge[1]} for edge in edges.split()]
    centres, paths = page.evaluate(ONE, [nodes, ends, direction])
    return centres, paths


def test_generated_graphs_have_no_faults(open_page: Open) -> None:
    assert open_page("/queues").evaluate(GENERATED) == []


def test_layers_follow_the_edges_and_the_columns(open_page: Open) -> None:
    page = open_page("/queues")
    centres, _ = arrange(page, "a b c d", "ab bc", d=1)
    assert {name: x for name, (x, _) in centres.items()} == {"a": 12, "b": 62, "c": 112, "d": 62}
    centres, _ = arrange(page, "a b c", "ab bc", "TB")
    assert centres == {"a": [12, 12], "b": [12, 62], "c": [12, 112]}


def test_edges_that_need_not_cross_do_not(open_page: Open) -> None:
    centres, _ = arrange(open_page("/queues"), "a b c x y z", "az by cx")
    assert [centres[name][1] for name in "abc"] == [centres[name][1] for name in "zyx"]


def test_order_of_the_code_stays_if_nothing_crosses(open_page: Open) -> None:
    centres, _ = arrange(open_page("/queues"), "a b c x y z", "ax by cz")
    assert [centres[name] for name in "abcxyz"] == [
        [12, 12],
        [12, 42],
        [12, 72],
        [62, 12],
        [62, 42],
        [62, 72],
    ]


def test_edge_of_a_circle_leads_back_beside_the_others(open_page: Open) -> None:
    centres, paths = arrange(open_page("/queues"), "a b", "ab ba aa", "TB")
    assert centres == {"a": [12, 12], "b": [12, 62]}
    assert paths == ["M12 22C12 37 12 37 12 52", "M17 52C17 37 17 37 17 22", "M22 4c24 -8 24 24 0 16"]


def test_long_edge_passes_the_layers_between(open_page: Open) -> None:
    _, paths = arrange(open_page("/queues"), "a b c", "ab bc ac", "TB")
    bends = [float(number) for number in paths[2].replace("M", " ").replace("C", " ").split()]
    assert len(bends) == 2 + 3 * 6
    assert (bends[6 + 1], bends[12 + 1]) == (52.0, 72.0)  # straight beside the second node
