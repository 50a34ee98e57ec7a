// State machines: the definition as a graph, executions, and a scrubber through the history of one.
import { Confirmed, Empty, JsonField, Page, Status, Trouble, clock, findMistake, html, ms, navigate, parse, path, post, toneOf, useAction, useData, useMemo, usePolling, useState } from "../core.js";
import { Drawing, arrange, fit, measure } from "../graph.js";
import { Tree } from "../tree.js";

const encode = encodeURIComponent;

// All states, with those in branches: a state with branches points to the first state of each.
function flatten(machine, nodes, edges) {
  for (const [id, state] of Object.entries(machine.States)) {
    const { Choices = [], Catch = [], Branches = [], ItemProcessor, Iterator } = state;
    nodes.push({ id, type: state.Type });
    const branches = [...Branches, ItemProcessor, Iterator].filter(Boolean);
    const point = (kind, targets) => targets.forEach((to) => to && edges.push({ from: id, to, kind }));
    point("next", [state.Next, state.Default, ...Choices.map(({ Next }) => Next)]);
    point("aside", [...Catch.map(({ Next }) => Next), ...branches.map(({ StartAt }) => StartAt)]);
    branches.forEach((branch) => flatten(branch, nodes, edges));
  }
}

function planOf(definition) {
  const machine = typeof definition === "string" ? parse(definition) : definition;
  const nodes = [{ id: "Start" + "\n" }];
  const edges = [{ from: nodes[0].id, to: machine.StartAt, kind: "next" }];
  flatten(machine, nodes, edges);
  const wide = innerWidth <= 760 ? 148 : 200;
  const size = ({ id, type }) => (type ? { width: Math.min(wide, Math.max(116, measure(id) + 28)), height: 40 } : { width: 60, height: 24 });
  return arrange(nodes.map((node) => ({ ...node, ...size(node) })), edges, "TB", 20, 30);
}

// The states after these events of a history.
function readStates(history) {
  const states = {};
  let current;
  for (const { time, type, state, input, output, error } of history) {
    const from = current;
    current = state || current;
    const known = (states[current] ??= {});
    if (/StateEntered$/.test(type)) states[current] = { status: "running", entered: time, input, from };
    else if (/StateExited$/.test(type)) Object.assign(known, { status: "succeeded", left: time, output });
    else if (/(Failed|TimedOut|Aborted)$/.test(type)) Object.assign(known, { status: "failed", left: time, error: error || known.error });
  }
  return states;
}

function Start({ name, session }) {
  const [text, setText] = useState("{}");
  const start = useAction(async () => navigate(path("/machines/" + encode(name), { execution: (await post(`machines/${encode(name)}/start`, `{"input": ${text}}`)).arn })));
  return html`<details><summary>Start an execution</summary><${JsonField} label="Input as JSON" rows="4" hint="" submit=${() => {}} ...${{ text, setText }} />
    <${Confirmed} session=${session} label="Start" tone="primary" disabled=${!!findMistake(text) || start.busy} act=${start.run} /><${Trouble} error=${start.error} /></details>`;
}

const Value = ({ name, value }) => value != null && html`<h3>${name}</h3><div class="tree"><${Tree} value=${value} /></div>`;

const State = ({ name, state: { status, entered, left, input, output, error } }) => html`<section><h2>${name} ${status && html`<${Status} of=${status} />`} <span class="muted">${left && entered && ms((left - entered) * 1000)}</span></h2>
  ${!status && html`<p class="muted">The execution has not entered this state.</p>`}
  ${error && html`<p class="bad">${error}</p>`}<${Value} name="Input" value=${input} /><${Value} name="Output" value=${output} /></section>`;

