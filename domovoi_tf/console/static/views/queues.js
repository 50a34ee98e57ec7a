// The queues of the app: depth, dead letters, redrive.
import { Confirmed, Empty, Page, Trouble, html, names, path, plural, post, useAction, useData, usePolling, useState } from "../core.js";
import { Tree } from "../tree.js";

function DeadLetters({ name, session, reload }) {
  const base = `queues/${encodeURIComponent(name)}/`;
  const { data: messages = [], error, load } = useData(base + "messages");
  const [chosen, setChosen] = useState([]);
  const redrive = useAction(async (ids) => {
    await post(base + "redrive", JSON.stringify({ ids }));
    setChosen([]);
    load();
    reload();
    return `Sent ${ids === "all" ? "all messages" : plural(ids.length, "message")} back to ${name}.`;
  });
  const toggle = (id) => setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const button = (label, ids, tone) => html`<${Confirmed} label=${label} tone=${tone} disabled=${!ids.length || redrive.busy} act=${() => redrive.run(ids)} session=${session} />`;
  return html`<section><div class="bar"><h2>Dead letters of ${name}</h2>${messages.length > 0 && html`${button(`Redrive ${chosen.length || ""} selected`, chosen)}${button("Redrive all", "all", "primary")}`}</div>
    <div role="status">${redrive.done && html`<p class="note">${redrive.done}</p>`}</div><${Trouble} error=${error || redrive.error} />
    ${messages.length ? html`<ul class="cards">${messages.map(({ id, reason, body, attributes }) => html`<li key=${id}><label><input type="checkbox" data-row checked=${chosen.includes(id)} onChange=${() => toggle(id)} /><span class="mono">${id}</span></label>
      ${reason && html`<p class="bad">${reason}</p>`}<div class="tree"><${Tree} name="body" value=${body} /><${Tree} name="attributes" depth=${9} value=${attributes} /></div></li>`)}</ul>` : html`<p class="muted">No dead letter waits.</p>`}</section>`;
}

const Row = ({ queue: { name, depth, in_flight, dead_letters, handlers }, current }) => html`<tr aria-current=${current}><td><a data-row href=${path("/queues", { queue: name })}>${name}</a></td>
  <td class="ms" data-label="waiting">${depth}</td><td class="ms" data-label="in flight">${in_flight}</td>
  <td data-label="dead letters">${dead_letters ? html`<b class=${dead_letters.depth ? "bad" : ""}>${dead_letters.depth}</b> <span class="muted">in ${dead_letters.name}</span>` : html`<span class="muted">none kept</span>`}</td><td data-label="handled by">${names(handlers)}</td></tr>`;

export function QueuesView({ route: { query }, session }) {
  const state = useData("queues");
  usePolling(state.load, 3);
  return html`<${Page} title="Queues" state=${state}>${(queues) => {
    const chosen = queues.find(({ name }) => name === query.queue) || queues.find((queue) => queue.dead_letters?.depth) || queues[0];
    if (!chosen) return html`<${Empty}>The app has no queue. Decorate a handler: <code>@app.sqs_queue_subscriber("NAME")</code>.<//>`;
    return html`<table class="wide"><thead><tr><th scope="col">Queue</th><th scope="col" class="ms">Waiting</th><th scope="col" class="ms">In flight</th><th scope="col">Dead letters</th><th scope="col">Handlers</th></tr></thead>
        <tbody>${queues.map((queue) => html`<${Row} key=${queue.name} queue=${queue} current=${queue === chosen} />`)}</tbody></table>
      ${chosen.dead_letters && html`<${DeadLetters} key=${chosen.name} name=${chosen.name} session=${session} reload=${state.load} />`}`;
  }}<//>`;
}
