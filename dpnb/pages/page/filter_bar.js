// The box and the chips above the runs: what is typed, and which statuses and tags are chosen.

import { button, element, paint } from "../../notebook/page_parts/elements.js";
import { plural, thousands } from "./wording.js";

const PAUSE_MS = 180;
const MOST_TAGS_SHOWN = 12;
const EXAMPLES = "Words, or  tag:etl  task:항공편  since:7d  pinned:yes  year=2013";

// Adds a criterion to what is typed, or takes it away where it is there.
export function toggled(text, name, value) {
  const token = criterion(name, value);
  const typed = tokens(text);
  return (typed.includes(token) ? typed.filter((one) => one !== token) : [...typed, token]).join(" ");
}

function tokens(text) {
  return text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
}

function criterion(name, value) {
  return `${name}:${/[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value}`;
}

export class FilterBar {
  constructor({ statuses, changed }) {
    this.changed = changed;
    this.chosen = new Set();
    this.box = element("input", { type: "search", placeholder: EXAMPLES, "aria-label": "Filter runs", class: "filter", spellcheck: "false" });
    this.help = element("span", { class: "muted found", role: "status" });
    this.chips = statuses.map((look) => this.#chip(look));
    this.tags = element("div", { class: "tags", role: "group", "aria-label": "Tags" });
    this.node = element("div", { class: "dpnb-filter" }, [
      element("div", { class: "line" }, [this.box, this.help]),
      element("div", { class: "line" }, [
        element("div", { class: "chips", role: "group", "aria-label": "Statuses" }, this.chips.map((chip) => chip.node)),
        this.tags,
      ]),
    ]);
    this.box.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed(), PAUSE_MS);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.box.value) return;
      event.stopPropagation();
      event.preventDefault();
      this.clear();
    });
  }

  get asked() {
    return { text: this.box.value, statuses: [...this.chosen] };
  }

  get isEmpty() {
    return !this.box.value.trim() && !this.chosen.size;
  }

  clear() {
    this.box.value = "";
    this.chosen.clear();
    this.changed();
  }

  toggleTag(tag) {
    this.box.value = toggled(this.box.value, "tag", tag);
    this.changed();
  }

  focus() {
    this.box.focus();
    this.box.select();
  }

  show({ total, statuses, tags }) {
    this.help.textContent = plural(total, "run");
    for (const { node, look, count } of this.chips) {
      const isChosen = this.chosen.has(look.state);
      const runs = statuses[look.state] ?? 0;
      count.textContent = thousands(runs);
      node.setAttribute("aria-pressed", String(isChosen));
      node.setAttribute("aria-label", `${look.word}: ${plural(runs, "run")}`);
      node.classList.toggle("none", !runs && !isChosen);
    }
    const shown = tags.slice(0, MOST_TAGS_SHOWN).map(([tag, count]) => {
      const isOn = tokens(this.box.value).includes(criterion("tag", tag));
      return button(`# ${tag}`, `${plural(count, "run")} tagged ${tag}`, () => this.toggleTag(tag), {
        class: "tag",
        "aria-pressed": String(isOn),
      });
    });
    this.tags.replaceChildren(...shown);
  }

  #chip(look) {
    const count = element("span", { class: "number" });
    const node = button("", `Runs that are ${look.word}`, () => {
      if (!this.chosen.delete(look.state)) this.chosen.add(look.state);
      this.changed();
    }, { class: "pill chip", "aria-pressed": "false" });
    node.append(element("span", { text: `${look.glyph} ${look.word} ` }), count);
    paint(node, look);
    return { node, look, count };
  }
}
