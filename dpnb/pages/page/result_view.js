// All of a task's result: a table of any length, or a tree.

import { button, element } from "../../notebook/page_parts/elements.js";
import { Browser } from "../../notebook/browser/page/browser.js";
import { ResultSource } from "./result_source.js";

export class ResultView {
  constructor(context, runId, task) {
    Object.assign(this, context);
    this.runId = runId;
    this.source = new ResultSource(this.transport, runId, task);
    this.browser = new Browser(this.source);
    this.back = button("←", "Back to the run (Esc)", () => this.#leave(), { "aria-label": "Back to the run", class: "back" });
    this.word = element("p", { class: "muted", text: "Loading …" });
    const head = element("div", { class: "line dpnb-run-head" }, [
      this.back,
      element("h2", { text: task }),
      element("span", { class: "muted id", text: runId }),
    ]);
    this.node = element("div", { class: "dpnb-view dpnb-result" }, [head, this.word]);
    this.gone = () => this.source.leave(); // a page that is only put aside comes back, and asks again
    window.addEventListener("pagehide", this.gone);
    this.#begin();
  }

  close() {
    this.isClosed = true;
    window.removeEventListener("pagehide", this.gone);
    this.source.close();
    this.browser.destroy();
  }

  press(event) {
    if (event.key !== "Escape") return false;
    this.#leave();
    return true;
  }

  async #begin() {
    try {
      await this.browser.show();
      if (this.isClosed) {
        this.browser.destroy();
        return;
      }
      this.word.replaceWith(this.browser.node);
      this.back.focus(); // what was pressed is gone: else keys are heard by nobody, and a long page stays scrolled
    } catch (problem) {
      if (this.isClosed) return;
      this.notices.fail(problem);
      this.word.textContent = "This result cannot be shown.";
    }
  }

  #leave() {
    this.go(["runs", this.runId]);
  }
}
