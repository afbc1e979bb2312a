// The line in which a column's filter is written.

import { button, element } from "../../page_parts/elements.js";

const OPERATORS = { between: "from … to …", equals: "is", contains: "contains", missing: "is missing", present: "is not missing" };
const HINTS = { instant: "2013-01-31 12:00", duration: "90 min", integer: "1000", number: "0.5" };

export class FilterLine {
  // `apply` takes a filter and promises whether it made sense, `clear` takes the column whose filter goes.
  constructor({ apply, clear }) {
    this.apply = apply;
    this.clear = clear;
    this.node = element("form", { class: "filter", hidden: true });
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  open(place, column, current, from) {
    this.place = place;
    this.from = from;
    this.column = column;
    this.node.setAttribute("aria-label", `Filter ${column.name}`);
    const choices = column.operators.map((one) =>
      element("option", { value: one, text: OPERATORS[one], selected: one === current?.operator }),
    );
    this.operator = element("select", { "aria-label": "How to filter" }, choices);
    this.operator.addEventListener("change", () => this.#showInputs());
    this.inputs = Object.fromEntries(
      [["value", "Value"], ["low", "At least"], ["high", "At most"]].map(([name, label]) => [
        name,
        this.#input(label, current?.[name] ?? ""),
      ]),
    );
    const parts = [
      element("strong", { text: column.name }),
      this.operator,
      ...Object.values(this.inputs),
      element("button", { type: "submit", class: "main", text: "Filter" }),
      current ? button("Remove", "Remove this filter", () => this.#remove()) : null,
      button("✕", "Close (Esc)", () => this.close(), { "aria-label": "Close filter" }),
    ];
    this.node.replaceChildren(...parts.filter(Boolean));
    this.node.hidden = false;
    this.#showInputs();
    (Object.values(this.inputs).find((one) => !one.hidden) ?? this.operator).focus();
  }

  close() {
    this.node.hidden = true;
    if (this.from?.isConnected) this.from.focus();
  }

  #input(label, value) {
    if (this.column.kind === "boolean") {
      const choices = ["True", "False"].map((text) => element("option", { value: text, text, selected: text === value }));
      return element("select", { "aria-label": label }, choices);
    }
    return element("input", { type: "text", "aria-label": label, placeholder: HINTS[this.column.kind] ?? label, value });
  }

  #showInputs() {
    const shown = { between: ["low", "high"], equals: ["value"], contains: ["value"] }[this.operator.value] ?? [];
    for (const [name, input] of Object.entries(this.inputs)) input.hidden = !shown.includes(name);
  }

  // What makes no sense stays where it was typed, to be put right.
  async #submit() {
    const text = (name) => (this.inputs[name].hidden ? "" : this.inputs[name].value);
    const filter = { column: this.place, operator: this.operator.value, value: text("value"), low: text("low"), high: text("high") };
    const { inputs } = this;
    if ((await this.apply(filter)) && this.inputs === inputs && !this.node.hidden) this.close();
  }

  #remove() {
    this.close();
    this.clear(this.place);
  }
}
