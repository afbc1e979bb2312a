// Schedules: when each is due next, what became of its fires; pause, resume, fire now.

import { button, duration, element } from "../../notebook/page_parts/elements.js";
import { confirmed } from "./dialog.js";
import { instant, statePill } from "./marks.js";
import { ago, plural } from "./wording.js";

const HOW = `from dpnb import schedule

schedule(plan, cron="0 9 * * *", zone="Asia/Seoul")
schedule("report.ipynb", every="1h")`;

export class SchedulesView {
  constructor(context) {
    Object.assign(this, context);
    this.list = element("div");
    this.node = element("div", { class: "dpnb-view" }, [this.list]);
    this.stop = this.transport.watch("schedules", {}, (told) => this.#show(told), (problem) => this.notices.fail(problem));
  }

  press() {
    return false;
  }

  close() {
    this.stop();
  }

  #show({ schedules, fires, is_served: isServed }) {
    this.notices.recover();
    if (!schedules.length && !fires.length) {
      this.list.replaceChildren(
        element("div", { class: "dpnb-empty" }, [
          element("strong", { text: "Nothing is scheduled." }),
          element("p", { text: "In a notebook, one line has a plan or a notebook run by itself:" }),
          element("pre", { text: HOW }),
        ]),
      );
      return;
    }
    const held = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const idle = "Nothing serves these schedules at the moment: what is due waits until “dpnb schedule run”, or a notebook that calls schedule(), does.";
    this.list.replaceChildren(
      isServed || !schedules.length ? "" : element("p", { class: "part-note warning", text: idle }),
      schedules.length ? this.#schedules(schedules) : "",
      element("h3", { text: "Latest fires" }),
      fires.length ? this.#fires(fires) : element("p", { class: "muted", text: "None has fired yet." }),
    );
    if (held) [...this.list.querySelectorAll("[data-key]")].find((one) => one.dataset.key === held)?.focus();
  }

  #schedules(schedules) {
    const rows = schedules.map((one) => {
      const act = (action, label, title) =>
        button(label, title, () => this.#act(action, one), { "data-key": `${action} ${one.name}` });
      return element("tr", {}, [
        element("td", {}, [element("strong", { text: one.name }), one.paused ? " " : "", one.paused ? statePill(this.hello.looks.pending, "paused") : ""]),
        element("td", {}, [element("div", { text: one.when }), element("div", { class: "muted", text: one.kind })]),
        element("td", { text: one.target }),
        element("td", {}, nextFires(one)),
        element("td", {}, one.latest ? this.#latest(one.latest) : [element("span", { class: "muted", text: "never yet" })]),
        element("td", { class: "right" }, [one.failures ? element("span", { class: "bad", text: `✕ ${plural(one.failures, "failure")} in a row` }) : ""]),
        element("td", { class: "actions" }, [
          one.paused ? act("resume", "Resume", "Go on from now") : act("pause", "Pause", "Let it rest: what is due meanwhile is left out"),
          act("fire", "Fire now …", "Start one run of it at once"),
        ]),
      ]);
    });
    return tabular(["schedule", "when", "runs", "next", "last", "", ""], rows, "Schedules");
  }

  #latest(fire) {
    return [this.#pill(fire), " ", instant(fire.due_us), fire.run_id ? this.#link(fire.run_id) : ""];
  }

  #pill(fire) {
    return statePill(this.hello.looks[fire.state], fire.state);
  }

  #link(id) {
    return element("div", {}, [button(id, `Open ${id}`, () => this.go(["runs", id]), { class: "name" })]);
  }

  #fires(fires) {
    const rows = fires.map((fire) =>
      element("tr", {}, [
        element("td", {}, [this.#pill(fire)]),
        element("td", { text: fire.schedule }),
        element("td", {}, [instant(fire.due_us)]),
        element("td", { text: fire.attempt > 1 ? `${fire.cause}, attempt ${fire.attempt}` : fire.cause }),
        element("td", {}, [fire.run_id ? this.#link(fire.run_id) : element("span", { class: "muted", text: "no run" })]),
        element("td", { text: fire.reason }),
        element("td", { class: "right", text: duration(fire.duration_s) }),
      ]),
    );
    return tabular(["state", "schedule", "due", "why", "run", "reason", "took"], rows, "Latest fires");
  }

  async #act(action, { name, target }) {
    if (action === "fire") {
      const lines = [`It starts one run of ${target}, beside what the schedule does by itself.`];
      if (!(await confirmed(this.root, { title: `Fire ${name} now?`, lines, action: "Fire now" }))) return;
    }
    try {
      this.notices.say((await this.transport.ask(`schedule.${action}`, { name })).word);
    } catch (problem) {
      this.notices.fail(problem);
    }
  }
}

function nextFires({ paused, next_us: next }) {
  if (paused) return [element("span", { class: "muted", text: "when it is resumed" })];
  if (!next.length) return [element("span", { class: "muted", text: "not by the time" })];
  return next.map((us, place) => element("div", { class: place ? "muted" : "" }, [instant(us), place ? "" : ` (${ago(us)})`]));
}

function tabular(columns, rows, label) {
  const head = columns.map((name) => element(name ? "th" : "td", { text: name }));
  return element("div", { class: "dpnb-scroll" }, [
    element("table", { class: "dpnb-table", "aria-label": label }, [
      element("thead", {}, [element("tr", {}, head)]),
      element("tbody", {}, rows),
    ]),
  ]);
}
