// Listens to the node and shows what it says. Figures are the node's own; only rates are made here, of two of its counters.
import { byId, clock, count, describe, element, lasting, letters, rate, reconcile, refusalOf, set, size, stateOf, sum, tone, word, write } from "./view.js";
import { Graph } from "./graph.js";
import { Blocking } from "./blocking.js";

const maxEvents = 200;
const retryAfter = 2000;
const answerTime = 10000;
const lost = "Connection lost, trying again …";

let latest = null;
let previous = null;
let chosen = null;
let source = null;
let flows = new Map();
const happened = [];
const fallen = [];

const blocking = new Blocking(announce, () => latest && show());
const graph = new Graph(byId("graph"), choose);

function announce(text) {
  write(byId("announcement"), text);
}

function choose(address) {
  chosen = address;
  if (latest) show();
}

// --- listening ---

function listen() {
  source = new EventSource("live");
  const own = source;
  source.addEventListener("statistics", (event) => {
    [previous, latest] = [latest, JSON.parse(event.data)];
    if (previous && previous.node.systemId !== latest.node.systemId) previous = null;
    flows = rates();
    connection("live", "Live");
    show();
  });
  source.addEventListener("happened", (event) => happen(JSON.parse(event.data)));
  source.onopen = () => blocking.refresh();
  source.onerror = () => own.readyState === EventSource.CLOSED ? askWhy(own) : connection("lost", lost);
}

// After an answer that is no stream a browser gives up by itself, and keeps to itself what the answer was: so it is asked for once more.
async function askWhy(own) {
  const refusal = await refusalOfStream();
  if (own !== source) return;
  connection("lost", refusal ? `${refusal} Trying again …` : lost);
  setTimeout(() => own === source && listen(), retryAfter);
}

// Empty when there is none, or no answer. A stream that comes after all is let go, for it takes the place of the next one.
async function refusalOfStream() {
  const asked = new AbortController();
  const late = setTimeout(() => asked.abort(), answerTime);
  try {
    const response = await fetch("live", { signal: asked.signal });
    return response.ok ? "" : await refusalOf(response);
  } catch {
    return "";
  } finally {
    clearTimeout(late);
    asked.abort();
  }
}

function connection(state, text) {
  set(byId("connection"), { "data-state": state });
  write(byId("connection"), text);
}

byId("pause").addEventListener("click", ({ target }) => {
  const paused = source !== null;
  set(target, { "aria-pressed": paused });
  if (paused) {
    source.close();
    source = null;
    connection("waiting", "Paused");
  } else {
    previous = latest = null;
    listen();
  }
});

byId("filter").addEventListener("input", () => latest && show());

function rates() {
  const made = new Map();
  const seconds = previous ? (new Date(latest.node.time) - new Date(previous.node.time)) / 1000 : 0;
  const before = new Map((previous?.endpoints ?? []).map((peer) => [peer.address, peer]));
  for (const peer of latest.endpoints) {
    const then = before.get(peer.address);
    if (!then || seconds <= 0) continue;
    const of = (read) => Math.max(0, (read(peer) - read(then)) / seconds);
    made.set(peer.address, {
      out: of((one) => Number(one.outgoing.acknowledged) + Number(one.outgoing.written) + Number(one.outgoing.retained)),
      in: of((one) => Number(one.incoming.received)),
      bytesOut: of((one) => Number(one.outgoing.bytes)),
      bytesIn: of((one) => Number(one.incoming.bytes)),
    });
  }
  return made;
}

// --- showing ---

