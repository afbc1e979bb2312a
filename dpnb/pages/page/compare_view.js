// Two runs side by side, a on the left, b on the right: what differs comes first, what is equal in a word.

import { button, duration, element } from "../../notebook/page_parts/elements.js";
import { diffTable } from "./diff.js";
import { instant, statePill, taskCounts } from "./marks.js";
import { shownPart } from "./parts.js";
import { byteSize, plural, thousands } from "./wording.js";

const MOST_BARS = 40;
const NONE = "–";

export class CompareView {
  constructor(context, a, b) {
    Object.assign(this, context);
    this.pair = { a, b };
    this.node = element("div", { class: "dpnb-view dpnb-compare" }, [element("p", { class: "muted", text: "Comparing …" })]);
    this.#begin();
  }

  press(event) {
    if (event.key !== "Escape") return false;
    this.go(["runs"]);
    return true;
  }

  close() {
    this.isClosed = true;
  }

  async #begin() {
    try {
      const told = await this.transport.ask("compare", this.pair);
      if (!this.isClosed) this.#show(told);
    } catch (problem) {
      if (this.isClosed) return;
      this.notices.fail(problem);
      const back = button("← All runs", "Back to the table", () => this.go(["runs"]));
      this.node.replaceChildren(element("p", { text: "These runs cannot be compared." }), back);
    }
  }

  #show(told) {
    const { a, b } = this.pair;
    const head = element("div", { class: "line" }, [
      button("←", "All runs (Esc)", () => this.go(["runs"]), { "aria-label": "Back to all runs", class: "back" }),
      element("h2", { text: "Two runs side by side" }),
      element("span", { class: "room" }),
      button("⇄ Swap", "Let b be a", () => this.go(["compare", b, a])),
    ]);
    const summary = `${told.summary.charAt(0).toUpperCase()}${told.summary.slice(1)}.`;
    this.node.replaceChildren(
      head,
      element("p", { class: `part-note ${told.is_equal ? "success" : "info"}`, text: summary }),
      element("div", { class: "dpnb-sides" }, [this.#side("a", told.a), this.#side("b", told.b)]),
      ...[this.#parameters(told), this.#tasks(told), this.#durations(told), this.#code(told), this.#results(told)],
    );
  }

  #side(letter, run) {
    return element("section", { class: "side", "aria-label": `Run ${letter}` }, [
      element("div", { class: "line" }, [
        element("span", { class: `letter ${letter}`, text: letter }),
        button(run.name || run.run_id, `Open ${run.run_id}`, () => this.go(["runs", run.run_id]), { class: "name" }),
        statePill(this.hello.looks[run.status]),
      ]),
      element("div", { class: "muted id", text: run.run_id }),
      element("div", { class: "line" }, [instant(run.started_us), element("span", { text: duration(run.duration_s) }), element("span", { class: "muted", text: `${run.user}@${run.host}` })]),
      taskCounts(run.counts, run.tasks, this.hello.looks),
      run.note ? element("p", { class: "note", text: run.note }) : null,
    ]);
  }

  #parameters({ parameters }) {
    if (!parameters.length) return section("Parameters", sentence("Neither run was given parameters."));
    const rows = parameters.map(({ parameter, change, a, b, tasks }) =>
      line(change, [code(parameter), this.#change(change), code(a ?? NONE), code(b ?? NONE), text(tasks)]),
    );
    return section("Parameters", tableWith(["parameter", "", "a", "b", "taken by"], sorted(rows, parameters)));
  }

  #tasks({ tasks }) {
    const other = tasks.filter((task) => task.change !== "same");
    const same = tasks.length - other.length;
    const equal = same ? sentence(`${plural(same, "task is", "tasks are")} the same.`) : null;
    if (!other.length) return section("Tasks", sentence(`All ${plural(same, "task")} are the same.`));
    const why = other.map((task) => [task.reason, task.files].filter(Boolean).join("; "));
    const wide = why.some(Boolean) ? 5 : 4;
    const rows = other.map((task, place) => {
      const cells = [text(task.task), this.#change(task.change), text(task.what), this.#states(task.states), text(why[place])];
      return line(task.change, cells.slice(0, wide));
    });
    return section("Tasks", tableWith(["task", "", "what differs", "state", "why"].slice(0, wide), rows), equal);
  }

  #states([a, b]) {
    const pill = (state) => (state ? statePill(this.hello.looks[state]) : text(NONE));
    return a === b ? pill(a) : element("span", { class: "pair-of" }, [pill(a), text(" → "), pill(b)]);
  }

  #durations({ timings }) {
    const told = timings.filter(({ a, b }) => a !== null || b !== null);
    const gap = ({ a, b }) => Math.abs((b ?? 0) - (a ?? 0));
    const shown = told.toSorted((one, other) => gap(other) - gap(one)).slice(0, MOST_BARS);
    if (!shown.length) return section("Durations", sentence("No task has run in either."));
    const most = Math.max(...shown.flatMap(({ a, b }) => [a ?? 0, b ?? 0]), 1e-9);
    const rows = shown.map(({ task, a, b, memory }) =>
      line("", [
        text(task),
        element("div", { class: "bars" }, [durationBar("a", a, most), durationBar("b", b, most)]),
        text(ratioOf(a, b)),
        text(memory.map((count) => byteSize(count) || NONE).join(" → ")),
      ]),
    );
    const hidden = told.length - shown.length;
    return section(
      "Durations",
      tableWith(["task", "a above b", "b / a", "peak memory"], rows),
      hidden ? sentence(`${plural(hidden, "task")} that differ less are not shown.`) : null,
    );
  }

  #code({ code: changes }) {
    if (!changes.length) return section("Code", sentence("The code of all tasks is the same."));
    const blocks = changes.map(({ tasks, change, what, diff }) => {
      const names = tasks.length > 6 ? `${tasks.slice(0, 6).join(", ")} and ${tasks.length - 6} more` : tasks.join(", ");
      const head = element("h4", {}, [text(names), text(" "), this.#change(change), text(what ? ` ${what}` : "")]);
      const unknown = change === "unknown" || change === "changed" ? "The sources of one of the runs are not recorded." : "";
      return element("div", {}, [head, diff.length ? diffTable(diff, `Code of ${names}`) : sentence(unknown)]);
    });
    return section("Code", ...blocks);
  }

  #results({ results }) {
    if (!results.length) return section("Results", sentence("Neither run has stored a result."));
    const same = results.filter((result) => result.change === "same" && !result.problem).length;
    const other = results.filter((result) => result.change !== "same" || result.problem);
    const rows = other.flatMap((result) => this.#result(result));
    const equal = same ? sentence(`${plural(same, "result is", "results are")} the same, byte by byte.`) : null;
    if (!rows.length) return section("Results", equal);
    return section("Results", tableWith(["task", "", "type", "rows", "size", "schema", ""], rows), equal);
  }

  #result({ task, change, types, rows, bytes, schema, problem }) {
    const place = element("td", { colspan: "7" });
    const below = element("tr", { hidden: true }, [place]);
    const look = button("Row by row", "Load both results, and tell which rows and values differ", () => this.#values(task, look, place, below));
    const columns = schema.map(({ column, change: kind, a, b }) =>
      element("div", {}, [this.#change(kind), text(` ${column}: ${[a, b].filter(Boolean).join(" → ")}`)]),
    );
    const cells = [
      text(task),
      this.#change(change),
      text(between(types)),
      text(between(rows.map(thousands))),
      text(between(bytes.map(byteSize))),
      columns.length ? element("div", {}, columns) : text("same columns"),
      problem ? text(problem) : change === "changed" ? look : text(""),
    ];
    return [line(change, cells), below];
  }

  async #values(task, look, place, below) {
    look.disabled = true;
    below.hidden = false;
    place.replaceChildren(element("p", { class: "muted", text: "Loading both results …" }));
    try {
      const told = await this.transport.ask("compare.values", { ...this.pair, task });
      const head = element("p", { class: `part-note ${told.is_equal ? "success" : "info"}`, text: told.summary });
      place.replaceChildren(head, ...told.parts.map((part) => shownPart(part, this.hello.looks)));
    } catch (problem) {
      place.replaceChildren(element("p", { class: "part-note error", text: [problem.message, problem.hint].filter(Boolean).join(" ") }));
      look.disabled = false;
    }
  }

  #change(change) {
    return change ? statePill(this.hello.looks[change], this.hello.looks[change]?.word ?? change) : text("");
  }
}

