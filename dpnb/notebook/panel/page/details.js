// What is told of one task, section by section. All of it is text.

import { button, drawn, duration, element, paint } from "../../page_parts/elements.js";

export class Details {
  constructor({ close }) {
    this.close = close;
    this.told = "";
    this.node = element("aside", { class: "dpnb-details", hidden: true, "aria-label": "Details of a task" });
    this.folded = new Set();
  }

  show(details, palette) {
    this.node.hidden = !details?.name;
    if (this.node.hidden) {
      this.told = "";
      return;
    }
    const told = JSON.stringify(details);
    if (told === this.told) return;
    this.told = told;
    const log = this.node.querySelector("pre.log");
    const stays = log && log.scrollTop + log.clientHeight < log.scrollHeight - 4 ? log.scrollTop : null;
    const look = palette.find((one) => one.state === details.state);
    const pill = element("span", { class: "pill", text: `${look?.glyph ?? ""} ${look?.word ?? details.state}` });
    if (look) paint(pill, look);
    const head = element("header", {}, [
      element("strong", { text: details.name }),
      pill,
      button("✕", "Close (Esc)", this.close, { "aria-label": "Close details", class: "close" }),
    ]);
    this.node.replaceChildren(head, ...details.sections.map((section) => this.#section(section)));
    const logNow = this.node.querySelector("pre.log");
    if (logNow) logNow.scrollTop = stays ?? logNow.scrollHeight;
  }

  #section({ title, kind, rows, text }) {
    const kinds = { facts: factsOf, table: tableOf, history: historyOf, ways: waysOf };
    const body = kinds[kind] && (() => kinds[kind](rows));
    const shown = body ? body() : element("pre", { class: kind, tabindex: "0", text });
    const summary = element("summary", { text: title });
    const fold = element("details", { open: !this.folded.has(kindOf(title)) }, [summary, shown]);
    fold.addEventListener("toggle", () => {
      if (fold.open) this.folded.delete(kindOf(title));
      else this.folded.add(kindOf(title));
    });
    return fold;
  }
}

function kindOf(title) {
  return title.split(":")[0];
}

function factsOf(rows) {
  return element(
    "dl",
    {},
    rows.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })]),
  );
}

function tableOf([head, ...rows]) {
  const row = (cells, tag) => element("tr", {}, cells.map((cell) => element(tag, { text: cell })));
  const table = element("table", {}, [
    element("thead", {}, [row(head, "th")]),
    element("tbody", {}, rows.map((cells) => row(cells, "td"))),
  ]);
  return element("div", { class: "scroll", tabindex: "0" }, [table]);
}

// Where else a result can be had: { label, href } to follow, { label, act } to do, { label, code } to write in a cell.
function waysOf(rows) {
  const way = ({ label, href, act, code }) => {
    if (href) return element("a", { href, text: label });
    if (act) return button(label, "", act);
    return element("span", {}, [`${label}: `, element("code", { text: code })]);
  };
  return element("p", { class: "ways" }, rows.map(way));
}

// Durations of earlier runs, oldest first, as columns.
function historyOf(rows) {
  const seconds = rows.map(([, value]) => Number(value));
  const most = Math.max(...seconds, 1e-9);
  const columns = seconds.map((value, place) => {
    const height = Math.max(1, (value / most) * 36);
    const title = drawn("title", { text: `${rows[place][0]}: ${duration(value)}` });
    return drawn("rect", { x: place * 9, y: 38 - height, width: 7, height, rx: 1 }, [title]);
  });
  const label = `Durations of ${rows.length} runs, ${duration(Math.min(...seconds))} to ${duration(most)}`;
  const width = rows.length * 9;
  const chart = drawn("svg", { class: "history", viewBox: `0 0 ${width} 38`, width, height: 38, role: "img" }, columns);
  chart.setAttribute("aria-label", label);
  return element("div", {}, [chart, element("p", { class: "muted", text: label })]);
}
