// The block list, and the buttons that change it. Requests carry a header that no foreign site can send.
import { byId, count, element, reconcile, moment, refusalOf, set, write } from "./view.js";

const refreshEvery = 10000;

export class Blocking {
  constructor(announce, changed) {
    this.announce = announce;
    this.changed = changed;
    this.entries = [];
    this.mayBlock = this.mayUnblock = false;
    this.subject = null;
    byId("block-form").addEventListener("submit", (event) => this.submit(event));
    byId("block-cancel").addEventListener("click", () => byId("block").close());
    byId("block-other").addEventListener("click", () => this.ask({ address: "", systemId: "" }));
    byId("block-address").addEventListener("focus", () => this.choice("address").checked = true);
    setInterval(() => this.refresh(), refreshEvery);
  }

  async refresh() {
    try {
      const response = await fetch("blocked");
      if (!response.ok) return this.hide(await refusalOf(response));
      this.mayBlock = response.headers.get("remote-may-block") === "true";
      this.mayUnblock = response.headers.get("remote-may-unblock") === "true";
      const answer = await response.json();
      this.entries = answer.blocked;
      this.show(answer.blockedTotal);
      this.changed();
    } catch {
      // The line above says that the connection is lost, and this is asked again.
    }
  }

  // Who is not told cannot say that nobody is blocked.
  hide(why) {
    this.entries = [];
    set(byId("blocked"), { hidden: "" });
    set(byId("blocked-note"), { hidden: null });
    write(byId("blocked-note"), `Not known: ${why}`);
  }

  show(total) {
    set(byId("block-other"), { hidden: this.mayBlock ? null : "" });
    set(byId("blocked"), { hidden: total ? null : "" });
    set(byId("blocked-note"), { hidden: total && total === this.entries.length ? "" : null });
    write(byId("blocked-note"), total ? `The oldest ${count(this.entries.length)} of ${count(total)}.` : "Nobody.");
    reconcile(document.querySelector("#blocked tbody"), this.entries, nameOf, (entry) => {
      const button = element("button", { type: "button", "aria-label": `Unblock ${nameOf(entry)}` }, "Unblock");
      button.addEventListener("click", () => this.unblock([entry]));
      return element("tr", {}, element("th", { scope: "row" }, nameOf(entry)), element("td"), element("td"), element("td", { class: "figure" }), element("td", {}, button));
    }, (row, entry) => {
      write(row.children[1], entry.reason);
      write(row.children[2], entry.until ? moment(entry.until) : "it is unblocked");
      write(row.children[3], count(entry.refusals));
      set(row.children[4].firstChild, { hidden: this.mayUnblock ? null : "" });
    });
  }

  // The button in the row of a peer.
  label(button, peer) {
    write(button, peer.blocked ? "Unblock" : "Block …");
    set(button, { "aria-label": `${peer.blocked ? "Unblock" : "Block"} ${peer.address}`, hidden: (peer.blocked ? this.mayUnblock : this.mayBlock) ? null : "" });
  }

  toggle(peer) {
    if (!peer.blocked) return this.ask(peer);
    const own = this.entries.filter((entry) => entry.systemId ? entry.systemId === peer.systemId : entry.address === peer.address);

    // The list here has the oldest entries only.
    return this.unblock(own.length ? own : peer.systemId ? [{ address: peer.address }, { systemId: peer.systemId }] : [{ address: peer.address }]);
  }

  ask(peer) {
    this.subject = peer;
    const isClient = peer.isClient === true;
    byId("block-address").value = isClient ? "" : peer.address;
    byId("block-reason").value = "";
    byId("block-duration").value = "";
    write(byId("block-title"), peer.address ? `Block ${peer.address}` : "Block an address");
    write(byId("block-system-id"), peer.systemId);
    set(byId("block-system"), { hidden: peer.systemId ? null : "" });
    set(byId("block-error"), { hidden: "" });
    this.choice(isClient ? "system" : "address").checked = true;
    byId("block").showModal();
    byId(peer.address ? "block-reason" : "block-address").focus();
  }

  choice(value) {
    return document.querySelector(`input[name=peer][value=${value}]`);
  }

  async submit(event) {
    event.preventDefault();
    const request = { reason: byId("block-reason").value };
    if (this.choice("system").checked) request.systemId = this.subject.systemId;
    else request.address = byId("block-address").value.trim();
    if (byId("block-duration").value) request.duration = byId("block-duration").value;
    const problem = await this.post("block", request);
    write(byId("block-error"), problem);
    set(byId("block-error"), { hidden: problem ? null : "" });
    if (!problem) byId("block").close();
  }

  async unblock(entries) {
    for (const { systemId, address } of entries) {
      const problem = await this.post("unblock", systemId ? { systemId } : { address });
      if (problem) this.announce(`Not unblocked: ${problem}`);
    }
  }

  // Empty when it is done, otherwise why not.
  async post(path, request) {
    try {
      const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "Remote-Dashboard": "1" }, body: JSON.stringify(request) });
      if (!response.ok) return await refusalOf(response);
      await this.refresh();
      return "";
    } catch (error) {
      return `The node does not answer: ${error.message}`;
    }
  }
}

function nameOf(entry) {
  return entry.systemId || entry.address;
}
