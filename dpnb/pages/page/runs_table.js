// The table of runs. Arrow keys go from row to row, Enter opens one, Space chooses it.

import { button, duration, element } from "../../notebook/page_parts/elements.js";
import { instant, sparkline, statePill, taskCounts } from "./marks.js";
import { byteSize, utcTime } from "./wording.js";

const COLUMNS = [
  ["", "choose"],
  ["status", ""],
  ["run", ""],
  ["tags", ""],
  ["started", ""],
  ["duration", "right"],
  ["tasks", ""],
  ["by", ""],
  ["size", "right"],
];

export class RunsTable {
  // `looks` by state; `open(id)`, `tag(name)`, `chosen(ids)`, `leave(id)` are called back.
  constructor({ looks, open, tag, chose, remove }) {
    Object.assign(this, { looks, open, tag, chose, remove });
    this.selected = new Set();
    this.sizes = new Map();
    this.starts = new Map(); // of all that were shown, also on other pages
    this.rows = [];
    this.focused = "";
    this.body = element("tbody");
    const head = COLUMNS.map(([name, kind]) =>
      name ? element("th", { scope: "col", text: name, class: kind }) : element("td", { class: kind }),
    );
    this.table = element("table", { class: "dpnb-runs", "aria-label": "Runs" }, [
      element("thead", {}, [element("tr", {}, head)]),
      this.body,
    ]);
    this.node = element("div", { class: "dpnb-scroll" }, [this.table]);
    this.body.addEventListener("keydown", (event) => this.#press(event));
    this.body.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr");
      if (row) this.#mark(row.dataset.run);
    });
    this.body.addEventListener("click", (event) => this.#click(event));
    this.timer = setInterval(() => this.#tick(), 1000);
  }

  show(runs) {
    const held = this.body.contains(document.activeElement) ? document.activeElement : null;
    const kind = held?.dataset?.part;
    for (const run of runs) this.starts.set(run.run_id, run.started_us);
    if (!runs.some((run) => run.run_id === this.focused)) this.focused = runs[0]?.run_id ?? "";
    this.#put(runs);
    if (held && !held.isConnected) {
      const row = this.#rowOf(this.focused);
      (kind ? row?.querySelector(`[data-part="${kind}"]`) : row)?.focus({ preventScroll: true });
    }
    this.#tick();
  }

  // Rows that tell the same as before stay the elements that they are: somebody may be reading, or copying from them.
  #put(runs) {
    const places = changedPlaces(this.rows, runs);
    this.rows = runs;
    if (places === null) this.body.replaceChildren(...runs.map((run) => this.#row(run)));
    else for (const place of places) this.body.rows[place].replaceWith(this.#row(runs[place]));
  }

  // Sizes come after the rows: files are looked at for them.
  showSizes(sizes) {
    for (const [name, [disk, freed]] of Object.entries(sizes)) this.sizes.set(name, { disk, freed });
    for (const run of this.rows) this.#fillSize(run.run_id);
  }

  clearChoice() {
    this.selected.clear();
    for (const box of this.body.querySelectorAll("input")) box.checked = false;
    for (const row of this.body.rows) row.removeAttribute("aria-selected");
    this.chose([]);
  }

  focus() {
    this.#rowOf(this.focused)?.focus();
  }

  close() {
    clearInterval(this.timer);
  }

  #row(run) {
    const isChosen = this.selected.has(run.run_id);
    const box = element("input", { type: "checkbox", "aria-label": `Choose ${run.run_id}`, "data-part": "choose", tabindex: "-1" });
    box.checked = isChosen;
    const look = this.looks[run.status];
    const pill = statePill(look);
    if (run.reason) pill.title = run.reason;
    const cells = [
      [element("label", { class: "box" }, [box])],
      [pill],
      this.#names(run),
      run.tags.map((tag) => button(`# ${tag}`, `Only runs tagged ${tag}`, () => this.tag(tag), { class: "tag", tabindex: "-1" })),
      [instant(run.started_us)],
      [this.#duration(run, look)],
      [taskCounts(run.counts, run.tasks, this.looks)],
      [element("span", { text: run.user }), element("span", { class: "muted", text: run.host && `@${run.host}` })],
      [element("span", { class: "size muted", text: "…" })],
    ];
    const label = `${run.name || run.run_id}, ${look?.word ?? run.status}, started ${utcTime(run.started_us)}`;
    const row = element(
      "tr",
      { tabindex: run.run_id === this.focused ? "0" : "-1", "data-run": run.run_id, "aria-label": label, "aria-selected": isChosen ? "true" : null },
      cells.map((cell, place) => element("td", { class: COLUMNS[place][1] }, cell)),
    );
    this.#fillSize(run.run_id, row);
    return row;
  }

  #names(run) {
    const marks = [
      run.pinned ? element("span", { class: "pin", role: "img", "aria-label": "pinned", title: "Pinned: it is not pruned", text: "★" }) : null,
      run.rerun_of ? element("span", { class: "muted", role: "img", "aria-label": `rerun of ${run.rerun_of}`, title: `Rerun of ${run.rerun_of}`, text: "↻" }) : null,
    ];
    const name = button(run.name || run.run_id, `Open ${run.run_id}`, () => this.open(run.run_id), { class: "name", tabindex: "-1", "data-part": "name" });
    const small = [run.run_id, run.params].filter(Boolean).join(" · ");
    return [
      element("div", { class: "names" }, [name, ...marks]),
      element("div", { class: "muted id", text: small, title: small }),
      run.note ? element("div", { class: "note", text: run.note, title: run.note }) : null,
    ].filter(Boolean);
  }

  #duration(run, look) {
    const told = element("span", { class: "took", text: duration(run.duration_s) });
    const isOwn = run.duration_s !== null && run.status !== "running";
    return element("div", { class: "durations" }, [sparkline(run.history, { isOwn, look }), told]);
  }

  #fillSize(name, row = this.#rowOf(name)) {
    const [size, cell] = [this.sizes.get(name), row?.querySelector(".size")];
    if (!size || !cell) return;
    cell.textContent = byteSize(size.disk);
    cell.title = `${byteSize(size.freed)} become free when it is deleted; the rest lies in other runs too`;
  }

