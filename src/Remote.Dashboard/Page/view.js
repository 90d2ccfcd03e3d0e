// Elements, and figures in words. What comes from other nodes (addresses, errors, reasons, names) is only ever set as text.

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
  set(made, attributes);
  made.append(...children);
  return made;
}

export function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) {
      target.removeAttribute(name);
    } else if (target.getAttribute(name) !== String(value)) {
      target.setAttribute(name, value);
    }
  }
}

export function write(target, text) {
  if (target.textContent !== String(text)) target.textContent = text;
}

// Updates the children of a parent in place, by key, so that the focus and the selection of text stay where they are.
export function reconcile(parent, items, keyOf, make, update) {
  // What is gone goes first: otherwise everything behind it would be moved in front of it, and what is moved loses both.
  const wanted = new Set(items.map(keyOf));
  for (const child of [...parent.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = before.get(key);
    if (child) {
      before.delete(key);
    } else {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
  }
  for (const gone of before.values()) gone.remove();
}

export function describe(list, entries) {
  reconcile(list, entries.filter(([, value]) => value !== "" && value !== undefined), ([name]) => name,
    ([name]) => element("div", {}, element("dt", {}, name), element("dd")),
    (child, [, value]) => write(child.lastChild, value));
}

export const count = (value) => Number(value).toLocaleString("en");

export function size(value) {
  let bytes = Number(value), unit = 0;
  for (; bytes >= 1024 && unit < 4; unit++) bytes /= 1024;
  return `${unit && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}

export const rate = (value) => value === undefined ? "…" : `${value > 0 && value < 10 ? value.toFixed(1) : count(Math.round(value))}/s`;

// Day and time of a moment, both as they are here; Swedish writes them as ISO 8601 does.
export const moment = (stamp) => new Date(stamp).toLocaleString("sv-SE");

export const clock = (stamp) => stamp ? new Date(stamp).toLocaleTimeString("en-GB") : "";

export function lasting(from, to) {
  const seconds = Math.max(0, Math.round((new Date(to) - new Date(from)) / 1000));
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.floor(seconds / 60)} min`
    : seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
}

// Why a request was refused, in the words of the node. What stands in between may answer with a page of its own, which is not for here.
export async function refusalOf(response) {
  const isOurs = (response.headers.get("content-type") ?? "").startsWith("text/plain");
  return (isOurs && await response.text()) || `The server answers with status ${response.status}.`;
}

export const sum = (map) => Object.values(map ?? {}).reduce((total, value) => total + Number(value), 0);

// CONNECTION_STATE_BACKOFF is "backoff".
export const word = (name) => name.slice(name.lastIndexOf("_") + 1).toLowerCase();

const tones = { connected: "good", connecting: "warn", backoff: "warn", closed: "bad", blocked: "bad", normal: "good", warning: "warn", critical: "bad" };
export const tone = (state) => tones[state] ?? "idle";

export const stateOf = (peer) => peer.blocked ? "blocked" : word(peer.state);

export const letters = (peer) => sum(peer.outgoing.refused) + sum(peer.outgoing.deadLetters) + sum(peer.incoming.rejected);