function States({ machine, states, chosen, link }) {
  const plan = useMemo(() => planOf(machine.definition), [machine.definition]);
  // In branches, the event before may belong to another branch.
  const isPassed = ({ from, to }) => {
    const before = plan.edges.filter((edge) => edge.to === to && edge.from === states[to]?.from);
    return states[to]?.status && (before.length ? states[to].from === from : states[from] || from.endsWith("\n"));
  };
  return html`<${Drawing} plan=${plan} label="States of ${machine.name}" shown=${chosen || plan.nodes[0].id} edgeClass=${(edge) => `${edge.kind} ${isPassed(edge) ? "passed" : ""}`}
    draw=${({ id, type, width, height }) => {
      const { status } = states[id] || {};
      const shape = html`<rect width=${width} height=${height} rx=${type ? 5 : 12} /><text x=${width / 2} y=${type ? 17 : 16} class="middle">${fit(id.trim(), width - 16)}</text>`;
      return type ? html`<a class="node state ${status && toneOf(status)}" href=${link({ state: id })} aria-current=${id === chosen}>${shape}<text x=${width / 2} y="32" class="small middle">${type} ${status}</text></a>` : html`<g class="node">${shape}</g>`;
    }} />`;
}

function Scrubber({ history, step, base, arn }) {
  const { type, time, state } = history[step - 1];
  const go = ({ target: { value } }) => navigate(path(base, { execution: arn, ...(+value < history.length && { step: value }) }), true);
  return html`<label class="scrubber">Step ${step} of ${history.length}: <b>${type}</b> ${clock(time)}<input type="range" min="1" max=${history.length} value=${step} aria-valuetext="${type} ${state}" onInput=${go} /></label>`;
}

function Machine({ machine, query, session }) {
  const base = "/machines/" + encode(machine.name);
  const { data: executions = [], error, load } = useData(`machines/${encode(machine.name)}/executions`);
  const arn = query.execution || executions[0]?.arn;
  const execution = useData(arn && "executions/" + encode(arn));
  const { history = [], status } = execution.data || {};
  usePolling(load, 3);
  usePolling(execution.load, 1, status === "RUNNING");
  const step = Math.min(+query.step || Infinity, history.length);
  const states = useMemo(() => readStates(history.slice(0, step)), [history, step]);
  const chosen = query.state || history.slice(0, step).findLast(({ state }) => state)?.state;
  const link = (more) => path(base, { ...(arn && { execution: arn }), ...(query.step && { step }), ...more });
  return html`<${Trouble} error=${error || execution.error} /><div class="machine">
    <section><h2>Executions</h2><${Start} name=${machine.name} session=${session} /><ul class="links scrolls">${executions.map((one) => html`<li key=${one.arn}>
      <a data-row href=${path(base, { execution: one.arn })} aria-current=${one.arn === arn}><${Status} of=${one.status} /> <time>${clock(one.start)}</time><br /><span class="mono">${one.name}</span> <span class="muted">${one.stop && ms((one.stop - one.start) * 1000)}</span></a></li>`)}</ul></section>
    <section class="graph">${history.length > 0 && html`<${Scrubber} ...${{ history, step, base, arn }} />`}<${States} ...${{ machine, states, chosen, link }} /></section>
    ${chosen ? html`<${State} key=${chosen + arn} name=${chosen} state=${states[chosen] || {}} />` : html`<p class="empty">Start an execution, or choose a state.</p>`}</div>`;
}

export function MachinesView({ route: { parts, query }, session }) {
  const state = useData("machines");
  const machine = state.data?.find(({ name }) => name === parts[1]) || state.data?.[0];
  const tabs = state.data?.map(({ name }) => html`<a key=${name} class="tab" aria-current=${name === machine.name} href="/machines/${encode(name)}">${name}</a>`);
  return html`<${Page} title="Machines" tools=${tabs} state=${state}>${() => machine ? html`<${Machine} key=${machine.name} ...${{ machine, query, session }} />`
    : html`<${Empty}>The app has no state machine. Decorate a task: <code>@app.step_function_task(state_name="Work", state_machine_definition=…)</code>.<//>`}<//>`;
}
