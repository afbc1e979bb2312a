// The line above: how the run stands, how far it is, and what can be done with it.

import { button, duration, element } from "./elements.js";

const RUN_LOOKS = { running: "running", succeeded: "succeeded", failed: "failed", cancelled: "cancelled" };

export class Summary {
  constructor({ runId, palette, clicks }) {
    this.palette = palette;
    this.clicks = clicks;
    this.status = element("span", { class: "pill", role: "status" });
    this.time = element("span", { class: "muted time" });
    this.counts = element("span", { class: "counts" });
    this.word = element("span", { class: "muted word", "aria-live": "polite" });
    this.buttons = {
      cancel: this.#button("Cancel", "cancel", "Ask the run to end; once more kills what is running"),
      resume: this.#button("Resume", "resume", "Go on with what was not committed"),
      rerun: this.#button("Rerun", "rerun", "Run what is stale or failed as a new run"),
    };
    this.bar = element("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
    this.bar.setAttribute("aria-label", "Tasks that have ended");
    const line = element("div", { class: "line" }, [
      this.status,
      element("strong", { class: "run-id", text: runId }),
      this.time,
      this.counts,
      element("span", { class: "room" }),
      this.word,
      ...Object.values(this.buttons),
    ]);
    this.node = element("header", { class: "dpnb-summary" }, [line, this.bar]);
  }

  // `since` is when `moment` came, in milliseconds of the page's clock; the time goes on without messages.
  show(moment, total, since) {
    const look = this.palette.find((one) => one.state === RUN_LOOKS[moment.status]);
    this.status.textContent = `${look?.glyph ?? "↯"} ${moment.status}`;
    if (look) this.status.style.cssText = `background:${look.fill};color:${look.ink};border-color:${look.accent}`;
    this.tick(moment, since);
    this.word.title = moment.reason ?? "";
    const shown = this.palette.filter((one) => moment.counts?.[one.letter]);
    this.counts.replaceChildren(...shown.map((one) => this.#count(one, moment.counts[one.letter])));
    this.bar.replaceChildren(...shown.filter((one) => one.ended || one.state === "running").map((one) => {
      const part = element("span", { title: `${moment.counts[one.letter]} ${one.word}` });
      part.style.cssText = `width:${(100 * moment.counts[one.letter]) / total}%;background:${one.accent}`;
      return part;
    }));
    const ended = shown.filter((one) => one.ended).reduce((sum, one) => sum + moment.counts[one.letter], 0);
    this.bar.setAttribute("aria-valuenow", String(Math.round((100 * ended) / Math.max(1, total))));
    this.buttons.cancel.hidden = moment.is_over;
    this.buttons.rerun.hidden = !moment.is_over;
    this.buttons.resume.hidden = !moment.is_over || moment.status === "succeeded";
  }

  tick(moment, since) {
    const beyond = moment.is_over ? 0 : Math.max(0, (performance.now() - since) / 1000);
    const left = moment.eta && !moment.is_over ? ` · about ${moment.eta} left` : "";
    this.time.textContent = `${duration(moment.elapsed_s + beyond)}${left}`;
  }

  say(word) {
    this.word.textContent = word === "opened" || word === "closed" ? "" : word;
  }

  #count(look, count) {
    const chip = element("span", { class: "chip", title: `${count} ${look.word}`, text: `${look.glyph} ${count}` });
    chip.style.color = look.accent;
    chip.setAttribute("aria-label", `${count} ${look.word}`);
    chip.setAttribute("role", "img");
    return chip;
  }

  #button(label, action, title) {
    const made = button(label, title, () => {
      made.setAttribute("aria-busy", "true");
      this.say(`${label} …`);
      this.clicks.send(action, {}, () => made.removeAttribute("aria-busy"));
    });
    return made;
  }
}
