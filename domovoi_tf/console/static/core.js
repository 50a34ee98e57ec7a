// Everything that views share: addresses, JSON, requests, the stream, formats, small components.
import { html, useEffect, useRef, useState } from "./vendor/htm.js";
export * from "./vendor/htm.js";

// ---- Addresses: real links, followed without loading the page again.
export function navigate(address, replace) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  dispatchEvent(new Event("route"));
}

export const path = (base, query) => base + "?" + new URLSearchParams(query);

export function setQuery(name, value) {
  const query = new URLSearchParams(location.search);
  value ? query.set(name, value) : query.delete(name);
  navigate(location.pathname + (query.size ? "?" + query : ""), true);
}

export function useRoute() {
  const read = () => ({ parts: location.pathname.slice(1).split("/").map(decodeURIComponent), query: Object.fromEntries(new URLSearchParams(location.search)) });
  const [route, setRoute] = useState(read);
  useListener("route popstate", () => setRoute(read()));
  return route;
}

export function useListener(kinds, handle) {
  const latest = useRef();
  latest.current = handle;
  useEffect(() => {
    const listen = (event) => latest.current(event.detail, event);
    for (const kind of kinds.split(" ")) addEventListener(kind, listen);
    return () => { for (const kind of kinds.split(" ")) removeEventListener(kind, listen); };
  }, []);
}

// ---- JSON: numbers keep the digits that they have in a payload, if the browser supports it.
export const parse = (text) =>
  JSON.parse(text, (_, value, context) => (typeof value === "number" && JSON.rawJSON && String(value) !== context.source ? JSON.rawJSON(context.source) : value));
export const isRaw = (value) => !!JSON.isRawJSON?.(value);

export function findMistake(text) {
  try {
    JSON.parse(text);
    return "";
  } catch ({ message }) {
    const at = /position (\d+)/.exec(message)?.[1] ?? text.length;
    const before = text.slice(0, at).split("\n");
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) || [0, before.length, before.at(-1).length + 1];
    return `Line ${line}, column ${column}: ${message.replace(/ (in|of the) JSON.*| \(line.*|JSON.parse: /g, "")}`;
  }
}

// ---- Requests
async function request(url, options) {
  const response = await fetch("/api/" + url, options).catch(() => ({}));
  if (!response.text) throw { message: "The console does not answer.", remedy: "Start `domovoi-tf dev` again." };
  const text = await response.text();
  let data;
  try {
    data = JSON.parse(text);
    if ("event" in data) Object.assign(data, { event: parse(text).event, result: parse(text).result });
  } catch {
    throw { message: `${response.status}: ${text.slice(0, 300)}` };
  }
  if (!response.ok) throw { message: data.error, remedy: data.remedy };
  return data;
}

export const get = (url) => request(url);
// The body is text, so that a payload is sent as it was typed.
export const post = (url, body = "{}") => request(url, { method: "POST", body, headers: { "Content-Type": "application/json", "X-Domovoi-Console": "1" } });

export function useData(url) {
  const [state, setState] = useState({});
  const current = useRef();
  const load = async () => {
    current.current = url;
    if (!url) return;
    const next = await get(url).then((data) => ({ data }), (error) => ({ error }));
    if (current.current === url) setState((old) => ({ ...(old.url === url && { data: old.data }), ...next, url }));
  };
  useEffect(() => { load(); }, [url]);
  useListener("stream-hello", load);
  return { ...(state.url === url && state), load };
}

