// A column's head: name, type, missing values, spread; sorts on a click.

import { button, drawn, element } from "../../page_parts/elements.js";
import { barsOf, sampleText, spreadText } from "./bars.js";
import { counted, percent } from "./wording.js";

const FUNNEL = "M0.5 1h11L7.4 6v4.2l-2.8 1.3V6z";

export class Heads {
  // `spread(place)` promises a histogram; `sort(place, isAdded)`, `openFilter(place, from)`, `pick(filter)` act.
  constructor({ columns, rows, spread, sort, openFilter, pick }) {
    Object.assign(this, { columns, rows, spread, sort, openFilter, pick });
    this.known = new Map();
    this.made = new Map();
  }

  // The head of the column at a place; `view` says how it is sorted and filtered.
  of(place, view) {
    const made = this.made.get(place) ?? this.#make(place);
    const at = view.sort.findIndex((one) => one.column === place);
    const descending = at >= 0 && view.sort[at].descending;
    const order = view.sort.length > 1 && at >= 0 ? String(at + 1) : "";
    made.node.setAttribute("aria-sort", at < 0 ? "none" : descending ? "descending" : "ascending");
    made.arrow.textContent = at < 0 ? "" : `${descending ? "▼" : "▲"}${order}`;
    const isFiltered = view.filters.some((one) => one.column === place);
    made.filter.setAttribute("aria-pressed", String(isFiltered));
    return made.node;
  }

  #make(place) {
    const column = this.columns[place];
    const arrow = element("span", { class: "arrow", "aria-hidden": "true" });
    const name = element("button", { type: "button", class: "name", title: this.#title(column) }, [
      element("span", { class: "label", text: column.name || "(no name)" }),
      arrow,
    ]);
    name.disabled = !column.is_sortable;
    name.addEventListener("click", (event) => this.sort(place, event.shiftKey));
    const filter = button("", `Filter ${column.name}`, () => this.openFilter(place, filter), {
      class: "funnel",
      "aria-label": `Filter ${column.name}`,
    });
    filter.append(drawn("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, [drawn("path", { d: FUNNEL })]));
    const facts = element("div", { class: "facts" });
    const spread = element("div", { class: "spread" });
    const parts = [element("div", { class: "line" }, [name, filter]), facts, spread];
    const node = element("th", { scope: "col", class: `kind-${column.kind}${column.is_index ? " index" : ""}` }, parts);
    const made = { node, arrow, filter, facts, spread };
    this.made.set(place, made);
    this.#tell(made, column);
    this.#ask(place, made);
    return made;
  }

  #title({ name, is_sortable: isSortable }) {
    return isSortable ? `${name}\nSort; with Shift, sort by this as well` : `${name}\nCannot be sorted`;
  }

  #tell({ facts }, { dtype, missing, is_index: isIndex }) {
    const type = element("span", { class: "dtype", text: isIndex ? `${dtype} · index` : dtype });
    const count = missing ? element("span", { class: "missing", text: `${percent(missing, this.rows)} missing` }) : null;
    if (count) count.title = `${counted(missing, "value")} missing`;
    facts.replaceChildren(...[type, count].filter(Boolean));
  }

  async #ask(place, made) {
    try {
      const histogram = this.known.get(place) ?? (await this.spread(place));
      this.known.set(place, histogram);
      const column = this.columns[place];
      if (!histogram.is_sample) column.missing = histogram.missing;
      this.#tell(made, column);
      const pick = (filter) => this.pick({ ...filter, column: place });
      const words = element("div", { class: "range", text: spreadText(histogram, column), title: sampleText(histogram) });
      made.spread.replaceChildren(barsOf(histogram, column, pick), words);
    } catch (error) {
      made.spread.title = error.message; // the column can be read all the same
    }
  }
}
