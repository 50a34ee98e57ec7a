// The frame of all views: navigation, the state of the session, keys.
import { Empty, Trouble, connect, html, navigate, render, useData, useEffect, useListener, useRoute, useRef, useState } from "./core.js";
import { AppView } from "./views/app.js";
import { EventsView } from "./views/events.js";
import { EventView } from "./views/event.js";
import { LogsView } from "./views/logs.js";
import { MachinesView } from "./views/machines.js";
import { QueuesView } from "./views/queues.js";
import { TerraformView } from "./views/terraform.js";

const VIEWS = [["", "App", AppView], ["events", "Events", EventsView], ["machines", "Machines", MachinesView], ["queues", "Queues", QueuesView], ["logs", "Logs", LogsView], ["terraform", "Terraform", TerraformView]];
const KEYS = { "/": "search", "j k": "next, previous row", Enter: "open the row", r: "replay the event", e: "edit the event", "1 … 6": "change the view", "?": "show or hide this" };

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(link.getAttribute("href"));
});

function moveFocus(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  const top = document.querySelector("[data-list]")?.getBoundingClientRect().top ?? 0;
  (at < 0 ? rows.find((row) => row.getBoundingClientRect().top >= top) : rows[at + step])?.focus();
}

const Keys = ({ on, setOn }) => html`<aside class="keys" aria-label="Keys"><dl>${Object.entries(KEYS).map(([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`)}</dl>
  <label><input type="checkbox" checked=${on} onChange=${() => setOn(!on)} />single keys act</label></aside>`;

function useKeys() {
  const [help, setHelp] = useState(false);
  const [on, setOn] = useState(localStorage.getItem("keys") !== "off");
  useEffect(() => localStorage.setItem("keys", on ? "on" : "off"), [on]);
  useListener("keydown", (_, event) => {
    const { key, target } = event;
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    if (key === "Escape") return typing ? target.blur() : setHelp(false);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "?") return setHelp(!help);
    if (!on) return;
    if (key === "/") document.querySelector("[data-search]")?.focus();
    else if (key === "j" || key === "k") moveFocus(key === "j" ? 1 : -1);
    else if (VIEWS[key - 1]) navigate("/" + VIEWS[key - 1][0]);
    else return dispatchEvent(new CustomEvent("key", { detail: key }));
    event.preventDefault();
  });
  return [help && html`<${Keys} on=${on} setOn=${setOn} />`, () => setHelp(!help)];
}

function useLive() {
  const [live, setLive] = useState({});
  for (const kind of ["code", "change", "hello", "lost"])
    useListener("stream-" + kind, (value) => setLive((old) => ({ ...old, [kind]: value, lost: kind === "lost" })));
  return live;
}

function Banner({ live: { code, change, lost }, view }) {
  if (lost) return html`<p class="banner bad">No connection; trying again. Does <code>domovoi-tf dev</code> still run?</p>`;
  if (code?.problem) return html`<p class="banner bad">The old code stays in service: <code>${code.problem}</code></p>`;
  if (change?.problem) return html`<p class="banner bad">The Terraform stays as it is: <code>${change.problem}</code></p>`;
  return change?.pending && view !== "terraform" && html`<p class="banner"><a href="/terraform">Resources would change</a>: <code>${change.lines.join(" · ")}</code></p>`;
}

function Frame() {
  const route = useRoute();
  const [view, id] = route.parts;
  const { data: session, error, load } = useData("session");
  // Another `dev` may answer now, which wants its own token.
  useListener("stream-lost", load);
  const live = useLive();
  const [help, toggleHelp] = useKeys();
  const main = useRef();
  const [, title, Known] = VIEWS.find(([name]) => name === view) || [];
  const View = view === "events" && id ? EventView : Known;
  useEffect(connect, []);
  useEffect(() => { document.title = [id, title, session?.app].filter(Boolean).join(" · "); }, [route, session]);
  // A new view gets the focus, unless something in it has it.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && !main.current.contains(document.activeElement)) main.current.focus();
    first.current = false;
  }, [view, id]);
  const link = ([name, text]) => html`<a key=${name} href="/${name}" aria-current=${view === name ? "page" : undefined}>${text}</a>`;
  return html`<a class="skip" href="#main">Skip to the content</a>
    <header><a class="brand" href="/"><img src="/static/icon.svg" alt="" width="20" height="20" />${session?.app || "domovoi-tf"}</a>
      <nav aria-label="Views">${VIEWS.map(link)}</nav>
      <div class="session">${session && html`<p><b>${session.stage}</b> ${session.place === "aws" ? `on AWS, ${session.account}, ${session.region}` : "on the emulator"}</p>
        <p>${live.code ? "code " + live.code.version.slice(0, 7) : session.mode !== "dev" && "read-only"}</p>`}<button class="link" onClick=${toggleHelp} aria-expanded=${!!help}>Keys <kbd>?</kbd></button></div></header>
    <div class="content"><div role="status"><${Banner} live=${live} view=${view} /></div>
      <main id="main" tabindex="-1" ref=${main} class="view-${id ? "one" : view}" aria-label=${title}><${Trouble} error=${error || (session?.problem && { message: session.problem })} />
        ${!View ? html`<${Empty}>Nothing has this address. <a href="/">Open the app</a>.<//>` : session && html`<${View} key=${view} ...${{ route, id, session }} />`}</main></div>
    ${help}`;
}

render(html`<${Frame} />`, document.body);
