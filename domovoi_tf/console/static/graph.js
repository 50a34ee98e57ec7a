// Lays out and draws graphs in layers.
import { html, useEffect, useRef } from "./core.js";

// An odd number: at last, from the first layer on.
const SWEEPS = 13;
const canvas = document.createElement("canvas").getContext("2d");
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

export function measure(text, font = "600 13px system-ui") {
  canvas.font = font;
  return canvas.measureText(text).width;
}

// Cuts a text to a width in pixels.
export function fit(text, width, font) {
  let cut = text;
  while (cut && measure(cut === text ? cut : cut + "…", font) > width) cut = cut.slice(0, -1);
  return cut === text ? cut : cut + "…";
}

// Turns the edges that close a circle, so that all lead to a later layer.
function orient(nodes, edges) {
  const seen = new Map();
  const turned = new Set();
  const visit = (id) => {
    seen.set(id, "open");
    for (const edge of edges.filter(({ from }) => from === id))
      if (seen.get(edge.to) === "open") turned.add(edge);
      else if (!seen.has(edge.to)) visit(edge.to);
    seen.set(id, "done");
  };
  for (const { id } of nodes) if (!seen.has(id)) visit(id);
  return edges.filter(({ from, to }) => from !== to).map((edge) => (turned.has(edge) ? { edge, from: edge.to, to: edge.from } : { edge, from: edge.from, to: edge.to }));
}

// A node is one layer after the last one before it, and not before its own column.
function findLayers(nodes, links) {
  const layers = new Map();
  const find = ({ id, column = 0 }) => {
    if (!layers.has(id)) {
      const before = links.filter(({ to }) => to === id).map(({ from }) => find(nodes.get(from)) + 1);
      layers.set(id, Math.max(column, ...before));
    }
    return layers.get(id);
  };
  nodes.forEach(find);
  return layers;
}

// Long edges get a bend in each layer that they pass. Returns the layers, with the neighbours of each item.
function buildLayers(nodes, links, layers) {
  const rows = [];
  const add = (item, layer) => {
    (rows[layer] ??= []).push(item);
    return Object.assign(item, { layer, before: [], after: [] });
  };
  nodes.forEach((node) => add(node, layers.get(node.id)));
  for (const link of links) {
    const end = nodes.get(link.to);
    link.way = [nodes.get(link.from)];
    for (let layer = link.way[0].layer + 1; layer < end.layer; layer++) link.way.push(add({ size: 0 }, layer));
    link.way.push(end);
    link.way.slice(1).forEach((item, index) => (item.before.push(link.way[index]), link.way[index].after.push(item)));
  }
  return rows.map((row) => row || []);
}

function countCrossings(rows) {
  let count = 0;
  for (const row of rows) {
    const ends = row.flatMap((item) => item.after.map(({ rank }) => rank).sort((a, b) => a - b));
    ends.forEach((end, index) => { for (let other = 0; other < index; other++) count += ends[other] > end; });
  }
  return count;
}

// Sorts each layer by the mean of the neighbours, forth and back, and keeps the order with the fewest crossings.
function order(rows) {
  const number = () => rows.forEach((row) => row.forEach((item, rank) => { item.rank = rank; }));
  number();
  let best = rows.map((row) => [...row]);
  let fewest = countCrossings(rows);
  for (let sweep = 0; sweep < SWEEPS && fewest; sweep++) {
    const side = sweep % 2 ? "after" : "before";
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      const key = (item) => (item[side].length ? mean(item[side].map(({ rank }) => rank)) : item.rank);
      row.sort((a, b) => key(a) - key(b) || a.rank - b.rank);
      row.forEach((item, rank) => { item.rank = rank; });
    }
    const count = countCrossings(rows);
    if (count < fewest) [fewest, best] = [count, rows.map((row) => [...row])];
  }
  rows.splice(0, rows.length, ...best);
  number();
}

// Places the items of a layer as near to where they belong as their order and the gaps allow: blocks that would
// overlap share the mean of their wishes.
function place(row, wishes, gap) {
  let offset = 0;
  const blocks = [];
  row.forEach((item, index) => {
    if (index) offset += (row[index - 1].size + item.size) / 2 + gap;
    blocks.push({ items: [{ item, offset }], sum: wishes[index] - offset });
    const level = ({ sum, items }) => sum / items.length;
    while (blocks.length > 1 && level(blocks.at(-2)) > level(blocks.at(-1))) {
      const { items, sum } = blocks.pop();
      blocks.at(-1).items.push(...items);
      blocks.at(-1).sum += sum;
    }
  });
  for (const { items, sum } of blocks) for (const { item, offset: own } of items) item.at = sum / items.length + own;
}

