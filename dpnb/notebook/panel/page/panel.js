// A run's panel: puts the parts together, and gives each what the kernel tells.

import { Awaited } from "./awaited.js";
import { Clicks } from "./clicks.js";
import { Details } from "./details.js";
import { button, element } from "../../page_parts/elements.js";
import { Graph } from "./graph.js";
import { Mounts } from "./mounts.js";
import { RerunForm } from "./rerun.js";
import { Roster } from "./roster.js";
import { Summary } from "./summary.js";
import { Timeline } from "./timeline.js";

const TICK_MS = 500;
const [LOWEST, HIGHEST] = [150, 520]; // of the picture, in pixels
const GONE = "The kernel has gone: this is how the run stood.";
const SETTLES_MS = 1500; // within it, the panel of a run that has just ended gives way to the run's picture

export class Panel {
  constructor(model) {
    this.model = model;
    this.opened = null;
    this.since = performance.now();
    const [names, palette] = [model.get("names"), model.get("palette")];
    const open = (place) => this.open(place);
    this.clicks = new Clicks(model, (word) => this.summary.say(word));
    this.summary = new Summary({ runId: model.get("run_id"), palette, clicks: this.clicks, choose: () => this.#choose() });
    this.graph = this.#picture();
    this.timeline = new Timeline({ names, palette, open });
    this.details = new Details({ close: () => this.close() });
    this.total = names.length;
    this.palette = palette;
    this.node = this.#put();
    this.#listen();
    this.choose("DAG");
    this.#showAll();
  }

  open(place) {
    this.opened = place;
    this.graph.select(place);
    this.clicks.send("open", { task: place });
  }

  close() {
    if (this.opened === null) return;
    const place = this.opened;
    this.opened = null;
    this.graph.select(null);
    this.details.show(null);
    this.clicks.send("open", { task: null });
    if (this.graph.stage.hidden) this.timeline.focus(place);
    else this.graph.focus(place);
  }

  choose(name) {
    for (const tab of this.tabs) {
      const isChosen = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.setAttribute("tabindex", isChosen ? "0" : "-1");
    }
    this.chosen = name;
    this.graph.stage.hidden = name !== "DAG";
    this.timeline.stage.hidden = name !== "Timeline";
    this.zoom.hidden = name !== "DAG" || !this.model.get("picture");
    this.#showTimeline();
  }

  resize() {
    this.graph.resize();
  }

  destroy() {
    this.isGone = true;
    if (this.form && !this.form.isClosed) this.form.close();
    clearInterval(this.timer);
    clearTimeout(this.losing);
    this.sizes.disconnect();
    this.clicks.close();
    for (const [name, show] of Object.entries(this.watched)) this.model.off(name, show);
  }

  #picture() {
    const [names, palette, edges, picture] = ["names", "palette", "edges", "picture"].map((name) => this.model.get(name));
    const Shown = picture ? Graph : this.model.get("awaits_picture") ? Awaited : Roster;
    return new Shown({ names, palette, edges, picture, open: (place) => this.open(place) });
  }

  // Puts the picture in the place of what has said that it is being laid out.
  #showPicture() {
    if (!(this.graph instanceof Awaited) || this.model.get("awaits_picture")) return;
    const { stage } = this.graph;
    this.graph = this.#picture();
    this.#giveHeight();
    stage.replaceWith(this.graph.stage);
    this.sizes.unobserve(stage);
    this.sizes.observe(this.graph.stage);
    this.choose(this.chosen);
    this.graph.resize();
    this.graph.colour(this.model.get("states"));
    this.#showForecast();
    this.#showProgress();
    if (this.opened !== null) this.graph.select(this.opened);
    if (this.search.value) this.#find();
  }

