// The lines above a table: what it is, how it is sorted and filtered, and what can be done with it.

import { button, element } from "../../page_parts/elements.js";
import { counted, filterText } from "./wording.js";

export class Toolbar {
  constructor({ title, type, rows, columns, actions }) {
    this.total = rows;
    this.columns = columns;
    this.actions = actions;
    this.count = element("span", { class: "count" });
    this.word = element("span", { class: "word", role: "status" });
    this.halt = button("Stop", "Give up what is being looked up", () => actions.stop(), { hidden: true });
    this.search = element("input", { type: "search", placeholder: "Search columns", "aria-label": "Search columns" });
    this.search.addEventListener("input", () => actions.search(this.search.value));
    this.search.addEventListener("keydown", (event) => event.stopPropagation());
    this.code = button("Copy as code", "Copy the pandas code that makes this view", () => actions.code());
    const line = element("div", { class: "line" }, [
      title ? element("strong", { class: "title", text: title, title }) : null,
      element("span", { class: "muted type", text: type }),
      this.count,
      element("span", { class: "room" }),
      this.word,
      this.halt,
      this.search,
      this.code,
    ]);
    this.chips = element("div", { class: "chips", hidden: true, role: "group", "aria-label": "Filters and order" });
    this.node = element("header", {}, [line, this.chips]);
    this.tell(rows);
  }

  tell(shown, columnsShown = this.columns.length) {
    const all = this.columns.length;
    const rows = shown === this.total ? counted(shown, "row") : `${shown.toLocaleString("en")} of ${counted(this.total, "row")}`;
    const columns = columnsShown === all ? counted(all, "column") : `${columnsShown} of ${counted(all, "column")}`;
    this.count.textContent = `${rows} × ${columns}`;
  }

  say(word, { isBusy = false, isError = false } = {}) {
    this.word.textContent = word;
    this.word.title = word;
    this.word.classList.toggle("error", isError);
    this.halt.hidden = !isBusy;
  }

  show({ sort, filters }) {
    const { columns, actions } = this;
    const filterChips = filters.map((filter) =>
      chip(filterText(filter, columns[filter.column].name), () => actions.clear(filter.column), "filter"),
    );
    const sortChips = sort.map(({ column, descending }) =>
      chip(`${descending ? "▼" : "▲"} ${columns[column].name}`, () => actions.unsort(column), "order"),
    );
    const all = filters.length + sort.length > 1 ? [button("Clear all", "Show all rows in their own order", () => actions.reset())] : [];
    this.chips.replaceChildren(...filterChips, ...sortChips, ...all);
    this.chips.hidden = !filters.length && !sort.length;
  }
}

function chip(text, remove, kind) {
  const close = button("✕", `Remove: ${text}`, remove, { "aria-label": `Remove ${kind}: ${text}` });
  return element("span", { class: `chip ${kind}` }, [element("span", { class: "label", text, title: text }), close]);
}