export function usePolling(load, seconds, on = true) {
  const latest = useRef();
  latest.current = load;
  useEffect(() => {
    const timer = on && setInterval(() => document.hidden || latest.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, on]);
}

// An action of a button: runs once at a time, and keeps its result or its error.
export function useAction(act) {
  const [state, setState] = useState({});
  const busy = useRef(false);
  const run = async (...values) => {
    if (busy.current) return;
    busy.current = true;
    setState({ busy: true });
    setState(await act(...values).then((done) => ({ done }), (error) => ({ error })));
    busy.current = false;
  };
  return { ...state, run };
}

// The stream becomes events of the window: stream-hello, stream-run, stream-code, stream-change, stream-lost.
// A browser opens six connections to a host, so a page that nobody sees gives its own back.
export function connect() {
  let source;
  const follow = () => {
    if (document.hidden) source?.close();
    else if (!source || source.readyState === EventSource.CLOSED) open();
  };
  const open = () => {
    source = new EventSource("/api/stream");
    for (const kind of ["hello", "run", "code", "change"])
      source.addEventListener(kind, ({ data }) => dispatchEvent(new CustomEvent("stream-" + kind, { detail: JSON.parse(data) })));
    source.onerror = () => {
      dispatchEvent(new Event("stream-lost"));
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
    };
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

// ---- Formats
const local = (seconds) => new Date((seconds - new Date(seconds * 1000).getTimezoneOffset() * 60) * 1000).toISOString();
export const clock = (seconds) => local(seconds).slice(11, 19);
export const day = (seconds) => local(seconds).slice(0, 19).replace("T", " ");
export const when = (seconds) => (Date.now() / 1000 - seconds > 64800 ? day(seconds).slice(5, 16) : clock(seconds));
export const ms = (value) => (value == null ? "" : value < 1 ? value.toFixed(1) + " ms" : value < 1000 ? Math.round(value) + " ms" : (value / 1000).toFixed(2) + " s");
export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
export const names = (list) => (list || []).join(", ");
export const nameOf = (run) => names(run.handlers) || run.function;
// A name that each stage spells with its own prefix, as the code does.
export const plain = (source) => source.replace(/scoped\('([^']*)'\)/g, "$1");
export const has = (run, handler) => !!run.handlers?.includes(handler);

// ---- Small components
const TONES = { ok: "ok", succeeded: "ok", running: "busy", aborted: "", interrupted: "" };
export const toneOf = (status) => TONES[status.toLowerCase()] ?? "bad";
export const markOf = (status) => ({ ok: "✓", busy: "●", bad: "✕" })[toneOf(status)] || "–";
export const Status = ({ of }) => html`<span class="status ${toneOf(of)}"><span aria-hidden="true">${markOf(of)}</span> ${of.toLowerCase().replace("_", " ")}</span>`;
export const Trouble = ({ error }) => error && html`<div class="trouble" role="alert"><b>${error.message}</b> ${error.remedy}</div>`;
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

// A view: its heading with tools, then its content as soon as the data has come.
export const Page = ({ title, tools, state, children }) => html`<div class="bar"><h1>${title}</h1>${tools}</div><${Trouble} error=${state.error} />
  ${state.data ? children(state.data) : !state.error && html`<p class="empty" role="status">Loading …</p>`}`;

// Filters write themselves into the address.
export function Search({ label, query }) {
  const timer = useRef();
  const input = useRef();
  const { text = "" } = query;
  useEffect(() => { if (document.activeElement !== input.current) input.current.value = text; }, [text]);
  const change = ({ target }) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(setQuery, 200, "text", target.value.trim());
  };
  return html`<input ref=${input} type="search" data-search autocomplete="off" spellcheck=${false} aria-label=${label} placeholder="${label} ( / )" onInput=${change} />`;
}

export const Select = ({ name, label, query: { [name]: value = "" }, options }) => html`<select aria-label=${label} value=${value} onChange=${({ target }) => setQuery(name, target.value)}>
  <option value="">${label}: all</option>
  ${[...new Set([...options, value])].filter(Boolean).map((option) => html`<option key=${option} value=${option} selected=${option === value}>${plain(option)}</option>`)}
</select>`;

// On AWS, an action names the account and waits for the name of the stage, in the page.
export function Confirmed({ session, label, act, disabled, tone }) {
  const [typed, setTyped] = useState(null);
  if (typed === null) return html`<button class=${tone} disabled=${disabled} onClick=${() => (session.place === "aws" ? setTyped("") : act())}>${label}</button>`;
  const submit = (event) => {
    event.preventDefault();
    setTyped(null);
    act();
  };
  return html`<form class="bar" onSubmit=${submit}>
    <label>${label} in account ${session.account}, ${session.region}? Type <b>${session.stage}</b>: <input autocomplete="off" onInput=${({ target }) => setTyped(target.value)} /></label>
    <button class="primary" disabled=${typed !== session.stage}>${label}</button><button type="button" onClick=${() => setTyped(null)}>Cancel</button>
  </form>`;
}

export function JsonField({ label, text, setText, rows, hint, focused, submit }) {
  const mistake = findMistake(text);
  const area = useRef();
  useEffect(() => { if (focused) area.current.focus(); }, []);
  return html`<textarea ref=${area} aria-label=${label} aria-invalid=${!!mistake} spellcheck=${false} rows=${rows} value=${text} onInput=${({ target }) => setText(target.value)}
      onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && !mistake && submit()} />
    <p class=${mistake ? "bad" : "muted"} role="status">${mistake || "Valid JSON. " + hint}</p>`;
}
