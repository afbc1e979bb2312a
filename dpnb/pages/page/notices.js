// What has been done, and what could not be, in words at the top of the page.

import { button, element } from "../../notebook/page_parts/elements.js";

const WORDS_MS = 6000;

export class Notices {
  constructor() {
    this.word = element("div", { class: "word", role: "status" });
    this.problem = element("div", { class: "problem", role: "alert", hidden: true });
    this.node = element("div", { class: "dpnb-notices" }, [this.word, this.problem]);
  }

  say(word) {
    clearTimeout(this.timer);
    this.word.textContent = word;
    if (word) this.timer = setTimeout(() => this.say(""), WORDS_MS);
  }

  fail(problem) {
    const close = button("✕", "Close", () => this.clear(), { "aria-label": "Close the message" });
    this.problem.replaceChildren(
      element("strong", { text: "✕ " }),
      element("span", { text: problem.message }),
      problem.hint ? element("span", { class: "hint", text: ` ${asSentence(problem.hint)}` }) : "",
      close,
    );
    this.problem.hidden = false;
    this.isOfLine = Boolean(problem.isOfLine);
  }

  // What was wrong with the line is right again; other problems stay until they have been read.
  recover() {
    if (this.isOfLine) this.clear();
  }

  clear() {
    this.problem.hidden = true;
    this.problem.replaceChildren();
  }
}

export function asSentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
