// What is browsed, whatever it is: a table, a tree, or what was recorded of it where it may not be loaded.

import { button, element } from "../../page_parts/elements.js";
import { TableView } from "./table.js";
import { TreeView } from "./tree.js";

const SEEN_LAST = "The kernel has gone: this is what was seen last.";

export class Browser {
  // `source.ask(request)` promises answers; it may be a kernel or a server.
  constructor(source) {
    this.source = source;
    this.note = element("p", { class: "note", role: "alert", hidden: true });
    const renew = button("Show what has come since", "Read the stream as it is now", () => this.#renew());
    this.more = element("p", { class: "more", hidden: true }, [element("span", { text: "This stream still grows. " }), renew]);
    this.node = element("section", { class: "dpnb-browser", "aria-label": "Result", "data-lm-suppress-shortcuts": "true" }, [
      this.note,
      this.more,
    ]);
    this.forget = source.whenLost?.(() => this.#say(SEEN_LAST));
  }

  // Asks what there is, and shows it: sorted and filtered as what was shown before, where that was a table too.
  async show() {
    const described = await this.source.ask({ ask: "describe" });
    if (described.title) this.node.setAttribute("aria-label", described.title);
    const make = { table: TableView, tree: TreeView, preview: PreviewView }[described.shows];
    const before = this.shown instanceof TableView && make === TableView ? this.shown : null;
    this.shown?.destroy();
    this.shown?.node.remove();
    this.more.hidden = !described.grows;
    this.shown = new make(this.source, described);
    this.node.append(this.shown.node);
    if (before) await this.shown.continue(before);
  }

  async #renew() {
    try {
      await this.show();
    } catch (error) {
      if (!error.isStopped) this.#say(error.message);
    }
  }

  destroy() {
    this.forget?.();
    this.shown?.destroy();
  }

  #say(text) {
    this.note.textContent = text;
    this.note.hidden = false;
  }
}

class PreviewView {
  constructor(_, { title, type, rows, columns, more_columns: more, labels, cells, text, note }) {
    const size = rows === null ? "" : `${rows.toLocaleString("en")} rows`;
    const head = element("div", { class: "line" }, [
      element("strong", { class: "title", text: title }),
      element("span", { class: "muted", text: [type, size].filter(Boolean).join(" · ") }),
    ]);
    const why = element("p", { class: "note", text: note });
    const shown = cells.length ? tableOfPreview(columns, labels, cells, more) : element("pre", { text });
    this.node = element("div", {}, [element("header", {}, [head]), why, shown]);
  }

  destroy() {}
}

function tableOfPreview(columns, labels, cells, more) {
  const heads = columns.map(({ name, dtype }) =>
    element("th", { scope: "col" }, [element("div", { text: name }), element("div", { class: "muted", text: dtype })]),
  );
  if (more) heads.push(element("th", { scope: "col", class: "muted", text: `${more} more columns` }));
  const rows = cells.map((row, at) =>
    element("tr", {}, [
      element("th", { scope: "row", text: labels[at] ?? String(at) }),
      ...row.map((cell) => element("td", { text: cell })),
    ]),
  );
  const head = element("thead", {}, [element("tr", {}, [element("td", {}), ...heads])]);
  return element("div", { class: "scroll", tabindex: "0" }, [element("table", {}, [head, element("tbody", {}, rows)])]);
}
