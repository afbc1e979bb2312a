// A table and all around it: keeps the view, asks for pages, tells how that goes.

import { button, element } from "../../page_parts/elements.js";
import { FilterLine } from "./filters.js";
import { Grid } from "./grid.js";
import { Heads } from "./head.js";
import { Toolbar } from "./toolbar.js";
import { carriedOver, filteredBy, namedColumns, sortedBy } from "./wording.js";

const SLOW_MS = 250; // what takes longer says so

export class TableView {
  // `at` is the path to a table inside a tree; empty for the result itself.
  constructor(source, described, at = []) {
    this.source = source;
    this.at = at;
    this.rows = described.rows;
    this.columns = described.columns;
    this.view = { sort: [], filters: [] };
    this.toolbar = new Toolbar({ ...described, actions: this.#actions() });
    this.filter = new FilterLine({ apply: (filter) => this.#filter(filter), clear: (column) => this.#clear(column) });
    const heads = new Heads({
      columns: this.columns,
      rows: this.rows,
      spread: (column) => this.#ask({ ask: "histogram", column }),
      sort: (column, isAdded) => this.#change({ ...this.view, sort: sortedBy(this.view.sort, column, isAdded) }),
      openFilter: (place, from) => this.filter.open(place, this.columns[place], this.#filterOf(place), from),
      pick: (filter) => this.#filter(filter),
    });
    const label = [described.title, described.type].filter(Boolean).join(", ");
    const page = (asked) => this.#page(asked);
    this.grid = new Grid({ columns: this.columns, heads, rows: this.rows, page, open: (row, column) => this.#open(row, column), label });
    this.detail = element("aside", { class: "detail", hidden: true });
    this.empty = element("p", { class: "empty", hidden: true });
    this.node = element("div", { class: "table" }, [
      this.toolbar.node,
      this.filter.node,
      this.detail,
      this.grid.node,
      this.empty,
    ]);
    this.grid.resize(this.rows);
    this.#tellEmpty(this.rows);
    this.sizes = new ResizeObserver(() => this.grid.draw());
    this.sizes.observe(this.node);
  }

  destroy() {
    this.sizes.disconnect();
  }

  // Looks at these rows as at those of another table: what it was sorted and filtered by, as far as it is still there.
  async continue({ view, columns, toolbar }) {
    const typed = (this.toolbar.search.value = toolbar.search.value);
    if (typed) this.#search(typed);
    const carried = carriedOver(view, columns, this.columns);
    if (carried.sort.length || carried.filters.length) await this.#change(carried);
  }

  #actions() {
    return {
      stop: () => this.source.stop(),
      search: (typed) => this.#search(typed),
      code: () => this.#code(),
      clear: (column) => this.#clear(column),
      unsort: (column) => this.#change({ ...this.view, sort: this.view.sort.filter((one) => one.column !== column) }),
      reset: () => this.#change({ sort: [], filters: [] }),
    };
  }

  #ask(question) {
    return this.source.ask(this.at.length ? { ...question, at: this.at } : question);
  }

  #filterOf(place) {
    return this.view.filters.find((one) => one.column === place);
  }

  #filter(filter) {
    return this.#change({ ...this.view, filters: filteredBy(this.view.filters, filter) });
  }

  #clear(column) {
    this.#change({ ...this.view, filters: this.view.filters.filter((one) => one.column !== column) });
  }

  // Shows another view once its first page has come; until then, and if it never comes, the old one stays. Tells whether
  // it came, or something else was asked for meanwhile.
  async #change(view) {
    const asked = (this.asked = view);
    this.toolbar.show(view);
    const slow = setTimeout(() => this.toolbar.say(wordFor(view, this.rows), { isBusy: true }), SLOW_MS);
    try {
      const { total } = await this.#ask({ ask: "page", view, offset: 0, limit: 0, columns: [] });
      if (this.asked !== asked) return true;
      this.view = view;
      this.toolbar.say("");
      this.toolbar.tell(total, this.grid.places.length);
      this.grid.show(view, total);
      this.#tellEmpty(total);
      return true;
    } catch (error) {
      if (this.asked !== asked) return true;
      this.asked = this.view;
      this.toolbar.show(this.view);
      this.toolbar.say(error.isStopped ? "stopped" : error.message, { isError: !error.isStopped });
      return false;
    } finally {
      clearTimeout(slow);
    }
  }

  #page(asked) {
    return this.#try({ ask: "page", view: this.view, ...asked });
  }

  async #try(question) {
    try {
      return await this.#ask(question);
    } catch (error) {
      if (!error.isStopped) this.toolbar.say(error.message, { isError: true });
      return null;
    }
  }

  #search(typed) {
    const places = namedColumns(this.columns, typed);
    this.grid.choose(places);
    this.toolbar.tell(this.grid.rows.total, places.length);
  }

  async #open(row, column) {
    const { name, dtype } = this.columns[column];
    const found = await this.#try({ ask: "cell", row, column });
    if (!found) return;
    const { text, is_cut: isCut, is_missing: isMissing } = found;
    const note = isMissing ? "missing" : isCut ? "only the first 100,000 characters" : "";
    this.#tell(`${name}, row ${row.toLocaleString("en")}`, [dtype, note].filter(Boolean).join(" · "), text);
  }

  async #code() {
    const chosen = this.grid.places.length < this.columns.length ? this.grid.places : undefined;
    const asked = chosen ? { columns: chosen } : {};
    const found = await this.#try({ ask: "code", view: this.view, ...asked });
    if (!found) return;
    const { code } = found;
    const word = (await copied(code)) ? "copied" : "copy it from here";
    this.#tell("This view as pandas code", word, code);
  }

  #tell(title, note, text) {
    const back = document.activeElement;
    const close = () => {
      this.detail.hidden = true;
      if (back?.isConnected) back.focus();
      else this.grid.focus();
    };
    this.detail.setAttribute("aria-label", title);
    this.detail.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    const shut = button("✕", "Close (Esc)", close, { "aria-label": "Close" });
    const head = [element("strong", { text: title }), element("span", { class: "muted", text: note }), shut];
    this.detail.replaceChildren(element("header", {}, head), element("pre", { tabindex: "0", text }));
    this.detail.hidden = false;
    shut.focus({ preventScroll: true });
  }

  #tellEmpty(total) {
    const why = this.rows ? "No row passes the filters." : "There are no rows.";
    this.empty.textContent = this.columns.length ? why : "There are no columns.";
    this.empty.hidden = total > 0 && this.columns.length > 0;
    this.grid.node.hidden = !this.columns.length;
  }
}

function wordFor({ sort, filters }, rows) {
  const doing = [filters.length ? "filtering" : "", sort.length ? "sorting" : ""].filter(Boolean).join(" and ");
  return `${doing || "reading"} ${rows.toLocaleString("en")} rows …`;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // a page that is not served safely may not write there
  }
}
