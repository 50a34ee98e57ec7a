// The graph of the app: sources, handlers, functions and machines; edges light up when an event passes.
import { Empty, Page, Search, Status, get, has, html, markOf, ms, names, path, plain, plural, toneOf, useData, useEffect, useListener, useMemo, useState, when } from "../core.js";
import { Drawing, arrange, fit } from "../graph.js";
import { insert } from "./events.js";

// More nodes make no readable graph; this many are laid out in a few milliseconds.
const DRAWN = 400;
const RECENT = 6;
const COLUMNS = ["source machine", "handler", "function"];

function useRuns(recorded) {
  const [runs, setRuns] = useState([]);
  const [lit, setLit] = useState([]);
  const load = () => recorded && get("events?limit=200").then(({ events }) => setRuns((old) => events.reduceRight(insert, old)), () => {});
  useEffect(() => { load(); }, []);
  useListener("stream-hello", load);
  useListener("stream-run", (run) => {
    setRuns((old) => insert(old, run).slice(0, 500));
    setLit((old) => [...old, run]);
    setTimeout(() => setLit((old) => old.filter((other) => other !== run)), 1500);
  });
  return [runs, lit];
}

// A machine stands for its states, whose graph is in its own view.
function hideStates({ nodes, edges }) {
  const states = new Set(nodes.filter(({ type }) => type === "state").map(({ id }) => id));
  const owners = Object.fromEntries(edges.filter(({ to }) => states.has(to)).map(({ from, to }) => [to, from]));
  return { nodes: nodes.filter(({ id }) => !states.has(id)), edges: edges.filter(({ to }) => !states.has(to)).map((edge) => ({ ...edge, from: owners[edge.from] || edge.from })) };
}

// The nodes that match, and those before and after them.
function select({ nodes, edges }, text) {
  if (!text) return nodes;
  const walk = (id, from, to, kept) => {
    if (!kept.has(id)) edges.forEach((edge) => edge[from] === id && walk(edge[to], from, to, kept.add(id)));
    return kept.add(id);
  };
  const found = nodes.filter((node) => `${node.label} ${node.detail} ${node.kind}`.toLowerCase().includes(text.toLowerCase()));
  const [after, before] = [new Set(), new Set()];
  for (const { id } of found) walk(id, "from", "to", after), walk(id, "to", "from", before);
  return nodes.filter(({ id }) => after.has(id) || before.has(id));
}

const HREFS = {
  source: (label) => path("/events", { source: label }),
  handler: (label) => path("/events", { handler: label }),
  machine: (label) => "/machines/" + encodeURIComponent(label),
};

const Node = ({ node, recent, lit }) => html`<a href=${HREFS[node.type]?.(node.label) || "/terraform"} class="node node-${node.type} ${lit ? "lit" : ""}">
  <title>${node.type} ${plain(node.label)} ${node.detail}</title>
  <rect width=${node.width} height=${node.height} rx=${node.type === "source" ? 20 : 5} />
  <text x="14" y="17">${fit(plain(node.label), node.width - 26)}</text><text x="14" y="32" class="small">${fit(node.detail || node.kind || node.type, node.width - 28 - 11 * recent.length, "11px system-ui")}</text>
  ${recent.map((run, index) => html`<text key=${run.id} x=${node.width - 17 - 11 * index} y="32" class="mark ${toneOf(run.status)}">${markOf(run.status)}</text>`)}
</a>`;

function Overview({ nodes, edges, runs, lit }) {
  const plan = useMemo(() => {
    const narrow = innerWidth <= 760;
    const column = ({ type }) => COLUMNS.findIndex((types) => types.includes(type));
    const drawn = nodes.filter(({ type }) => !narrow || type !== "function").map((node) => ({ ...node, column: column(node), width: narrow ? 152 : 250, height: 40 }));
    return arrange(drawn, edges, "LR", 10, narrow ? 36 : 64);
  }, [nodes, edges]);
  const handlers = Object.fromEntries(nodes.filter(({ type }) => type === "handler").map(({ id, label }) => [id, label]));
  // An event passes from its source to its handler, and on to the function.
  const isPassed = ({ from, to, source }) => lit.some((run) => has(run, handlers[from]) || (has(run, handlers[to]) && source === run.source));
  return html`<${Drawing} plan=${plan} label="Graph of the app" edgeClass=${(edge) => (isPassed(edge) ? "lit" : "")} draw=${(node) => html`<${Node} node=${node}
    lit=${lit.some((run) => has(run, handlers[node.id]) || run.source === node.label)} recent=${node.type === "handler" ? runs.filter((run) => has(run, node.label)).slice(0, RECENT) : []} />`} />`;
}

const Table = ({ handlers, runs }) => html`<table class="wide"><caption>Handlers</caption>
  <thead><tr>${["Handler", "Last result", "Sources", "Function", "Code"].map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
  <tbody>${handlers.map(({ name, doc, sources, file, line, ...handler }) => {
    const last = runs.find((run) => has(run, name));
    return html`<tr key=${name}><td><a data-row href=${path("/events", { handler: name })}>${name}</a> <span class="muted">${doc}</span></td>
      <td>${last && html`<a href="/events/${last.id}"><${Status} of=${last.status} /></a> <span class="muted">${when(last.time)} ${last.status !== "running" && ms(last.duration_ms)}</span>`}</td>
      <td>${plain(names(sources))}</td><td>${handler.function}</td><td class="mono">${file}:${line}</td></tr>`;
  })}</tbody></table>`;

export function AppView({ route: { query }, session }) {
  const state = useData("app");
  const [runs, lit] = useRuns(session.has_events);
  useListener("stream-code stream-change", state.load);
  const { text } = query;
  const graph = useMemo(() => hideStates(state.data || { nodes: [], edges: [] }), [state.data]);
  const nodes = useMemo(() => select(graph, text), [graph, text]);
  const shown = new Set(nodes.map(({ label }) => label));
  return html`<${Page} title="App" tools=${html`<${Search} label="Filter the graph" query=${query} />`} state=${state}>${({ handlers }) => html`
    ${nodes.length > DRAWN ? html`<${Empty}>The graph of ${plural(nodes.length, "node")} is too large to draw: filter it, or use the list.<//>`
      : nodes.length ? html`<${Overview} ...${{ nodes, edges: graph.edges, runs, lit }} />`
      : html`<${Empty}>${text ? html`No part of the app matches. <a href="/">Show all</a>.` : html`The app has no handler. Decorate a function in <code>app.py</code>, and save the file.`}<//>`}
    <${Table} handlers=${handlers.filter(({ name }) => shown.has(name))} runs=${runs} />`}<//>`;
}
