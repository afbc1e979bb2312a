// The line above: how the run stands, how far it is, and what can be done with it.

import { button, duration, element, paint } from "../../page_parts/elements.js";

const CANCEL = "Ask the run to end; once more kills what is running";
const CHOOSE = "Run again with other parameters, or other tasks";
const KILL = "Kill what is still running";
const SHORTEST_LEFT_S = 1; // below it, a forecast is of no use to anybody

export class Summary {
  constructor({ runId, palette, clicks, choose }) {
    this.palette = palette;
    this.left = "";
    this.clicks = clicks;
    this.status = element("span", { class: "pill", role: "status" });
    this.time = element("span", { class: "muted time" });
    this.counts = element("span", { class: "counts" });
    this.note = element("span", { class: "note" });
    this.word = element("span", { class: "muted word", "aria-live": "polite" });
    this.buttons = {
      cancel: this.#button("Cancel", "cancel", CANCEL),
      resume: this.#button("Resume", "resume", "Go on with what was not committed"),
      rerun: this.#button("Rerun", "rerun", "Run what is stale or failed as a new run"),
      choose: button("…", CHOOSE, choose, { "aria-label": CHOOSE, "aria-haspopup": "dialog" }),
    };
    this.bar = element("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
    this.bar.setAttribute("aria-label", "Tasks that have ended");
    const line = element("div", { class: "line" }, [
      this.status,
      element("strong", { class: "run-id", text: runId }),
      this.time,
      this.counts,
      this.note,
      element("span", { class: "room" }),
      this.word,
      element("span", { class: "actions" }, Object.values(this.buttons)),
    ]);
    this.missing = element("p", { class: "muted missing" }); // what is not promised where the tasks run
    this.node = element("header", { class: "dpnb-summary" }, [line, this.bar, this.missing]);
  }

  // `since` is when `moment` came, in milliseconds of the page's clock; the time goes on without messages.
  show(moment, total, since) {
    this.status.textContent = `${moment.look.glyph} ${moment.is_cancelling ? "cancelling" : moment.status}`;
    this.status.title = moment.reason ?? "";
    paint(this.status, moment.look);
    this.missing.textContent = moment.missing ?? "";
    this.missing.hidden = !moment.missing;
    this.tick(moment, since);
    const shown = this.palette.filter((one) => moment.counts?.[one.letter]);
    this.counts.replaceChildren(...shown.map((one) => this.#count(one, moment.counts[one.letter])));
    const drawnParts = [...shown.filter((one) => one.ended), ...shown.filter((one) => one.state === "running")];
    this.bar.replaceChildren(...drawnParts.map((one) => {
      const part = element("span", { title: `${moment.counts[one.letter]} ${one.word}` });
      part.style.cssText = `width:${(100 * moment.counts[one.letter]) / total}%;background:${one.accent}`;
      return part;
    }));
    const ended = shown.filter((one) => one.ended).reduce((sum, one) => sum + moment.counts[one.letter], 0);
    this.bar.setAttribute("aria-valuenow", String(Math.round((100 * ended) / Math.max(1, total))));
    this.buttons.cancel.hidden = moment.is_over;
    this.buttons.cancel.textContent = moment.is_cancelling ? "Kill" : "Cancel";
    this.buttons.cancel.title = moment.is_cancelling ? KILL : CANCEL;
    this.buttons.rerun.hidden = this.buttons.choose.hidden = !moment.is_over;
    this.note.textContent = moment.note ?? "";
    this.buttons.resume.hidden = !moment.is_over || moment.status === "succeeded";
  }

  forecast({ left_s: left }) {
    this.left = left >= SHORTEST_LEFT_S ? `about ${duration(left)} left` : "";
  }

  tick(moment, since) {
    const beyond = moment.is_over ? 0 : Math.max(0, (performance.now() - since) / 1000);
    const took = duration((moment.elapsed_s ?? 0) + beyond);
    this.time.textContent = [took, moment.is_over ? "" : this.left].filter(Boolean).join(" · ");
  }

  say(word) {
    this.word.textContent = word === "opened" || word === "closed" ? "" : word;
    this.word.title = this.word.textContent;
  }

  busy(is) {
    if (is) this.buttons.choose.setAttribute("aria-busy", "true");
    else this.buttons.choose.removeAttribute("aria-busy");
  }

  // Nobody is there to hear a click any more.
  disable(word) {
    for (const one of Object.values(this.buttons)) one.disabled = true;
    this.say(word);
  }

  #count(look, count) {
    const chip = element("span", { class: "pill chip", role: "img", title: `${count} ${look.word}` });
    chip.textContent = `${look.glyph} ${count.toLocaleString("en")}`;
    chip.setAttribute("aria-label", chip.title);
    paint(chip, look);
    return chip;
  }

  #button(label, action, title) {
    const made = button(label, title, () => {
      made.setAttribute("aria-busy", "true");
      this.say(`${made.textContent} …`);
      this.clicks.send(action, {}, () => made.removeAttribute("aria-busy"));
    });
    return made;
  }
}