export function ratioOf(a, b) {
  if (a === null || b === null || !(a > 0)) return "";
  const ratio = b / a;
  return `${ratio < 10 ? ratio.toFixed(2) : Math.round(ratio).toLocaleString("en")}×`;
}

function durationBar(letter, seconds, most) {
  const bar = element("span", { class: `bar ${letter}` });
  bar.style.width = `${Math.max(0.5, (70 * (seconds ?? 0)) / most)}%`;
  return element("div", { class: "measure" }, [seconds === null ? null : bar, text(seconds === null ? NONE : duration(seconds))]);
}

// What stands on both sides once, what differs with an arrow.
function between([a, b]) {
  if (!a && !b) return "";
  return a === b ? a : `${a || NONE} → ${b || NONE}`;
}

function sorted(rows, facts) {
  return rows.map((row, place) => [facts[place].change === "same", row]).sort(([one], [other]) => one - other).map(([, row]) => row);
}

function section(title, ...content) {
  const label = `dpnb-${title.toLowerCase().replaceAll(" ", "-")}`;
  return element("section", { class: "aspect", "aria-label": title, "data-aspect": label }, [element("h3", { text: title }), ...content.filter(Boolean)]);
}

function tableWith(columns, rows) {
  const head = columns.map((name) => element(name ? "th" : "td", { text: name }));
  return element("div", { class: "dpnb-scroll" }, [
    element("table", { class: "dpnb-table" }, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]),
  ]);
}

// In the rows of what may have changed, the second cell says how.
function line(change, cells) {
  const kind = (place) => (change && place === 1 ? "change" : null);
  return element("tr", { class: change.replaceAll(" ", "-") }, cells.map((cell, place) => element("td", { class: kind(place) }, [cell])));
}

function code(value) {
  return element("code", { text: value });
}

function text(value) {
  return document.createTextNode(value);
}

function sentence(value) {
  return element("p", { class: "muted", text: value });
}