function show() {
  const { node, endpoints, total } = latest;
  write(byId("node-address"), node.address);
  document.title = `Remote ${node.address}`;
  describe(byId("node"), [
    ["System id", node.systemId], ["Version", node.version], ["Up", lasting(node.started, node.time)], ["State", node.stopping ? "stopping" : "running"],
    ["Peers", count(total)], ["Streams from peers", count(node.incomingStreams)], ["Links to here", count(node.incomingLinks)],
    ["Turned away", count(Number(node.denied.peers) + Number(node.denied.closed))], ["Operations not allowed", count(sum(node.denied.operations))],
    ["Memory", size(node.process.workingSetBytes)], ["Managed", size(node.process.managedBytes)], ["Pool threads", count(node.process.poolThreads)],
    ["Watchers", count(node.watchers)], ["Kinds", node.kinds.join(", ")],
  ]);
  const drawn = graph.draw(endpoints, flows, chosen);
  write(byId("graph-note"), drawn < total ? `${drawn} of ${count(total)} peers: those in trouble first, then the busy ones. Arrow keys go from peer to peer, Enter shows one.`
    : "Arrow keys go from peer to peer, Enter shows one.");

  const part = byId("filter").value.trim().toLowerCase();
  const wanted = endpoints.filter((peer) => peer.address.toLowerCase().includes(part));
  write(byId("peers-note"), wanted.length < total ? `${count(wanted.length)} of ${count(total)} are shown.` : total ? "" : "No peers yet.");
  reconcile(document.querySelector("#peers-table tbody"), wanted, (peer) => peer.address, makeRow, updateRow);
  showReasons(endpoints, total);
  showDetail(endpoints.find((peer) => peer.address === chosen));
}

function makeRow(peer) {
  const link = element("button", { type: "button", class: "link" }, peer.address);
  link.addEventListener("click", () => choose(peer.address));
  const cells = Array.from({ length: 9 }, () => element("td"));
  for (const at of [3, 4, 5, 6]) set(cells[at], { class: "figure" });
  cells[2].append(element("meter", { min: 0 }), element("div", { class: "note" }));
  const act = element("button", { type: "button" });
  act.addEventListener("click", () => blocking.toggle(latest.endpoints.find((one) => one.address === peer.address) ?? peer, act));
  cells[8].append(act);
  return element("tr", {}, element("th", { scope: "row" }, link), ...cells);
}

function updateRow(row, peer) {
  const [state, level, lane, out, into, reconnects, dead, error, action] = [...row.children].slice(1);
  const flow = flows.get(peer.address);
  const { length, capacity, waiters } = peer.userLane;
  set(row, { "aria-current": peer.address === chosen });
  write(state, stateOf(peer));
  set(state, { class: tone(stateOf(peer)) });
  write(level, word(peer.level));
  set(level, { class: tone(word(peer.level)) });
  set(lane.firstChild, {
    max: capacity || 1, value: length, low: capacity * 0.6, high: capacity * 0.85, optimum: 0,
    "aria-label": `Lane to ${peer.address}`, "aria-valuetext": `${count(length)} of ${count(capacity)} messages`,
  });
  write(lane.lastChild, `${count(length)} of ${count(capacity)}${waiters ? `, ${count(waiters)} senders wait` : ""}`);
  write(out, rate(flow?.out));
  write(into, rate(flow?.in));
  write(reconnects, count(peer.reconnects));
  write(dead, count(letters(peer)));
  write(error, peer.lastError || peer.closeReason);
  blocking.label(action.firstChild, peer);
}

function showReasons(endpoints, total) {
  const reasons = new Map();
  const add = (map, column) => {
    for (const [reason, value] of Object.entries(map)) {
      const line = reasons.get(reason) ?? [0, 0, 0];
      line[column] += Number(value);
      reasons.set(reason, line);
    }
  };
  for (const { outgoing, incoming } of endpoints) {
    add(outgoing.refused, 0);
    add(outgoing.deadLetters, 1);
    add(incoming.rejected, 2);
  }
  const lines = [...reasons].filter(([, figures]) => figures.some((figure) => figure > 0)).sort(([a], [b]) => (a < b ? -1 : 1));
  const whose = endpoints.length < total ? `the first ${count(endpoints.length)} of ${count(total)} peers` : "the peers that the node knows";
  write(byId("reasons-note"), `${lines.length ? "Of" : "None of"} ${whose}.`);
  set(byId("reasons"), { hidden: lines.length ? null : "" });
  reconcile(document.querySelector("#reasons tbody"), lines, ([reason]) => reason,
    ([reason]) => element("tr", {}, element("th", { scope: "row" }, reason), ...[0, 1, 2].map(() => element("td", { class: "figure" }))),
    (row, [, figures]) => figures.forEach((figure, at) => write(row.children[at + 1], count(figure))));
}

