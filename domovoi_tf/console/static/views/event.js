// One event: its payload, its run, edit and replay.
import { JsonField, Page, Status, Trouble, day, findMistake, html, ms, nameOf, names, navigate, path, plain, plural, post, useAction, useData, useListener, useState } from "../core.js";
import { Tree } from "../tree.js";

function Timeline({ run }) {
  const { wait_ms: wait, duration_ms: took, calls, log } = run;
  const total = Math.max(wait + took, ...calls.map((call) => wait + call.offset_ms + call.duration_ms)) || 1;
  const at = (value) => (100 * value) / total + "%";
  const bar = (name, detail, from, length, tone, ticks) => html`<tr><th scope="row">${name} <span class="muted">${detail}</span></th>
    <td><svg width="100%" height="16" aria-hidden="true"><rect class="bar-${tone}" x=${at(from)} y="3" width=${at(length)} height="10" rx="2" />${ticks}</svg></td><td class="ms">${ms(length)}</td></tr>`;
  return html`<section><table class="timeline"><caption>Timeline <span class="muted">${ms(total)}</span></caption><tbody>
    ${bar("Dispatch", "", 0, wait, "wait")}
    ${bar("Handler", nameOf(run), wait, took, run.failure ? "bad" : "ok", log.map((line) => html`<circle class="tick" cx=${at(wait + line.offset_ms)} cy="8" r="2.5" />`))}
    ${calls.map((call) => bar(`${call.service} ${call.operation}`, call.error || call.resource.replace(/^arn:([^:]*:){5}/, ""), wait + call.offset_ms, call.duration_ms, call.error ? "bad" : "call"))}
  </tbody></table></section>`;
}

function Editor({ event, send, close }) {
  const [text, setText] = useState(() => JSON.stringify(event, null, 2));
  const submit = (submitted) => {
    submitted?.preventDefault();
    send.run(text);
  };
  return html`<form onSubmit=${submit}><${JsonField} label="Event as JSON" rows=${Math.min(28, Math.max(8, text.split("\n").length))} focused hint="Ctrl+Enter replays." ...${{ text, setText, submit }} />
    <div class="bar"><button class="primary" disabled=${!!findMistake(text) || send.busy}>Replay edited event</button><button type="button" onClick=${close}>Cancel</button></div></form>`;
}

function Facts({ run }) {
  const link = (id) => html`<a key=${id} href="/events/${id}">${id}</a> `;
  const mono = (text) => text && html`<span class="mono">${text}</span>`;
  const facts = {
    Source: run.source && html`${plain(run.source)} <span class="muted">${run.kind}</span>`,
    Function: mono(run.function),
    Request: mono(run.request_id),
    Code: mono(run.code),
    Memory: run.memory_mb && run.memory_mb + " MB",
    Redacted: run.redacted && "the event has [redacted] in place of values",
    "Too large": run.cut?.length && "not kept: " + names(run.cut),
    "Replay of": run.replay_of && link(run.replay_of),
    "Replayed as": run.replays?.length && run.replays.map(link),
    Logs: run.handlers?.length && html`<a href=${path("/logs", { handler: run.handlers[0] })}>of this handler</a>`,
  };
  return html`<section><h2>Run</h2><dl class="facts">${Object.entries(facts).map(([name, value]) => !!value && html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function Actions({ run, session, replay, edit }) {
  const save = useAction(() => post(`events/${run.id}/save`));
  const copy = useAction(async () => { await navigator.clipboard.writeText(run.command); return true; });
  return html`<div class="bar">${session.can_replay && html`<button class="primary" onClick=${() => replay.run()} disabled=${replay.busy}>Replay <kbd>r</kbd></button>
      <button onClick=${edit}>Edit and replay <kbd>e</kbd></button><button onClick=${save.run} disabled=${save.busy}>Save as a test</button>`}
      <button onClick=${copy.run}>${copy.done ? "Copied" : "Copy"} <code>${run.command}</code></button></div>
    <div role="status">${save.done && html`<p class="note">Saved <code>${save.done.event_file}</code> and <code>${save.done.test_file}</code>.</p>`}</div>
    <${Trouble} error=${replay.error || save.error || copy.error} />`;
}

const Run = ({ run }) => html`${run.failure && html`<section class="failure"><h2>${run.failure.type}</h2><p class="message">${run.failure.message}</p>
    ${run.failure.frames.length > 0 && html`<pre tabindex="0" aria-label="Traceback">${run.failure.frames.join("\n")}</pre>`}</section>`}
  <${Timeline} run=${run} />
  ${!run.failure && html`<section><h2>Result</h2><div class="tree"><${Tree} value=${run.result} /></div></section>`}
  <section><h2>Log <span class="muted">${plural(run.log.length, "line")}</span></h2><ol class="log" tabindex="0" aria-label="Log lines">${run.log.map((line) => html`<li><span class="muted">+${ms(line.offset_ms)}</span><span>${line.text}</span></li>`)}</ol></section>`;

export function EventView({ id, session }) {
  const state = useData("events/" + encodeURIComponent(id));
  const [editing, setEditing] = useState("");
  const replay = useAction(async (text) => {
    const { id: made } = await post(`events/${id}/replay`, text ? `{"event": ${text}}` : "{}");
    setEditing("");
    navigate("/events/" + made);
  });
  useListener("stream-run", (run) => String(run.id) === id && state.load());
  useListener("key", (key) => {
    if (session.can_replay && key === "r") replay.run();
    if (session.can_replay && key === "e") setEditing(id);
  });
  const { data: run } = state;
  const head = run && html`<${Status} of=${run.status} /><b>${nameOf(run)}</b><span class="muted"><time>${day(run.time)}</time> ${run.status !== "running" && ms(run.duration_ms)}</span>`;
  return html`<${Page} title=${html`<a href="/events">Events</a> / ${id}`} tools=${head} state=${state}>${() => html`
    <${Actions} key=${id} edit=${() => setEditing(id)} ...${{ run, session, replay }} />
    <div class="halves" key=${"run" + id}><section><h2>Event</h2>${editing === id ? html`<${Editor} event=${run.event} send=${replay} close=${() => setEditing("")} />` : html`<div class="tree"><${Tree} value=${run.event} /></div>`}</section>
      <div>${run.status === "running" ? html`<section role="status">The handler is running …</section>` : html`<${Run} run=${run} />`}<${Facts} run=${run} /></div></div>`}<//>`;
}
