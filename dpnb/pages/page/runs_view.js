// The first page: all runs, filtered, a page at a time; one is opened, two are compared, several are deleted.

import { button, element } from "../../notebook/page_parts/elements.js";
import { confirmed } from "./dialog.js";
import { FilterBar } from "./filter_bar.js";
import { asSentence } from "./notices.js";
import { RunsTable } from "./runs_table.js";
import { byteSize, plural, thousands } from "./wording.js";

const PER_PAGE = 50;
const KEYS = [["/", "filter"], ["↑ ↓", "move"], ["Enter", "open"], ["Space", "choose"], ["c", "compare two"], ["Del", "delete"]];
const START = `from dpnb import Orchestrator, get_planner, task

@task
def answer() -> int:
    return 42

Orchestrator().start_pipeline(get_planner().create_execution_plan())`;

export class RunsView {
  constructor(context, kept = {}) {
    Object.assign(this, context);
    this.kept = kept;
    this.offset = kept.offset ?? 0;
    this.filter = new FilterBar({ statuses: context.hello.statuses, changed: () => this.#ask(0) });
    this.filter.box.value = kept.text ?? "";
    this.filter.chosen = new Set(kept.statuses ?? []);
    this.table = new RunsTable({
      looks: context.hello.looks,
      open: (id) => this.go(["runs", id]),
      tag: (tag) => this.filter.toggleTag(tag),
      chose: (ids) => this.#showChoice(ids),
      remove: (ids) => this.#remove(ids),
    });
    this.choice = element("div", { class: "dpnb-choice", role: "toolbar", "aria-label": "Chosen runs", hidden: true });
    this.empty = element("div", { class: "dpnb-empty", hidden: true });
    this.wrong = element("p", { class: "wrong", role: "alert", hidden: true });
    this.pager = element("nav", { class: "dpnb-pager", "aria-label": "Pages of runs" });
    this.keys = element("p", { class: "dpnb-keys" }, KEYS.flatMap(([key, what]) => [element("kbd", { text: key }), what]));
    this.node = element("div", { class: "dpnb-view" }, [
      this.filter.node,
      this.wrong,
      this.choice,
      this.table.node,
      this.empty,
      this.pager,
      this.keys,
    ]);
    this.#ask(this.offset);
  }

  press(event) {
    if (event.key === "/") this.filter.focus();
    else if (event.key === "c" && this.table.selected.size === 2) this.#compare();
    else if (event.key === "Escape" && this.table.selected.size) this.table.clearChoice();
    else return false;
    return true;
  }

  close() {
    this.stop?.();
    this.table.close();
    Object.assign(this.kept, { ...this.filter.asked, offset: this.offset });
  }

  #ask(offset) {
    this.stop?.();
    this.offset = offset;
    const params = { ...this.filter.asked, offset, limit: PER_PAGE };
    this.stop = this.transport.watch("runs.list", params, (answer) => this.#show(answer), (problem) => this.#fail(problem));
  }

  #show(answer) {
    this.wrong.hidden = true;
    this.notices.recover();
    this.offset = answer.offset;
    this.filter.show(answer);
    this.table.show(answer.runs);
    this.#showEmpty(answer);
    this.#showPager(answer);
    this.#askSizes(answer.runs);
  }

  #fail(problem) {
    if (problem.isOfLine) this.notices.fail(problem);
    else {
      this.wrong.textContent = [problem.message, asSentence(problem.hint ?? "")].filter(Boolean).join(" ");
      this.wrong.hidden = false;
    }
  }

  async #askSizes(runs) {
    const wanted = runs.filter((run) => this.measured?.get(run.run_id) !== run.duration_s).map((run) => run.run_id);
    if (!wanted.length) return;
    this.measured ??= new Map();
    for (const run of runs) this.measured.set(run.run_id, run.status === "running" ? undefined : run.duration_s);
    try {
      this.table.showSizes((await this.transport.ask("runs.sizes", { run_ids: wanted })).sizes);
    } catch {
      this.measured.clear(); // the rows stand without them, and they are asked for again
    }
  }

  #showEmpty({ total }) {
    this.table.node.hidden = this.keys.hidden = !total;
    this.empty.hidden = Boolean(total);
    if (total) return;
    if (this.filter.isEmpty) {
      this.empty.replaceChildren(
        element("strong", { text: "There is no run yet." }),
        element("p", { text: "Run a pipeline in a notebook of this workspace, and it shows here at once:" }),
        element("pre", { text: START }),
      );
    } else {
      this.empty.replaceChildren(
        element("strong", { text: "No run fits." }),
        element("p", { text: "Take a word or a status away, or" }),
        button("Show all runs", "Clear the filter", () => this.filter.clear()),
      );
    }
  }

  #showPager({ offset, total, runs }) {
    this.pager.hidden = total <= PER_PAGE;
    const turn = (by) => () => {
      this.#ask(offset + by);
      this.node.scrollIntoView({ block: "start" });
    };
    const told = `${thousands(offset + 1)}–${thousands(offset + runs.length)} of ${thousands(total)}`;
    this.pager.replaceChildren(
      button("← Newer", "The page before", turn(-PER_PAGE), { disabled: offset === 0 }),
      element("span", { text: told }),
      button("Older →", "The next page", turn(PER_PAGE), { disabled: offset + runs.length >= total }),
    );
  }

  #showChoice(ids) {
    this.choice.hidden = !ids.length;
    this.choice.replaceChildren(
      element("span", { text: `${plural(ids.length, "run")} chosen` }),
      button("Compare", ids.length === 2 ? "Side by side (c)" : "Choose two runs to compare them", () => this.#compare(), {
        class: "primary",
        disabled: ids.length !== 2,
      }),
      button("Delete …", "Delete them for good (Del)", () => this.#remove(ids), { class: "danger" }),
      button("Clear", "Choose none (Esc)", () => this.table.clearChoice()),
    );
  }

  // The earlier run is a, whichever was chosen first.
  #compare() {
    const { selected, starts } = this.table;
    const [a, b] = [...selected].sort((one, other) => starts.get(one) - starts.get(other));
    this.go(["compare", a, b]);
  }

  async #remove(ids) {
    if (await removeRuns(this, ids, this.table.sizes)) this.table.clearChoice();
  }
}

// Asks whether runs are to be deleted, and deletes them; tells whether anything was done.
export async function removeRuns({ transport, notices, root }, ids, sizes = new Map()) {
  const known = ids.map((id) => sizes.get(id)).filter(Boolean);
  const freed = known.reduce((sum, size) => sum + size.freed, 0);
  const lines = [
    ids.length === 1 ? ids[0] : `${ids.slice(0, 3).join(", ")}${ids.length > 3 ? ` and ${ids.length - 3} more` : ""}`,
    "Results, logs and records go for good. Runs that reused these results keep theirs.",
    known.length === ids.length ? `About ${byteSize(freed)} become free.` : "",
  ];
  const title = `Delete ${plural(ids.length, "run")}?`;
  const action = ids.length === 1 ? "Delete the run" : `Delete ${thousands(ids.length)} runs`;
  if (!(await confirmed(root, { title, lines: lines.filter(Boolean), action, isDanger: true }))) return false;
  try {
    const { deleted, spared } = await transport.ask("runs.delete", { run_ids: ids });
    notices.say(`${plural(deleted.length, "run")} deleted`);
    if (spared.length) notices.fail({ message: spared.map(([id, why]) => `${id} stays: ${why}`).join(" ") });
    return deleted.length > 0;
  } catch (problem) {
    notices.fail(problem);
    return false;
  }
}
