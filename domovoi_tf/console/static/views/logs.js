// Log lines of all handlers, as they come.
import { Empty, Page, Search, Select, clock, get, html, path, useData, useEffect, usePolling, useRef, useState } from "../core.js";

const KEPT = 2000;

export function LogsView({ route: { query } }) {
  const { handler = "", text = "" } = query;
  const { handlers = [] } = useData("app").data || {};
  const [state, setState] = useState({});
  const [following, setFollowing] = useState(true);
  const box = useRef();
  const url = path("logs", { handler, text });
  const asked = useRef();
  const load = async () => {
    if (asked.current === url) return;
    asked.current = url;
    const { data } = state.url === url ? state : {};
    const next = await get(url + (data ? "&since=" + data.until : "")).then(
      ({ lines, until }) => ({ data: { lines: [...(data?.lines || []), ...lines].slice(-KEPT), until } }), (error) => ({ data, error }));
    if (asked.current !== url) return;
    asked.current = "";
    setState({ ...next, url });
  };
  useEffect(() => { load(); }, [url]);
  usePolling(load, 2, following);
  useEffect(() => { if (following && box.current) box.current.scrollTop = 1e9; }, [state, following]);
  const tools = html`<${Select} name="handler" label="Handler" query=${query} options=${handlers.map(({ name }) => name)} /><${Search} label="Search logs" query=${query} />
    <label><input type="checkbox" checked=${following} onChange=${() => setFollowing(!following)} />follow</label>`;
  return html`<${Page} title="Logs" tools=${tools} state=${state.url === url ? state : {}}>${({ lines }) => lines.length ? html`<ol class="log lines" data-list ref=${box} tabindex="0" aria-label="Log lines">
      ${lines.map((line, index) => html`<li key=${index} class=${line.failed ? "bad" : ""}><time>${clock(line.time)}</time>${line.run ? html`<a data-row href="/events/${line.run}">${line.handler}</a>` : html`<b>${line.handler}</b>`}<span>${line.message}</span></li>`)}</ol>`
    : html`<${Empty}>${text || handler ? html`No line matches. <a href="/logs">Show all lines</a>.` : html`No line yet. A handler logs with <code>context.log("text")</code>, <code>print</code> or <code>logging</code>.`}<//>`}<//>`;
}
