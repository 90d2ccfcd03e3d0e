// The node in the middle, its peers around it, and what flows between them.
import { element, set, write, reconcile, rate, stateOf, tone, word, count } from "./view.js";

const middle = { x: 480, y: 215 };
const reach = { x: 350, y: 150 };
const maxPeers = 24;
const laneWidth = 70;
const glyphs = { connected: "✓", connecting: "…", backoff: "↻", closed: "✕", blocked: "⊘" };

export class Graph {
  constructor(svg, choose) {
    this.svg = svg;
    this.choose = choose;
    this.lines = element("svg:g", { "aria-hidden": "true" });
    this.peers = element("svg:g");
    this.self = element("svg:text", { class: "self-text", x: middle.x, y: middle.y + 4 });
    svg.append(this.lines,
      element("svg:circle", { class: "self", cx: middle.x, cy: middle.y, r: 44 }), this.self, this.peers);
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  // What is troubled comes first when there are more peers than the picture has room for; then what is busy.
  draw(peers, flows, chosen) {
    const busy = (peer) => (flows.get(peer.address)?.out ?? 0) + (flows.get(peer.address)?.in ?? 0);
    const rank = (peer) => (stateOf(peer) === "connected" && word(peer.level) === "normal" ? 0 : 1);
    const shown = peers.length <= maxPeers ? peers
      : [...peers].sort((a, b) => rank(b) - rank(a) || busy(b) - busy(a)).slice(0, maxPeers).sort((a, b) => (a.address < b.address ? -1 : 1));
    write(this.self, "this node");
    const places = shown.map((peer, index) => this.place(peer, index, shown.length, flows.get(peer.address), chosen));
    reconcile(this.lines, places, (place) => place.peer.address, () => this.makeLines(), (group, place) => this.updateLines(group, place));
    reconcile(this.peers, places, (place) => place.peer.address, (place) => this.makePeer(place), (group, place) => this.updatePeer(group, place));

    // One stop for the Tab key; arrows go on from there.
    const all = [...this.peers.children];
    if (all.length && !all.some((peer) => peer.getAttribute("tabindex") === "0")) set(all[0], { tabindex: 0 });
    return shown.length;
  }

  place(peer, index, total, flow, chosen) {
    // From the top, clockwise. One or two stand at the sides, where no line crosses what is written below them.
    const angle = (2 * Math.PI * index) / total - (total > 2 ? Math.PI / 2 : 0);
    const lane = peer.userLane;
    return {
      peer, flow, isChosen: peer.address === chosen, state: stateOf(peer), level: word(peer.level),
      fill: lane.capacity ? lane.length / lane.capacity : 0,
      x: middle.x + reach.x * Math.cos(angle), y: middle.y + reach.y * Math.sin(angle),
    };
  }

  makeLines() {
    return element("svg:g", {}, element("svg:path", { class: "out" }), element("svg:path", { class: "in" }));
  }

  updateLines(group, { flow, state, x, y }) {
    // Two curves side by side: away from here on the one side, here on the other.
    const bend = { x: (y - middle.y) * 0.12, y: (middle.x - x) * 0.12 };
    const over = (sign, from, to) =>
      `M${from.x} ${from.y} Q${(middle.x + x) / 2 + sign * bend.x} ${(middle.y + y) / 2 + sign * bend.y} ${to.x} ${to.y}`;
    const show = (path, line, value) => set(path, {
      d: line,
      class: `${path === group.firstChild ? "out" : "in"}${state !== "connected" ? " down" : value > 0 ? " flows" : ""}`,
      "stroke-width": state === "connected" ? (1.5 + 1.4 * Math.log10(1 + (value ?? 0))).toFixed(2) : 1.5,
    });
    show(group.firstChild, over(1, middle, { x, y }), flow?.out);
    show(group.lastChild, over(-1, { x, y }, middle), flow?.in);
  }

  makePeer({ peer }) {
    const group = element("svg:g", { class: "peer", role: "button", tabindex: -1 },
      element("svg:circle", { class: "ring", r: 21 }), element("svg:circle", { class: "dot", r: 16 }), element("svg:text", { class: "glyph", y: 5 }),
      element("svg:text", { y: 34 }), element("svg:text", { class: "dim", y: 60 }),
      element("svg:rect", { class: "lane", x: -laneWidth / 2, y: 40, width: laneWidth, height: 7, rx: 2 }),
      element("svg:rect", { class: "lane-fill", x: -laneWidth / 2, y: 40, height: 7, rx: 2, width: 0 }));
    group.addEventListener("click", () => this.choose(peer.address));
    return group;
  }

  updatePeer(group, { peer, flow, isChosen, state, level, fill, x, y }) {
    const [, , glyph, address, rates, , bar] = group.children;
    set(group, {
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, "aria-pressed": isChosen, class: `peer ${tone(state)}`,
      "aria-label": `${peer.address}: ${state}, level ${level}, ${rate(flow?.out)} out, ${rate(flow?.in)} in, `
        + `${count(peer.userLane.length)} of ${count(peer.userLane.capacity)} wait`,
    });
    write(glyph, glyphs[state] ?? "–");
    write(address, peer.address.length > 34 ? `${peer.address.slice(0, 33)}…` : peer.address);
    write(rates, state === "connected" ? `${rate(flow?.out)} out · ${rate(flow?.in)} in${level === "normal" ? "" : ` · ${level}`}` : state);
    set(bar, { width: (laneWidth * Math.min(1, fill)).toFixed(1), class: `lane-fill ${tone(level)}` });
  }

  key(event) {
    const all = [...this.peers.children];
    const at = all.indexOf(event.target);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      const next = all[(to + all.length) % all.length];
      set(event.target, { tabindex: -1 });
      set(next, { tabindex: 0 });
      next.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(event.target.dataset.key);
    } else {
      return;
    }
    event.preventDefault();
  }
}
