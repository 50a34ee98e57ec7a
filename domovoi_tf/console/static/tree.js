// A JSON value as a tree that opens and closes. Payloads become text nodes, never markup.
import { html, isRaw, parse, plural, useState } from "./core.js";

const LONG = 400;
const MANY = 100;

// A string that contains JSON, such as the body of a message, opens like an object.
function readNested(text) {
  try {
    if (typeof text === "string" && text.length < 1e6 && /^\s*[{[]/.test(text)) return parse(text);
  } catch {
    // It only looks like JSON.
  }
}

function Scalar({ value }) {
  const [limit, setLimit] = useState(LONG);
  if (typeof value !== "string") return html`<span class="number">${JSON.stringify(value)}</span>`;
  const rest = value.length - limit;
  return html`<span class="string">${JSON.stringify(value.slice(0, limit))}</span>${rest > 0 && html` <button class="link" onClick=${() => setLimit(Infinity)}>${rest} more characters</button>`}`;
}

export function Tree({ value, name, depth = 0 }) {
  const nested = readNested(value);
  const inner = nested ?? value;
  const entries = inner && typeof inner === "object" && !isRaw(inner) ? Object.entries(inner) : [];
  const [open, setOpen] = useState(depth < 2 || (depth < 7 && entries.length < 13));
  const [shown, setShown] = useState(MANY);
  const key = name !== undefined && html`<span class="key">${name}</span>: `;
  if (!entries.length) return html`<div class="leaf">${key}<${Scalar} value=${value} /></div>`;
  const list = Array.isArray(inner);
  const toggle = (event) => {
    event.stopPropagation();
    setOpen(event.currentTarget.open);
  };
  return html`<details open=${open} onToggle=${toggle}><summary>${key}<span class="count">${plural(entries.length, list ? "item" : "key")}${nested && " in text"}</span></summary>
    ${open && html`<div class="children">${entries.slice(0, shown).map(([child, content]) => html`<${Tree} key=${child} name=${child} value=${content} depth=${depth + 1} />`)}
      ${entries.length > shown && html`<button class="link" onClick=${() => setShown(shown + 10 * MANY)}>${entries.length - shown} more</button>`}</div>`}
  </details>`;
}
