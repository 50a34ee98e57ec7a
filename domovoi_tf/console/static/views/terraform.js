// The Terraform of the app: pending changes by handler, and the block of each resource.
import { Confirmed, Empty, Page, Search, Trouble, html, path, plural, post, useAction, useData, useListener } from "../core.js";

const toneOf = (line) => ({ "+": "ok", "-": "bad", "~": "busy" })[/[-+~]/.exec(line)?.[0]];

function Pending({ pending, problem, session, load }) {
  const apply = useAction(async () => {
    await post("terraform/apply");
    load();
    return true;
  });
  return html`<section><div class="bar"><h2>Would change</h2>${pending.length > 0 && session.can_apply && html`<${Confirmed} session=${session} label=${apply.busy ? "Applying …" : "Apply"} tone="primary" disabled=${apply.busy} act=${apply.run} />`}</div>
    <div role="status">${apply.done && html`<p class="note">Applied.</p>`}</div><${Trouble} error=${apply.error} />
    ${pending.length ? pending.map(({ handler, lines }) => html`<h3 key=${handler}>${handler || "The whole app"}</h3>${lines.map((line) => html`<div class="mono ${toneOf(line)}">${line}</div>`)}`)
      : !problem && html`<p class="muted">Nothing: the code declares what is deployed. Change a decorator and save the file.</p>`}</section>`;
}

export function TerraformView({ route: { query }, session }) {
  const state = useData("terraform");
  useListener("stream-change stream-code", state.load);
  const { text = "", address } = query;
  const found = state.data?.resources.filter((resource) => `${resource.address} ${resource.handler}`.toLowerCase().includes(text.toLowerCase())) || [];
  const chosen = found.find((resource) => resource.address === address) || found[0];
  const owners = [...new Set(found.map(({ handler }) => handler))];
  const link = (resource) => html`<li key=${resource.address}><a data-row class="mono" aria-current=${resource === chosen} href=${path("/terraform", { ...query, address: resource.address })}>${resource.address}</a></li>`;
  return html`<${Page} title="Terraform" tools=${html`<${Search} label="Search resources" query=${query} /><span class="count">${plural(found.length, "resource")}</span>`} state=${state}>${({ pending, problem }) => html`
    <${Trouble} error=${problem && { message: problem }} /><${Pending} ...${{ pending, problem, session, load: state.load }} />
    ${chosen ? html`<div class="halves"><nav class="card" aria-label="Resources">${owners.map((owner) => html`<h3 key=${owner}>${owner || "Shared"}</h3><ul class="links">${found.filter(({ handler }) => handler === owner).map(link)}</ul>`)}</nav>
      <section class="stays"><h2 class="mono">${chosen.file}:${chosen.line}</h2><pre tabindex="0" aria-label="Block">${chosen.block}</pre></section></div>`
    : html`<${Empty}>${text ? html`No resource matches. <a href="/terraform">Show all</a>.` : html`No resource yet. Write the tree: <code>domovoi-tf render</code>.`}<//>`}`}<//>`;
}
