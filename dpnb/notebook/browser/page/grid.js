// The table: a real one, of which only the rows and columns in sight are there.

import { element } from "../../page_parts/elements.js";
import { RowSight, columnsInSight, nextCell } from "./sight.js";

const [ROW, HEAD, MOST_SEEN] = [24, 104, 16];
const [LEAST_WIDE, MOST_WIDE, PER_LETTER] = [128, 280, 7.6];
const AROUND = 40; // rows that are fetched before and behind those in sight

export class Grid {
  // `page({ offset, limit, columns })` promises a page; `open(row, column)` shows a cell as a whole.
  constructor({ columns, heads, rows, page, open, label }) {
    Object.assign(this, { columns, heads, page, open });
    this.rows = new RowSight(ROW);
    this.numberWidth = 26 + 8 * Math.max(rows - 1, 0).toLocaleString("en").length;
    this.cell = { row: 0, column: 0 };
    this.view = { sort: [], filters: [] };
    this.known = null;
    this.fetching = false;
    this.body = element("tbody");
    this.headRow = element("tr");
    this.group = element("colgroup");
    this.table = element("table", { role: "grid", "aria-label": label }, [
      this.group,
      element("thead", {}, [this.headRow]),
      this.body,
    ]);
    this.spacer = element("div", { class: "spacer" }, [this.table]);
    this.node = element("div", { class: "grid", tabindex: "-1" }, [this.spacer]);
    this.choose(columns.map((_, place) => place));
    this.#listen();
  }

  // Shows these columns, by their places.
  choose(places) {
    this.places = places;
    this.widths = places.map((place) => widthOf(this.columns[place]));
    this.cell = { row: this.cell.row, column: Math.min(this.cell.column, Math.max(0, places.length - 1)) };
    this.node.scrollLeft = 0;
    this.draw();
  }

  // Shows a view of so many rows, from its beginning.
  show(view, total) {
    this.view = view;
    this.known = null;
    this.cell = { ...this.cell, row: 0 };
    this.rows.first = 0;
    this.resize(total);
  }

  resize(total = this.rows.total) {
    const seen = Math.min(total, MOST_SEEN);
    this.rows.take(total, seen);
    this.node.style.height = `${HEAD + seen * ROW + 16}px`;
    this.spacer.style.height = `${HEAD + this.rows.height}px`;
    this.#bar();
    this.draw();
  }

  draw() {
    const room = Math.max(200, this.node.clientWidth || 800) - this.numberWidth;
    this.sight = columnsInSight(this.widths, this.node.scrollLeft, room);
    this.spacer.style.width = `${this.numberWidth + this.widths.reduce((sum, one) => sum + one, 0)}px`;
    const hadFocus = this.body.contains(document.activeElement);
    this.#drawHead();
    this.#drawRows();
    if (hadFocus) this.#focus();
    this.#fetch();
  }

  focus() {
    this.#focus();
  }