function showDetail(peer) {
  set(byId("detail-note"), { hidden: peer ? "" : null });
  write(byId("detail-title"), peer ? `Peer ${peer.address}` : "One peer");
  if (!peer) return describe(byId("detail"), []);
  const { outgoing, incoming, userLane, controlLane, credit } = peer;
  const flow = flows.get(peer.address);
  describe(byId("detail"), [
    ["State", stateOf(peer)], ["Level", word(peer.level)], ["System id", peer.systemId], ["Kind", peer.isClient ? "client without a listener" : "node"],
    ["Connected", peer.connectedSince ? `for ${lasting(peer.connectedSince, latest.node.time)}` : ""], ["Last seen", clock(peer.lastSeen)],
    ["Reconnects", count(peer.reconnects)], ["Last error", peer.lastError], ["Ended because", peer.closeReason], ["Moved to", peer.movedTo],
    ["Lane", `${count(userLane.length)} of ${count(userLane.capacity)}, ${count(userLane.inFlight)} in the writer's hands`],
    ["Senders that wait", count(userLane.waiters)], ["Control lane", `${count(controlLane.length)} of ${count(controlLane.capacity)}`],
    ["Credit", credit ? `${count(credit.messages)} messages, ${size(credit.bytes)}` : "no link"],
    ["Out", `${rate(flow?.out)}, ${size(flow?.bytesOut ?? 0)}/s`], ["In", `${rate(flow?.in)}, ${size(flow?.bytesIn ?? 0)}/s`],
    ["Accepted", count(outgoing.accepted)], ["Acknowledged", count(outgoing.acknowledged)], ["Written", count(outgoing.written)],
    ["Unconfirmed", count(outgoing.unconfirmed)], ["Retained", count(outgoing.retained)], ["Received", count(incoming.received)],
    ["Delivered", count(incoming.delivered)], ["Dead letters", count(letters(peer))], ["Watches", count(peer.watches)],
    ["Not allowed here", count(peer.denied)], ["Not allowed there", count(peer.deniedByPeer)],
  ]);
}

// --- what happened ---

const spoken = {
  EndpointConnected: "connected", EndpointReconnecting: "lost, reconnecting", EndpointReconnected: "reconnected",
  EndpointReconnectFailed: "could not be reconnected", EndpointTerminated: "ended", EndpointBlocked: "blocked", EndpointUnblocked: "unblocked",
};

function happen(update) {
  if (Number(update.missed)) remember(happened, { ...update, type: `${count(update.missed)} events were missed`, address: "", fields: {}, number: `missed-${update.number}` });
  remember(happened, update);
  if (update.type === "RemoteDeadLetterEvent") remember(fallen, update);
  if (spoken[update.type]) announce(`${update.address || update.fields.system_id || ""} ${spoken[update.type]}`);
  if (update.type === "EndpointBlocked" || update.type === "EndpointUnblocked") blocking.refresh();

  // A flood of dead letters is drawn once a frame.
  if (happened.drawing) return;
  happened.drawing = true;
  requestAnimationFrame(() => {
    happened.drawing = false;
    showHappened();
  });
}

let serial = 0;
function remember(list, update) {
  list.unshift({ ...update, key: String(serial++) });
  if (list.length > maxEvents) list.length = maxEvents;
}

function showHappened() {
  reconcile(byId("events"), happened, (one) => one.key, (one) => element("li", {},
    element("time", { datetime: one.time }, clock(one.time)), ` ${one.type} ${one.address} `,
    element("span", { class: "note" }, Object.entries(one.fields).map(([name, value]) => `${name}: ${value}`).join(", "))), () => {});
  reconcile(document.querySelector("#letters tbody"), fallen, (one) => one.key, (one) => element("tr", {},
    element("td", {}, element("time", { datetime: one.time }, clock(one.time))), element("td", {}, one.fields.reason ?? ""),
    element("td", {}, `${one.address}/${one.fields.target ?? ""}`), element("td", {}, one.fields.message_type ?? "")), () => {});
  set(byId("events-note"), { hidden: happened.length ? "" : null });
  set(byId("letters-note"), { hidden: fallen.length ? "" : null });
}

listen();
