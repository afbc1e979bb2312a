// One run: what is known of it, what can be done with it, and its panel, alive while it goes.

import { button, duration, element } from "../../notebook/page_parts/elements.js";
import { Panel } from "../../notebook/panel/page/panel.js";
import { confirmed } from "./dialog.js";
import { instant } from "./marks.js";
import { PanelModel } from "./panel_model.js";
import { removeRuns } from "./runs_view.js";
import { byteSize, thousands } from "./wording.js";

export class RunView {
  constructor(context, runId) {
    Object.assign(this, context);
    this.runId = runId;
    this.head = element("div", { class: "dpnb-run-head" }, [element("p", { class: "muted", text: "Loading …" })]);
    this.place = element("div");
    this.node = element("div", { class: "dpnb-view" }, [this.head, this.place]);
    this.#begin();
  }

  close() {
    this.isClosed = true;
    this.stop?.();
    this.model?.close();
    this.panel?.destroy();
  }

  press(event) {
    if (event.key !== "Escape") return false;
    this.go(["runs"]);
    return true;
  }

  async #begin() {
    const fail = (problem) => this.#fail(problem);
    this.stop = this.transport.watch("run.facts", { run_id: this.runId }, (facts) => this.#showHead(facts), fail);
    try {
      const facts = await this.transport.ask("run.panel", { run_id: this.runId });
      this.model = new PanelModel(this.transport, facts, {
        done: (action, answer) => this.#done(action, answer),
        failed: fail,
        browse: (task) => this.go(["runs", this.runId, "browse", task]),
      });
      this.model.on("problem", fail);
      await this.model.follow();
      if (this.isClosed) return;
      this.panel = new Panel(this.model);
      this.place.replaceChildren(this.panel.node);
      this.panel.graph.resize();
    } catch (problem) {
      fail(problem);
    }
  }

  #fail(problem) {
    if (this.isClosed) return;
    this.notices.fail(problem);
    if (!this.panel) {
      this.head.replaceChildren(
        element("p", { text: "This run cannot be shown." }),
        button("← All runs", "Back to the table", () => this.go(["runs"])),
      );
    }
  }

  #done(action, { run_id: id, word }) {
    this.notices.say(word);
    if (action === "rerun") this.go(id ? ["runs", id] : ["runs"]);
  }

  #showHead(facts) {
    this.facts = facts;
    this.notices.recover();
    if (this.head.contains(document.activeElement) && document.activeElement.matches("input")) return;
    const compare = facts.before
      ? button("Compare with the run before", `Side by side with ${facts.before}`, () => this.go(["compare", facts.before, this.runId]))
      : null;
    this.head.replaceChildren(
      element("div", { class: "line" }, [
        button("←", "All runs (Esc)", () => this.go(["runs"]), { "aria-label": "Back to all runs", class: "back" }),
        element("h2", { text: facts.name || facts.run_id }),
        ...facts.tags.map((tag) => element("span", { class: "tag", text: `# ${tag}` })),
        element("span", { class: "room" }),
        compare,
        button(facts.pinned ? "★ Pinned" : "☆ Pin", "A pinned run is not pruned", () => this.#remark({ pinned: !facts.pinned }), { "aria-pressed": String(facts.pinned) }),
        button(facts.note ? "Edit the note" : "Add a note", "A note of your own", () => this.#editNote()),
        button("Delete …", "Delete the run for good", () => this.#remove(), { class: "danger" }),
      ].filter(Boolean)),
      facts.note ? element("p", { class: "note", text: facts.note }) : "",
      this.#table(facts),
    );
    this.#fillSize();
  }

  #table(facts) {
    const who = [facts.user, facts.host].filter(Boolean).join("@");
    const link = (id) => button(id, `Open ${id}`, () => this.go(["runs", id]), { class: "name" });
    const rows = [
      ["run", element("code", { text: facts.run_id })],
      ["started", instant(facts.started_us)],
      ["took", facts.duration_s === null ? null : element("span", { text: duration(facts.duration_s) })],
      ["by", element("span", { text: who })],
      ["workers", facts.workers ? element("span", { text: thousands(facts.workers) }) : null],
      ["not promised", facts.missing ? element("span", { text: facts.missing }) : null],
      ["size", element("span", { class: "size", text: "…" })],
      ["rerun of", facts.rerun_of ? link(facts.rerun_of) : null],
      ["parameters", pairs(facts.parameters)],
      ["metadata", pairs(facts.metadata)],
      ["why it ended", facts.reason ? element("span", { text: facts.reason }) : null],
    ];
    const shown = rows.filter(([, value]) => value);
    return element("dl", { class: "dpnb-facts" }, shown.map(([name, value]) =>
      element("div", {}, [element("dt", { text: name }), element("dd", {}, [value])]),
    ));
  }

  async #fillSize() {
    try {
      const { sizes } = await this.transport.ask("runs.sizes", { run_ids: [this.runId] });
      const [disk, freed] = sizes[this.runId];
      const cell = this.head.querySelector(".size");
      if (!cell) return;
      cell.textContent = byteSize(disk);
      if (freed < disk) cell.textContent += `, of which ${byteSize(disk - freed)} lie in other runs too`;
      this.sizes = new Map([[this.runId, { disk, freed }]]);
    } catch {
      // the size alone is missing then
    }
  }

  async #remark(remark) {
    try {
      await this.transport.ask("run.remark", { run_id: this.runId, ...remark });
      this.#showHead(await this.transport.ask("run.facts", { run_id: this.runId }));
    } catch (problem) {
      this.#fail(problem);
    }
  }

  async #editNote() {
    const field = { label: "Note", value: this.facts.note };
    const note = await confirmed(this.root, { title: "A note on this run", action: "Keep the note", field });
    if (note !== null) await this.#remark({ note });
  }

  async #remove() {
    if (await removeRuns(this, [this.runId], this.sizes)) this.go(["runs"]);
  }
}

function pairs(rows) {
  if (!rows.length) return null;
  return element("span", {}, rows.map(([name, value]) => element("code", { class: "pair", text: `${name} = ${value}` })));
}
