// A box above each table that is marked for it: what is typed, and which tag is chosen, decide which rows are shown.

import { element } from "../../page_parts/elements.js";

const LOOK_MS = 400;
const MARK = "data-dpnb-search";
const SEARCHED = "data-dpnb-searched";

function folded(text) {
  return text.normalize("NFC").toLowerCase();
}

// The numbers of the rows that hold every word that was typed, and have the tag; null as the tag is any.
export function fitting(rows, typed, tag) {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const fits = (row) => words.every((word) => row.text.includes(word)) && (tag === null || row.tags.includes(tag));
  return rows.flatMap((row, number) => (fits(row) ? [number] : []));
}

export function rowsOf(cells, tagsAt) {
  return cells.map((texts) => ({
    text: folded(texts.join("\n")),
    tags: tagsAt < 0 ? [] : texts[tagsAt].split(",").map((tag) => tag.trim()).filter(Boolean),
  }));
}

export class TableBox {
  constructor(table) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    // What says how many more there are is no row.
    this.lines = [...table.querySelectorAll("tbody tr")].filter((line) => line.children.length === heads.length);
    this.beyond = new Set(this.lines.filter((line) => line.hidden)); // shown only when they are searched for
    const cells = this.lines.map((line) => [...line.children].map((cell) => cell.textContent));
    this.rows = rowsOf(cells, heads.indexOf("tags"));
    this.node = this.#put();
    table.before(this.node);
  }

  #put() {
    this.typed = element("input", { type: "search", placeholder: "Search", "aria-label": "Search the rows" });
    this.typed.addEventListener("input", () => this.#show());
    this.typed.addEventListener("keydown", (event) => event.stopPropagation()); // letters are a notebook's shortcuts
    const tags = [...new Set(this.rows.flatMap((row) => row.tags))].sort();
    const all = element("option", { value: "", text: "all tags" });
    const options = tags.map((tag) => element("option", { value: `=${tag}`, text: tag }));
    this.tag = element("select", { "aria-label": "Tag" }, [all, ...options]);
    this.tag.addEventListener("change", () => this.#show());
    this.tag.hidden = tags.length === 0;
    this.count = element("span", { role: "status", class: "count" });
    return element("div", { class: "dpnb-search", role: "search" }, [this.typed, this.tag, this.count]);
  }

  #show() {
    const shown = new Set(fitting(this.rows, this.typed.value, this.tag.value ? this.tag.value.slice(1) : null));
    this.lines.forEach((line, number) => {
      line.hidden = shown.size < this.rows.length ? !shown.has(number) : this.beyond.has(line);
    });
    this.count.textContent = shown.size < this.rows.length ? `${shown.size} of ${this.rows.length}` : "";
  }
}

// Outputs come and go as cells are run and scrolled, so that their tables are looked for again and again.
export function watchTables(page) {
  const look = () => {
    for (const table of page.querySelectorAll(`table[${MARK}]:not([${SEARCHED}])`)) {
      table.setAttribute(SEARCHED, "");
      new TableBox(table);
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

export default { initialize: () => watchTables(document) };
