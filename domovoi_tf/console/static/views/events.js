// The list of events: newest first, with only the visible rows in the page.
import { Empty, Page, Search, Select, Status, get, has, html, ms, nameOf, navigate, plain, plural, post, useAction, useData, useEffect, useLayoutEffect, useListener, useRef, useState, when } from "../core.js";

const STATUSES = ["ok", "failed", "partial", "timeout", "crashed", "memory", "running"];
const FILTERS = ["handler", "source", "status", "text"];
// The list stays as it was left.
let kept = {};

// Puts a run in its place; a late answer does not make a run go on that has ended.
export function insert(events, run) {
  const at = events.findIndex(({ id }) => id <= run.id);
  if (at < 0) return [...events, run];
  const isKnown = events[at].id === run.id;
  return isKnown && run.status === "running" ? events : events.toSpliced(at, isKnown ? 1 : 0, run);
}

const matches = ({ handler, source, status }, run) => (!handler || has(run, handler)) && (!source || run.source === source) && (!status || run.status === status);

function useEvents(filter) {
  const key = String(new URLSearchParams(filter));
  const [state, setState] = useState(kept.key === key ? kept : {});
  const loading = useRef();
  const load = async (before = "") => {
    const asked = key + before;
    if (loading.current === asked) return;
    loading.current = asked;
    const next = await get("events?" + new URLSearchParams({ ...filter, limit: before ? 500 : 200, ...(before && { before }) })).catch((error) => ({ error }));
    if (loading.current === asked) loading.current = null;
    setState((old) => {
      if (next.error) return { ...old, error: next.error };
      if (before) return old.key === key ? { ...old, events: [...old.events, ...next.events], more: next.more } : old;
      return old.key === key && old.events ? { ...old, error: null, events: next.events.reduceRight(insert, old.events) } : { ...next, key };
    });
  };
  const timer = useRef();
  useEffect(() => { load(); }, [key]);
  useListener("stream-hello", () => load());
  useListener("stream-run", (run) => {
    clearTimeout(timer.current);
    if (filter.text) timer.current = setTimeout(load, 300);
    else setState((old) => ({ ...old, events: matches(filter, run) ? insert(old.events || [], run) : old.events?.filter(({ id }) => id !== run.id) }));
  });
  if (state.key === key) kept = { ...kept, ...state, scroll: kept.key === key ? kept.scroll : 0 };
  return { error: state.error, data: state.key === key && state, load };
}

const Row = ({ run, top, ...position }) => html`<div role="listitem" class="row" style=${{ transform: `translateY(${top}px)` }} ...${position}>
  <a href="/events/${run.id}" data-row=${run.id}>
    <${Status} of=${run.status} /> <time>${when(run.time)}</time> <b>${nameOf(run)}</b> <span class="from">${plain(run.source)}</span>
    <span class="ms">${run.status !== "running" && ms(run.duration_ms)}</span> <span class="text">${run.replay_of > 0 && `replay of ${run.replay_of}: `}${run.error || run.result_preview || run.preview}</span>
  </a></div>`;

function List({ events, more, load }) {
  const box = useRef();
  const [{ top, height, row }, setView] = useState({ top: kept.scroll, height: 900, row: 32 });
  const first = useRef(events[0].id);
  const measure = () => {
    kept.scroll = box.current.scrollTop;
    setView({ top: kept.scroll, height: box.current.clientHeight, row: innerWidth <= 760 ? 64 : 32 });
  };
  useLayoutEffect(() => {
    box.current.scrollTop = kept.scroll;
    measure();
  }, []);
  useEffect(() => { document.querySelector(`[data-row="${kept.row}"]`)?.focus(); }, []);
  useListener("resize", measure);
  // New events above do not move what is being read.
  useLayoutEffect(() => {
    const added = events.findIndex(({ id }) => id === first.current);
    if (added > 0 && box.current.scrollTop > 0) box.current.scrollTop += added * row;
    first.current = events[0].id;
  }, [events]);
  const from = Math.max(0, Math.floor(top / row) - 8);
  const to = Math.min(events.length, Math.ceil((top + height) / row) + 8);
  useEffect(() => { if (more && to > events.length - 50) load(events.at(-1).id); }, [to, more, events.length]);
  return html`<div class="columns row" aria-hidden="true"><span>Status</span><span>Time</span><span>Handler</span><span>Source</span><span class="ms">Took</span><span>Result, error or event</span></div>
    <div class="list" role="list" aria-label="Events" data-list ref=${box} onScroll=${measure} onfocusin=${({ target }) => { kept.row = target.dataset.row; }}><div style=${{ height: events.length * row + "px" }}>
      ${events.slice(from, to).map((run, index) => html`<${Row} key=${run.id} run=${run} top=${(from + index) * row} aria-setsize=${more ? -1 : events.length} aria-posinset=${from + index + 1} />`)}
    </div></div>`;
}

const Missing = () => html`<${Page} title="Events" state=${{ data: true }}>${() => html`<${Empty}>Only <code>domovoi-tf dev</code> records events. Here, <a href="/logs">the logs</a> show what happened.<//>`}<//>`;

export function EventsView(props) {
  return props.session.has_events ? html`<${Recorded} ...${props} />` : html`<${Missing} />`;
}

function Recorded({ route: { query }, session }) {
  const filter = Object.fromEntries(FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]));
  const state = useEvents(filter);
  const { handlers = [] } = useData("app").data || {};
  const replay = useAction(async (id) => navigate("/events/" + (await post(`events/${id}/replay`)).id));
  useListener("key", (key) => {
    const id = document.activeElement.dataset.row;
    if (key === "r" && id && session.can_replay) replay.run(id);
  });
  const tools = html`<${Select} name="handler" label="Handler" query=${query} options=${handlers.map(({ name }) => name)} />
    <${Select} name="source" label="Source" query=${query} options=${handlers.flatMap(({ sources }) => sources)} /><${Select} name="status" label="Status" query=${query} options=${STATUSES} />
    <${Search} label="Search events" query=${query} /><span class="count" role="status">${state.data && plural(state.data.events.length, "event").replace(" ", state.data.more ? "+ " : " ")}</span>`;
  return html`<${Page} title="Events" tools=${tools} state=${{ ...state, error: state.error || replay.error }}>${({ events, more }) =>
    events.length ? html`<${List} key=${Object.values(filter).join()} ...${{ events, more, load: state.load }} />`
      : Object.keys(filter).length ? html`<${Empty}>No event matches. <a href="/events">Show all events</a>.<//>`
      : html`<${Empty}>No event yet. Send one: <code>domovoi-tf local send ${handlers[0]?.name || "HANDLER"}</code>, or publish to a source of the app. It appears here at once.<//>`}<//>`;
}
