// What is asked before a run is run again: its parameters, and which of its tasks. All of it is text.

import { button, element } from "../../page_parts/elements.js";

const WAYS = [
  ["stale", "What is stale or failed", "the rest is reused"],
  ["all", "Everything", "nothing is reused"],
  ["failed", "What failed", "the rest is taken over as it is"],
  ["chosen", "Chosen tasks", "the rest is taken over as it is"],
];
const MODES = { whole: "numeric", number: "decimal" };

// What of the fields is to be sent: the texts that differ from those that stood there.
export function changed(fields, texts) {
  const differ = fields.filter(({ name, text }) => texts.get(name) !== (text ?? ""));
  return Object.fromEntries(differ.map(({ name }) => [name, texts.get(name)]));
}

export class RerunForm {
  // `run({ tasks, downstream, params })` resolves to what failed, or to nothing; `opened` is the task that is looked at.
  constructor({ form, names, opened, run }) {
    [this.fields, this.names, this.run] = [form.fields, names, run];
    this.number = Math.random().toString(36).slice(2);
    this.problem = element("p", { class: "problem", role: "alert" });
    this.go = button("Run", "", () => this.#send(), { class: "primary" });
    const title = element("strong", { text: "Run again", id: `dpnb-rerun-${this.number}` });
    const parts = [this.#parameters(), this.#tasks(opened), this.problem];
    const answers = element("div", { class: "answers" }, [button("Cancel", "", () => this.close()), this.go]);
    this.node = element("dialog", { class: "dpnb-rerun", "aria-labelledby": title.id }, [title, ...parts, answers]);
    this.node.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    this.node.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters are a notebook's shortcuts
      if (event.key === "Enter" && event.target.matches("input:not([type=radio])")) {
        event.preventDefault();
        this.#send();
      }
    });
  }

  open(host) {
    host.append(this.node);
    this.node.showModal();
    (this.inputs.values().next().value ?? this.go).focus();
  }

  close() {
    this.isClosed = true;
    this.node.close();
    this.node.remove();
  }

  #parameters() {
    this.inputs = new Map();
    const rows = this.fields.map((field) => this.#field(field));
    const none = element("p", { class: "muted", text: "Its tasks take no parameters." });
    return element("fieldset", {}, [element("legend", { text: "Parameters" }), ...(rows.length ? rows : [none])]);
  }

  #field(field) {
    const id = `dpnb-field-${this.number}-${this.inputs.size}`;
    const input = field.kind === "choice" || field.kind === "truth" ? choiceOf(field, id) : textOf(field, id);
    this.inputs.set(field.name, input);
    const about = [field.type, `for ${field.takers}`, field.hint].filter(Boolean).join(" · ");
    input.setAttribute("aria-describedby", `${id}-about`);
    return element("div", { class: "field" }, [
      element("label", { for: id, text: field.name }),
      input,
      element("span", { class: "muted", id: `${id}-about`, text: about }),
    ]);
  }

  #tasks(opened) {
    const group = `dpnb-tasks-${this.number}`;
    this.ways = WAYS.map(([way]) => element("input", { type: "radio", name: group, value: way, checked: way === "stale" }));
    const rows = WAYS.map(([, label, about], place) =>
      element("label", { class: "way" }, [this.ways[place], element("span", { text: label }), element("span", { class: "muted", text: about })]),
    );
    const options = this.names.map((name, place) => element("option", { value: place, text: name, selected: place === opened }));
    this.chosen = element("select", { multiple: true, size: Math.min(8, Math.max(2, options.length)), "aria-label": "Tasks to run" }, options);
    this.chosen.addEventListener("change", () => this.#choose("chosen"));
    this.downstream = element("input", { type: "checkbox", checked: true });
    this.beyond = element("label", { class: "way" }, [this.downstream, element("span", { text: "and all that depends on them" })]);
    for (const way of this.ways) way.addEventListener("change", () => this.#show());
    this.#show();
    return element("fieldset", {}, [element("legend", { text: "Tasks" }), ...rows, this.chosen, this.beyond]);
  }

  #choose(way) {
    for (const one of this.ways) one.checked = one.value === way;
    this.#show();
  }

  get way() {
    return this.ways.find((one) => one.checked).value;
  }

  #show() {
    this.chosen.hidden = this.way !== "chosen";
    this.beyond.hidden = !["chosen", "failed"].includes(this.way);
  }

  async #send() {
    const chosen = [...this.chosen.selectedOptions].map((option) => this.names[Number(option.value)]);
    if (this.way === "chosen" && !chosen.length) {
      this.problem.textContent = "Choose at least one task.";
      this.chosen.focus();
      return;
    }
    const texts = new Map([...this.inputs].map(([name, input]) => [name, input.value]));
    const asked = {
      tasks: this.way === "chosen" ? chosen : this.way,
      downstream: this.downstream.checked,
      params: changed(this.fields, texts),
    };
    this.problem.textContent = "";
    this.go.disabled = true;
    const problem = await this.run(asked);
    if (this.isClosed) return;
    this.go.disabled = false;
    if (problem) this.problem.textContent = problem;
    else this.close();
  }
}

function textOf({ kind, text }, id) {
  const type = kind === "date" ? "date" : "text";
  const attributes = { id, type, inputmode: MODES[kind], spellcheck: "false", autocomplete: "off" };
  const input = element("input", attributes);
  input.value = text ?? "";
  return input;
}

function choiceOf({ kind, text, hint, choices }, id) {
  const offered = kind === "truth" ? ["true", "false"] : choices;
  const first = text === null ? [element("option", { value: "", text: hint })] : [];
  const other = text !== null && !offered.includes(text) ? [element("option", { value: text, text })] : [];
  const select = element("select", { id }, [
    ...first,
    ...other,
    ...offered.map((choice) => element("option", { value: choice, text: choice })),
  ]);
  select.value = text ?? "";
  return select;
}
