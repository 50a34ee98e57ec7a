// Lays out and draws graphs.
import { Graph, layout } from "./vendor/dagre.js";
import { html } from "./core.js";

const canvas = document.createElement("canvas").getContext("2d");

// Cuts a text to a width in pixels.
export function fit(text, width, font = "600 13px system-ui") {
  canvas.font = font;
  let cut = text;
  while (cut && canvas.measureText(cut === text ? cut : cut + "…").width > width) cut = cut.slice(0, -1);
  return cut === text ? cut : cut + "…";
}

// A node with a `column` stands at least so far from the beginning, although no edge leads to it.
export function arrange(nodes, edges, rankdir, nodesep, ranksep) {
  const graph = new Graph({ multigraph: true }).setGraph({ marginx: 2, marginy: 2, rankdir, nodesep, ranksep });
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to)).map((edge, index) => ({ ...edge, index }));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { from, to, index } of drawn) graph.setEdge(from, to, {}, index);
  for (const { id, column } of nodes)
    if (column && !graph.inEdges(id).length) graph.setNode(id + "\n", { width: 0, height: 0 }).setEdge(id + "\n", id, { minlen: column });
  layout(graph);
  const { width, height } = graph.graph();
  // dagre may draw them upside down: the first one in the code is to be above.
  const ys = nodes.filter(({ type }) => type === "handler").map(({ id }) => graph.node(id).y);
  const isTurned = ys.filter((y, index) => y < ys[index - 1]).length > ys.length / 2;
  const place = (point) => (isTurned ? { ...point, y: height - point.y } : point);
  const at = (id) => place(graph.node(id));
  const trace = ({ from, to, index }) => traceEdge(at(from), at(to), graph.edge(from, to, index).points.map(place), rankdir === "TB");
  return { width, height, nodes: nodes.map((node) => ({ ...node, ...at(node.id) })), edges: drawn.map((edge) => ({ ...edge, d: trace(edge) })) };
}

// An edge leaves and enters in the middle of a side; one that goes back takes dagre's own ends.
function traceEdge(from, to, points, down) {
  const start = down ? { x: from.x, y: from.y + from.height / 2 } : { x: from.x + from.width / 2, y: from.y };
  const end = down ? { x: to.x, y: to.y - to.height / 2 } : { x: to.x - to.width / 2, y: to.y };
  const half = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const middle = half(start, end);
  const forward = down ? end.y > start.y : end.x > start.x;
  if (forward && points.length < 4)
    return down ? `M${start.x} ${start.y}C${start.x} ${middle.y} ${end.x} ${middle.y} ${end.x} ${end.y}` : `M${start.x} ${start.y}C${middle.x} ${start.y} ${middle.x} ${end.y} ${end.x} ${end.y}`;
  const way = forward ? [start, ...points.slice(1, -1), end] : points;
  const bend = (point, index, inner) => {
    const next = index < inner.length - 1 ? half(point, inner[index + 1]) : way.at(-1);
    return `Q${point.x} ${point.y} ${next.x} ${next.y}`;
  };
  return `M${way[0].x} ${way[0].y}` + way.slice(1, -1).map(bend).join("");
}

// `draw(node)` returns the content of a node, in coordinates from its upper left corner.
export const Drawing = ({ plan, label, draw, edgeClass }) => html`<div class="drawing" tabindex="0" role="group" aria-label=${label}>
  <svg width=${plan.width} height=${plan.height}>
    <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" /></marker></defs>
    ${plan.edges.map((edge) => html`<path key=${edge.index} class="edge ${edgeClass(edge)}" d=${edge.d} marker-end="url(#arrow)" />`)}
    ${plan.nodes.map((node) => html`<g key=${node.id} transform="translate(${node.x - node.width / 2} ${node.y - node.height / 2})">${draw(node)}</g>`)}
  </svg></div>`;
