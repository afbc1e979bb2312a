// The pages' frame: where one is, what has been said, and one page at a time.

import { button, element } from "../../notebook/page_parts/elements.js";
import { CompareView } from "./compare_view.js";
import { DiskView } from "./disk_view.js";
import { Notices } from "./notices.js";
import { ResultView } from "./result_view.js";
import { RunView } from "./run_view.js";
import { RunsView } from "./runs_view.js";
import { SchedulesView } from "./schedules_view.js";

const PAGES = [["Runs", "runs"], ["Schedules", "schedules"], ["Disk", "disk"]];
const BUSY = "The kernel is busy with a cell; this is answered when it has time.";

export class RunsBrowser {
  // Keys are heard on `keys`, or on the pages alone: a notebook has others beside them.
  constructor({ transport, router, keys }) {
    this.transport = transport;
    this.router = router;
    this.kept = {};
    this.notices = new Notices();
    this.busy = element("span", { class: "muted busy", role: "status" });
    this.home = element("span", { class: "muted home" });
    this.tabs = PAGES.map(([label, kind]) => button(label, "", () => router.go([kind]), { "data-page": kind }));
    const leave = transport.leave
      ? button("Leave as a table", "Put a plain table in this output, for the saved notebook", () => transport.leave())
      : null;
    const nav = element("nav", { class: "dpnb-nav", "aria-label": "Pages" }, [
      element(keys ? "h1" : "strong", { class: "brand", text: "dpnb" }),
      ...this.tabs,
      element("span", { class: "room" }),
      this.busy,
      this.home,
      leave,
    ].filter(Boolean));
    this.main = element("main", { class: "dpnb-main" });
    // Lab's own shortcuts rest while a key is pressed in here.
    this.node = element("div", { class: "dpnb-pages", "data-lm-suppress-shortcuts": "true" }, [nav, this.notices.node, this.main]);
    (keys ?? this.node).addEventListener("keydown", (event) => this.#press(event));
    this.#begin();
  }

  wait(isWaiting) {
    this.busy.textContent = isWaiting ? BUSY : "";
  }

  close() {
    this.unlisten?.();
    this.view?.close();
    this.transport.close();
  }

  async #begin() {
    try {
      this.hello = await this.transport.ask("hello");
    } catch (problem) {
      this.notices.fail(problem);
      return;
    }
    this.home.textContent = this.hello.home;
    this.home.title = `dpnb ${this.hello.version}`;
    this.unlisten = this.router.listen((route) => this.#show(route));
    this.#show(this.router.now);
  }

  #show(route) {
    this.view?.close();
    this.notices.clear();
    const kind = route[0] === "compare" ? "runs" : route[0];
    for (const tab of this.tabs) {
      if (tab.dataset.page === kind) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    this.view = this.#view(route);
    this.main.replaceChildren(this.view.node);
  }

  #view([kind, ...names]) {
    const context = {
      transport: this.transport,
      notices: this.notices,
      hello: this.hello,
      root: this.node,
      go: (route) => this.router.go(route),
    };
    if (kind === "compare") return new CompareView(context, ...names);
    if (kind === "schedules") return new SchedulesView(context);
    if (kind === "disk") return new DiskView(context);
    if (names.length === 3) return new ResultView(context, names[0], names[2]);
    return names.length ? new RunView(context, names[0]) : new RunsView(context, this.kept);
  }

  #press(event) {
    const isTyping = event.target.matches("input, textarea, select") && event.target.type !== "checkbox";
    if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && this.view?.press(event)) event.preventDefault();
    event.stopPropagation();
  }
}
