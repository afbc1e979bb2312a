// What runs take on the disk, and the removal of old ones: first looked at, then confirmed.

import { button, element } from "../../notebook/page_parts/elements.js";
import { confirmed } from "./dialog.js";
import { instant, statePill } from "./marks.js";
import { byteSize, plural, thousands } from "./wording.js";

const LISTED = 8;

export class DiskView {
  constructor(context) {
    Object.assign(this, context);
    this.keep = element("input", { type: "number", min: "0", value: "50", "aria-label": "How many of the newest runs stay" });
    this.age = element("input", { type: "text", placeholder: "30d", "aria-label": "Only runs that ended longer ago than this", size: "6" });
    this.report = element("div", {}, [element("p", { class: "muted", text: "Looking at every file …" })]);
    const look = button("Look what would go", "Nothing is deleted yet", () => this.#prune());
    this.form = element("div", { class: "line dpnb-prune" }, [
      element("strong", { text: "Prune" }),
      element("label", {}, ["keep the newest ", this.keep, " runs"]),
      element("label", {}, ["and delete only what is older than ", this.age]),
      look,
    ]);
    this.note = element("p", { class: "muted", text: "Pinned runs, runs that go, and the last good run of each pipeline stay in any case." });
    this.node = element("div", { class: "dpnb-view" }, [this.report, this.form, this.note]);
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) this.#prune();
    });
    this.#ask();
  }

  press() {
    return false;
  }

  close() {
    this.isClosed = true;
  }

  async #ask() {
    try {
      const told = await this.transport.ask("disk");
      if (!this.isClosed) this.#show(told);
    } catch (problem) {
      this.notices.fail(problem);
    }
  }

  #show({ total_bytes: total, count, runs, home }) {
    this.form.hidden = this.note.hidden = !count;
    if (!count) {
      this.report.replaceChildren(
        element("div", { class: "dpnb-empty" }, [
          element("strong", { text: "Nothing is stored yet." }),
          element("p", { text: `Results of runs will lie in ${home}.` }),
        ]),
      );
      return;
    }
    const most = Math.max(...runs.map((run) => run.added_bytes), 1);
    const rows = runs.map((run) => {
      const bar = element("span", { class: "bar a" });
      bar.style.width = `${Math.max(0.5, (70 * run.added_bytes) / most)}%`;
      const open = run.status
        ? button(run.run_id, `Open ${run.run_id}`, () => this.go(["runs", run.run_id]), { class: "name" })
        : element("span", { text: `${run.run_id} (not in the ledger)` });
      return element("tr", {}, [
        element("td", {}, [run.status ? statePill(this.hello.looks[run.status]) : ""]),
        element("td", {}, [open]),
        element("td", {}, [instant(run.started_us)]),
        element("td", { class: "wide" }, [element("div", { class: "measure" }, [bar, byteSize(run.added_bytes)])]),
        element("td", { class: "right", text: byteSize(run.disk_bytes) }),
        element("td", { class: "right", text: byteSize(run.freed_bytes) }),
        element("td", { class: "right", text: thousands(run.files) }),
      ]);
    });
    const head = ["status", "run", "started", "its own share", "alone", "freed by deletion", "files"].map((name, place) =>
      element("th", { text: name, class: place > 3 ? "right" : "" }),
    );
    this.report.replaceChildren(
      element("p", { class: "dpnb-total" }, [
        element("strong", { text: byteSize(total) }),
        element("span", { class: "muted", text: ` in ${plural(count, "run")}, each file counted once · ${home}` }),
      ]),
      element("div", { class: "dpnb-scroll tall", tabindex: "0", role: "region", "aria-label": "Runs by what they take" }, [
        element("table", { class: "dpnb-table" }, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]),
      ]),
      runs.length < count ? element("p", { class: "muted", text: `The ${thousands(runs.length)} largest are shown.` }) : "",
    );
  }

  async #prune() {
    const rule = this.#rule();
    try {
      const would = await this.transport.ask("disk.prune", { ...rule, dry_run: true });
      if (!would.runs.length) {
        this.notices.say(`Nothing would go: all ${plural(would.kept, "run")} stay.`);
        return;
      }
      const listed = would.runs.slice(0, LISTED).map(([id, status, freed]) =>
        element("div", { class: "line" }, [statePill(this.hello.looks[status]), element("span", { text: id }), element("span", { class: "muted", text: byteSize(freed) })]),
      );
      const more = would.runs.length - listed.length;
      const count = plural(would.runs.length, "run");
      const answer = await confirmed(this.root, {
        title: `Delete ${count}?`,
        lines: [`${byteSize(would.freed_bytes)} become free; ${plural(would.kept, "run stays", "runs stay")}.`, ...listed, more > 0 ? `and ${thousands(more)} more` : ""].filter(Boolean),
        action: `Delete ${count}`,
        isDanger: true,
      });
      if (!answer) return;
      const done = await this.transport.ask("disk.prune", { ...rule, dry_run: false });
      this.notices.say(`${plural(done.runs.length, "run")} deleted, ${byteSize(done.freed_bytes)} freed`);
      await this.#ask();
    } catch (problem) {
      this.notices.fail(problem);
    }
  }

  #rule() {
    const rule = {};
    if (this.keep.value.trim()) rule.keep = Number(this.keep.value);
    if (this.age.value.trim()) rule.older_than = this.age.value.trim();
    return rule;
  }
}