  #giveHeight() {
    this.graph.stage.style.height = `${Math.min(HIGHEST, Math.max(LOWEST, this.graph.wantedHeight + 16))}px`;
  }

  #put() {
    this.search = element("input", { type: "search", placeholder: "Search tasks", "aria-label": "Search tasks" });
    this.hits = element("span", { class: "muted", role: "status" });
    this.tabs = ["DAG", "Timeline"].map((name) =>
      button(name, `Show the ${name}`, () => this.choose(name), { role: "tab", "data-view": name }),
    );
    this.legend = element("span", { class: "legend", hidden: true, title: "The tasks that the latest end waited for" }, [
      element("span", { class: "stroke", "aria-hidden": "true" }),
      element("span", { text: "critical path" }),
    ]);
    this.zoom = element("span", { class: "zoom", role: "group", "aria-label": "Zoom" }, [
      button("−", "Zoom out (-)", () => this.graph.zoom(0.8), { "aria-label": "Zoom out" }),
      button("+", "Zoom in (+)", () => this.graph.zoom(1.25), { "aria-label": "Zoom in" }),
      button("Fit", "Show the whole picture (0)", () => this.graph.fit()),
    ]);
    const tools = element("div", { class: "dpnb-tools" }, [
      element("div", { class: "views", role: "tablist", "aria-label": "Views" }, this.tabs),
      this.search,
      this.hits,
      element("span", { class: "room" }),
      this.legend,
      this.zoom,
    ]);
    const body = element("div", { class: "dpnb-body" }, [this.graph.stage, this.timeline.stage, this.details.node]);
    const label = `Run ${this.model.get("run_id")}`;
    this.#giveHeight();
    return element("section", { class: "dpnb-run", "aria-label": label }, [this.summary.node, tools, body]);
  }

  #listen() {
    this.search.addEventListener("input", () => this.#find());
    this.search.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const places = event.key === "Enter" ? this.#find() : null;
      if (places?.length) this.#lead(places[0]);
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.target.getAttribute("role") === "tab" && event.key.startsWith("Arrow")) this.#nextTab(event);
      if (event.key !== "Escape" || this.opened === null) return;
      event.stopPropagation();
      this.close();
    });
    this.watched = {
      "change:awaits_picture": () => this.#showPicture(),
      "change:states": () => this.graph.colour(this.model.get("states")),
      "change:moment": () => this.#showMoment(),
      "change:forecast": () => this.#showForecast(),
      "change:details": () => this.details.show(this.model.get("details"), this.palette),
      comm_live_update: () => this.#lose(),
    };
    for (const [name, show] of Object.entries(this.watched)) this.model.on(name, show);
    this.timer = setInterval(() => this.#tick(), TICK_MS);
    this.sizes = new ResizeObserver(() => {
      this.graph.resize();
      this.#showTimeline();
    });
    this.sizes.observe(this.graph.stage);
    this.sizes.observe(this.timeline.stage);
  }

  #nextTab(event) {
    event.preventDefault();
    event.stopPropagation();
    const other = this.tabs.find((tab) => tab !== event.target);
    this.choose(other.dataset.view);
    other.focus();
  }

  #find() {
    const places = this.graph.search(this.search.value);
    this.timeline.search(places);
    this.hits.textContent = places === null ? "" : `${places.length} of ${this.total}`;
    return places;
  }

  #lead(place) {
    if (this.graph.stage.hidden) this.timeline.focus(place);
    else this.graph.focus(place);
  }

  #showAll() {
    for (const [name, show] of Object.entries(this.watched)) if (name.startsWith("change:")) show();
  }

  #showMoment() {
    this.since = performance.now();
    const moment = this.model.get("moment");
    if (!moment.status) return;
    this.summary.show(moment, this.total, this.since);
    this.#showProgress();
    this.#showTimeline();
  }

  #showForecast() {
    const forecast = this.model.get("forecast");
    const critical = forecast.critical ?? [];
    this.summary.forecast(forecast);
    this.legend.hidden = critical.length < 2;
    this.graph.mark(critical.length < 2 ? [] : critical);
    this.#showTimeline();
  }

  // Seconds go on without messages; they are those of the kernel's clock plus those that the page has counted.
  #elapsed() {
    const moment = this.model.get("moment");
    return (moment.elapsed_s ?? 0) + (moment.is_over ? 0 : (performance.now() - this.since) / 1000);
  }

  #bars() {
    const told = this.model.get("bars");
    if (told !== this.told) [this.told, this.bars] = [told, inSeconds(JSON.parse(told))];
    return this.bars;
  }

  #showProgress() {
    if (this.graph.stage.hidden) return;
    const elapsed = this.#elapsed();
    const seconds = new Map(this.#bars().map(([place, , start, end]) => [place, (end ?? elapsed) - start]));
    const said = (this.model.get("moment").progress ?? []).map(([place, fraction, note]) => [place, { fraction, note }]);
    this.graph.progress(seconds, new Map(said));
  }

  #showTimeline() {
    if (this.timeline.stage.hidden) return;
    this.timeline.show({
      told: this.#bars(),
      states: this.model.get("states"),
      elapsed: this.#elapsed(),
      critical: this.legend.hidden ? [] : this.model.get("forecast").critical,
    });
  }

  #tick() {
    const moment = this.model.get("moment");
    if (!moment.status || moment.is_over) return;
    this.summary.tick(moment, this.since);
    this.#showProgress();
    this.#showTimeline();
  }

  // What a rerun may be given is asked for each time: it depends on the tasks as they are now.
  #choose() {
    this.summary.busy(true);
    this.clicks.send("ask", {}, (word, failed) => {
      this.summary.busy(false);
      if (failed || this.isGone) return;
      const run = (asked) => new Promise((resolve) => {
        this.clicks.send("rerun", asked, (said, isRefused) => resolve(isRefused ? said : ""));
      });
      this.form = new RerunForm({ form: this.model.get("form"), names: this.model.get("names"), opened: this.opened, run });
      this.form.open(this.node);
    });
  }

  #lose() {
    clearTimeout(this.losing);
    const wait = this.model.get("moment").is_over ? SETTLES_MS : 0;
    this.losing = setTimeout(() => this.#end(), wait);
  }

  #end() {
    this.destroy();
    this.summary.disable(GONE);
  }
}

function inSeconds(bars) {
  return bars.map(([place, lane, start, end]) => [place, lane, start / 1e6, end === null ? null : end / 1e6]);
}

export function mount(model, el) {
  const panel = new Panel(model);
  el.append(panel.node);
  panel.resize();
  return () => panel.destroy();
}

// A panel with a place needs no view: the page shows it where the place is.
export function appear(model) {
  const place = model.get("place");
  if (!place) return () => {};
  const mounts = new Mounts({ place, order: model.get("order"), make: () => new Panel(model) });
  return () => mounts.close();
}