function align(rows, gap) {
  for (const row of rows) place(row, row.map(() => 0), gap);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 ? "after" : "before";
    for (const row of sweep % 2 ? [...rows].reverse() : rows)
      place(row, row.map((item) => {
        const near = item[side].length ? item[side] : [...item.before, ...item.after];
        return near.length ? mean(near.map(({ at }) => at)) : item.at;
      }), gap);
  }
}

// Layers go from left to right ("LR") or down ("TB"). `gap` is between the nodes of a layer, `distance` between layers.
export function arrange(list, edges, direction, gap, distance) {
  const down = direction === "TB";
  const nodes = new Map(list.map((node) => [node.id, { ...node, size: down ? node.width : node.height }]));
  const drawn = edges.filter(({ from, to }) => nodes.has(from) && nodes.has(to)).map((edge, index) => ({ ...edge, index }));
  const links = orient(list, drawn);
  const rows = buildLayers(nodes, links, findLayers(nodes, links));
  order(rows);
  align(rows, gap);
  const first = Math.min(...rows.flat().map(({ at, size }) => at - size / 2));
  let start = 2;
  for (const row of rows) {
    const depth = Math.max(...row.map((item) => (down ? item.height : item.width) || 0));
    for (const item of row) Object.assign(item, { depth }, down ? { x: item.at - first + 2, y: start + depth / 2 } : { x: start + depth / 2, y: item.at - first + 2 });
    start += depth + distance;
  }
  const last = Math.max(...rows.flat().map(({ at, size }) => at + size / 2)) - first + 4;
  const long = start - distance + 2;
  const ways = new Map(links.map(({ edge, way }) => [edge, way]));
  return { width: down ? last : long, height: down ? long : last, nodes: [...nodes.values()], edges: drawn.map((edge) => ({ ...edge, d: traceEdge(nodes.get(edge.from), nodes.get(edge.to), ways.get(edge), down) })) };
}

// An edge leaves and enters in the middle of a side; one that goes back, beside the middle.
function traceEdge(from, to, way, down) {
  if (!way) return `M${from.x + from.width / 2} ${from.y - 8}c24 -8 24 24 0 16`;
  const back = way[0] !== from;
  const anchor = (node, sign) => ({ x: node.x + (down ? (back ? node.width / 4 : 0) : (sign * node.width) / 2), y: node.y + (down ? (sign * node.height) / 2 : back ? node.height / 4 : 0) });
  // Between the nodes of a layer, it goes straight on.
  const inner = way.slice(1, -1).flatMap(({ x, y, depth }) => (down ? [{ x, y: y - depth / 2 }, { x, y: y + depth / 2 }] : [{ x: x - depth / 2, y }, { x: x + depth / 2, y }]));
  const points = [anchor(from, back ? -1 : 1), ...(back ? inner.reverse() : inner), anchor(to, back ? 1 : -1)];
  const bend = (a, b) => (down ? `C${a.x} ${(a.y + b.y) / 2} ${b.x} ${(a.y + b.y) / 2} ${b.x} ${b.y}` : `C${(a.x + b.x) / 2} ${a.y} ${(a.x + b.x) / 2} ${b.y} ${b.x} ${b.y}`);
  return `M${points[0].x} ${points[0].y}` + points.slice(1).map((point, index) => bend(points[index], point)).join("");
}

// `draw(node)` returns the content of a node, in coordinates from its upper left corner; `shown` is the ID of one to scroll to.
export function Drawing({ plan, label, draw, edgeClass, shown }) {
  const box = useRef();
  useEffect(() => {
    const node = plan.nodes.find(({ id }) => id === shown);
    if (node) box.current.scrollLeft = node.x - box.current.clientWidth / 2;
  }, [plan, shown]);
  return html`<div class="drawing" tabindex="0" role="group" aria-label=${label} ref=${box}>
    <svg width=${plan.width} height=${plan.height}>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" /></marker></defs>
      ${plan.edges.map((edge) => html`<path key=${edge.index} class="edge ${edgeClass(edge)}" d=${edge.d} marker-end="url(#arrow)" />`)}
      ${plan.nodes.map((node) => html`<g key=${node.id} transform="translate(${node.x - node.width / 2} ${node.y - node.height / 2})">${draw(node)}</g>`)}
    </svg></div>`;
}