  #drawHead() {
    const { start, end, before, after } = this.sight;
    const filler = () => element("td", { class: "filler", "aria-hidden": "true" });
    const shown = this.places.slice(start, end);
    const wide = [this.numberWidth, before, ...this.widths.slice(start, end), after];
    this.group.replaceChildren(...wide.map(columnOf));
    this.table.style.width = `${wide.reduce((sum, one) => sum + one, 0)}px`;
    const corner = element("th", { scope: "col", class: "number", text: "#", title: "The row's place in the result" });
    const heads = shown.map((place, at) => {
      const head = this.heads.of(place, this.view);
      head.setAttribute("aria-colindex", String(start + at + 2));
      return head;
    });
    const wanted = [corner, filler(), ...heads, filler()];
    const same = this.headRow.children.length === wanted.length && heads.every((head, at) => this.headRow.children[at + 2] === head);
    if (!same) this.headRow.replaceChildren(...wanted);
    this.table.setAttribute("aria-colcount", String(this.places.length + 1));
    this.table.setAttribute("aria-rowcount", String(this.rows.total + 1));
  }

  #drawRows() {
    const { first, visible, total } = this.rows;
    const count = Math.min(visible, total - first);
    this.body.replaceChildren(...Array.from({ length: count }, (_, at) => this.#row(first + at)));
  }

  #row(row) {
    const { start, end } = this.sight;
    const at = this.known ? row - this.known.offset : -1;
    const isKnown = at >= 0 && at < (this.known?.rows.length ?? 0);
    const number = isKnown ? this.known.rows[at].toLocaleString("en") : "…";
    const cells = this.places.slice(start, end).map((place, seen) => {
      const values = isKnown ? this.known.cells.get(place) : undefined;
      return this.#cell(row, start + seen, place, values ? values[at] : undefined);
    });
    const filler = () => element("td", { class: "filler", "aria-hidden": "true" });
    const head = element("th", { scope: "row", class: "number", text: number });
    return element("tr", { "aria-rowindex": row + 2, class: row % 2 ? "odd" : "" }, [head, filler(), ...cells, filler()]);
  }

  #cell(row, column, place, value) {
    const isActive = row === this.cell.row && column === this.cell.column;
    const isGone = value === null;
    const text = value === undefined ? "" : isGone ? "missing" : value;
    const attributes = { text, tabindex: isActive ? "0" : "-1", "aria-colindex": column + 2, "data-cell": `${row},${column}` };
    const cell = element("td", { ...attributes, class: `kind-${this.columns[place].kind}${isGone ? " gone" : ""}` });
    if (value === undefined) cell.setAttribute("aria-busy", "true");
    return cell;
  }

  #focus() {
    this.body.querySelector(`[data-cell="${this.cell.row},${this.cell.column}"]`)?.focus({ preventScroll: true });
  }

  // Asks for what is in sight and not known; one question at a time, so that fast scrolling asks for few pages.
  async #fetch() {
    if (this.fetching || !this.rows.total || !this.places.length || this.#isKnown()) return;
    this.fetching = true;
    const view = this.view;
    const { first, visible, total } = this.rows;
    const offset = Math.max(0, first - AROUND);
    const limit = Math.min(total, first + visible + AROUND) - offset;
    const columns = this.places.slice(Math.max(0, this.sight.start - 2), this.sight.end + 2);
    try {
      const page = await this.page({ offset, limit, columns });
      if (view === this.view && page) {
        const cells = new Map(page.columns.map((place, at) => [place, page.cells[at]]));
        this.known = { offset: page.offset, rows: page.rows, cells };
      }
    } finally {
      this.fetching = false;
    }
    if (view === this.view && this.known) this.draw();
  }

  #isKnown() {
    const { first, visible, total } = this.rows;
    if (!this.known || first < this.known.offset) return false;
    const end = Math.min(total, first + visible);
    const places = this.places.slice(this.sight.start, this.sight.end);
    return end <= this.known.offset + this.known.rows.length && places.every((place) => this.known.cells.has(place));
  }

  #bar() {
    this.node.scrollTop = this.rows.offset(this.#range);
    this.placed = this.node.scrollTop; // as the browser has rounded it
  }

  get #range() {
    return this.node.scrollHeight - this.node.clientHeight;
  }

  #listen() {
    this.node.addEventListener("scroll", () => {
      if (Math.abs(this.node.scrollTop - this.placed) > 1) {
        this.placed = this.node.scrollTop;
        this.rows.scrollTo(this.node.scrollTop, this.#range);
      }
      this.#later();
    });
    this.node.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
    this.body.addEventListener("mousedown", (event) => {
      const found = event.target.closest("[data-cell]");
      if (!found) return;
      const [row, column] = found.dataset.cell.split(",").map(Number);
      this.#leave();
      this.cell = { row, column };
      found.setAttribute("tabindex", "0");
      found.focus({ preventScroll: true });
    });
    this.body.addEventListener("dblclick", () => this.#open());
    this.body.addEventListener("keydown", (event) => this.#key(event));
  }

  // A long table's bar moves by many rows a pixel: the wheel then moves rows, and the bar follows.
  #turn(event) {
    if (!this.rows.isScaled || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    const wanted = this.rows.first + Math.sign(event.deltaY) * Math.max(1, Math.round(Math.abs(event.deltaY) / ROW));
    if (wanted < 0 || wanted > this.rows.last) return;
    event.preventDefault();
    this.rows.goTo(wanted);
    this.#bar();
    this.#later();
  }

  #later() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.draw();
    });
  }

  #leave() {
    this.body.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
  }

  #key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.#open();
      return;
    }
    const size = { rows: this.rows.total, columns: this.places.length, page: this.rows.visible };
    const next = nextCell(this.cell, event, size);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.cell = next;
    this.rows.reveal(next.row);
    this.#bar();
    this.#revealColumn(next.column);
    this.draw();
    this.#focus();
  }

  #revealColumn(column) {
    const left = this.widths.slice(0, column).reduce((sum, one) => sum + one, 0);
    const room = this.node.clientWidth - this.numberWidth - 20;
    const right = left + this.widths[column];
    if (left < this.node.scrollLeft) this.node.scrollLeft = left;
    else if (right > this.node.scrollLeft + room) this.node.scrollLeft = right - room;
  }

  #open() {
    const at = this.known ? this.cell.row - this.known.offset : -1;
    const row = this.known?.rows[at];
    if (row !== undefined) this.open(row, this.places[this.cell.column]);
  }
}

// A style that is set by a script is one that strict pages allow; an attribute is none.
function columnOf(width) {
  const column = element("col");
  column.style.width = `${width}px`;
  return column;
}

export function widthOf({ name, kind, missing }) {
  const letters = Array.from(name.normalize("NFC")).reduce((sum, one) => sum + (one >= "\u1100" ? 1.7 : 1), 0);
  const least = kind === "text" || kind === "other" ? 160 : kind === "instant" ? 226 : kind === "number" || missing ? 164 : LEAST_WIDE;
  return Math.round(Math.min(MOST_WIDE, Math.max(least, letters * PER_LETTER + 62)));
}