  #tick() {
    const going = this.rows.filter((run) => run.status === "running");
    for (const run of going) {
      const seconds = Math.max(0, Date.now() / 1000 - run.started_us / 1e6);
      this.#rowOf(run.run_id).querySelector(".took").textContent = duration(seconds);
    }
  }

  #rowOf(name) {
    return [...this.body.rows].find((row) => row.dataset.run === name);
  }

  #mark(name) {
    for (const row of this.body.rows) row.setAttribute("tabindex", row.dataset.run === name ? "0" : "-1");
    this.focused = name;
  }

  #choose(name, isChosen) {
    if (isChosen) this.selected.add(name);
    else this.selected.delete(name);
    const row = this.#rowOf(name);
    if (row) {
      row.querySelector("input").checked = isChosen;
      if (isChosen) row.setAttribute("aria-selected", "true");
      else row.removeAttribute("aria-selected");
    }
    this.chose([...this.selected]);
  }

  #click(event) {
    const row = event.target.closest("tr");
    if (!row) return;
    if (event.target.matches("input")) this.#choose(row.dataset.run, event.target.checked);
    else if (!event.target.closest("button, label")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) this.#choose(row.dataset.run, !this.selected.has(row.dataset.run));
      else if (!String(getSelection() ?? "")) this.open(row.dataset.run);
    }
  }

  #press(event) {
    const rows = [...this.body.rows];
    const place = rows.findIndex((row) => row.dataset.run === this.focused);
    const isRow = event.target.matches("tr");
    const steps = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 };
    if (event.key in steps) {
      const next = rows[Math.max(0, Math.min(rows.length - 1, steps[event.key]))];
      this.#mark(next.dataset.run);
      next.focus();
    } else if (isRow && event.key === "Enter") this.open(this.focused);
    else if (isRow && event.key === " ") this.#choose(this.focused, !this.selected.has(this.focused));
    else if (isRow && event.key === "Delete") this.remove(this.selected.size ? [...this.selected] : [this.focused]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

// The places of the rows that tell something else than before; null where they are other runs, or in another order.
export function changedPlaces(before, runs) {
  const isSame = before.length === runs.length && runs.every((run, place) => run.run_id === before[place].run_id);
  if (!isSame) return null;
  return [...runs.keys()].filter((place) => JSON.stringify(runs[place]) !== JSON.stringify(before[place]));
}
