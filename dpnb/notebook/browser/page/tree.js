// A value that is no table: opened level by level, a hundred parts at a time.

import { button, element } from "../../page_parts/elements.js";
import { TableView } from "./table.js";
import { counted } from "./wording.js";

export class TreeView {
  constructor(source, described) {
    this.source = source;
    this.tables = [];
    const root = element("ul", { class: "tree", "aria-label": described.title || described.type });
    const title = described.title ? element("strong", { class: "title", text: described.title }) : null;
    const type = element("span", { class: "muted type", text: described.type });
    this.word = element("span", { class: "word", role: "status" });
    const line = element("div", { class: "line" }, [title, type, element("span", { class: "room" }), this.word]);
    this.node = element("div", {}, [element("header", {}, [line]), root]);
    const item = this.#item(described.root, []);
    root.append(item.node);
    if (described.root.opens || described.root.is_picture) item.open();
  }

  destroy() {
    for (const table of this.tables) table.destroy();
  }

  #item(part, path) {
    const inner = element("ul", { hidden: true });
    const label = element("span", { class: "key", text: part.label });
    const text = element("span", { class: "value", text: part.text });
    const size = part.count === null || part.count === undefined ? "" : counted(part.count, sizeWord(part));
    const type = element("span", { class: "muted", text: [part.type, size].filter(Boolean).join(" · ") });
    const node = element("li", {}, []);
    let isFilled = false;
    const open = async () => {
      const isOpen = inner.hidden;
      inner.hidden = !isOpen;
      toggle?.setAttribute("aria-expanded", String(isOpen));
      text.hidden = isOpen && (part.opens || part.is_picture);
      if (!isOpen || isFilled) return;
      isFilled = true;
      if (part.is_picture) await this.#picture(inner, path, part);
      else if (part.is_table) await this.#table(inner, path);
      else if (part.is_long) await this.#whole(inner, path);
      else await this.#more(inner, path, 0);
    };
    const canOpen = part.opens || part.is_table || part.is_long || part.is_picture;
    const toggle = canOpen ? button("", `Open ${part.label}`, open, { "aria-expanded": "false", class: "fold" }) : null;
    toggle?.append(label);
    node.append(toggle ?? element("span", { class: "leaf" }, [label]), type, text, inner);
    return { node, open };
  }

  async #more(list, path, offset) {
    const found = await this.#try({ ask: "children", path, offset });
    if (!found) return;
    list.append(...found.nodes.map((part, at) => this.#item(part, [...path, offset + at]).node));
    const next = offset + found.nodes.length;
    if (!found.nodes.length || next >= found.total) return;
    const more = element("li", {}, [
      button(`${counted(found.total - next, "more part")}`.replace("more parts", "more"), "Show the next hundred", () => {
        more.remove();
        this.#more(list, path, next);
      }),
    ]);
    list.append(more);
  }

  async #whole(list, path) {
    const found = await this.#try({ ask: "whole", path });
    if (found) list.append(element("li", {}, [element("pre", { tabindex: "0", text: found.text + (found.is_cut ? "…" : "") })]));
  }

  async #picture(list, path, { label, type }) {
    const found = await this.#try({ ask: "picture", path });
    if (found) list.append(element("li", {}, [element("img", { class: "picture", src: found.src, alt: `${label}, ${type}` })]));
  }

  async #table(list, path) {
    const described = await this.#try({ ask: "describe", at: path });
    if (!described) return;
    const table = new TableView(this.source, { ...described, title: "" }, path);
    this.tables.push(table);
    list.append(element("li", { class: "nested" }, [table.node]));
  }

  async #try(question) {
    try {
      this.word.textContent = "";
      return await this.source.ask(question);
    } catch (error) {
      this.word.textContent = error.message;
      return null;
    }
  }
}

function sizeWord({ type, is_table: isTable }) {
  if (isTable) return "row";
  return { str: "character", bytes: "byte", bytearray: "byte", dict: "key" }[type] ?? "part";
}
