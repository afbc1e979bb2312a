// A run's panel: puts the parts together, and gives each what the kernel tells.

import { Clicks } from "./clicks.js";
import { Details } from "./details.js";
import { button, element } from "./elements.js";
import { Graph } from "./graph.js";
import { Summary } from "./summary.js";
import { Timeline } from "./timeline.js";

const TICK_MS = 500;

export function mount(model, el) {
  const palette = model.get("palette");
  const names = model.get("names");
  let opened = null;
  const clicks = new Clicks(model, (word) => summary.say(word));
  const open = (place) => {
    opened = place;
    graph.select(place);
    clicks.send("open", { task: place });
  };
  const close = () => {
    if (opened === null) return;
    const place = opened;
    opened = null;
    graph.select(null);
    details.show(null);
    clicks.send("open", { task: null });
    if (!graph.stage.hidden) graph.focus(place);
  };
  const summary = new Summary({ runId: model.get("run_id"), palette, clicks });
  const graph = new Graph({ picture: model.get("picture"), names, edges: model.get("edges"), palette, open });
  const timeline = new Timeline({ names, palette, open });
  const details = new Details({ close });

  const search = element("input", { type: "search", placeholder: "Search tasks", "aria-label": "Search tasks" });
  const hits = element("span", { class: "muted", "aria-live": "polite" });
  search.addEventListener("input", () => {
    const places = graph.search(search.value);
    hits.textContent = places === null ? "" : `${places.length} of ${names.length}`;
  });
  search.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const places = event.key === "Enter" ? graph.search(search.value) : null;
    if (places?.length) graph.focus(places[0]);
  });

  const views = element("div", { class: "views", role: "tablist" });
  const stages = { DAG: graph.stage, Timeline: timeline.stage };
  const tabs = Object.keys(stages).map((name) =>
    button(name, `Show the ${name}`, () => choose(name), { role: "tab", "aria-label": name }),
  );
  views.append(...tabs);
  const zoom = element("span", { class: "zoom", role: "group", "aria-label": "Zoom" }, [
    button("−", "Zoom out (-)", () => graph.zoom(0.8), { "aria-label": "Zoom out" }),
    button("+", "Zoom in (+)", () => graph.zoom(1.25), { "aria-label": "Zoom in" }),
    button("Fit", "Show the whole picture (0)", () => graph.fit()),
  ]);
  const tools = element("div", { class: "dpnb-tools" }, [views, search, hits, element("span", { class: "room" }), zoom]);
  const body = element("div", { class: "dpnb-body" }, [graph.stage, timeline.stage, details.node]);
  const root = element("section", { class: "dpnb-run", "aria-label": `Run ${model.get("run_id")}` }, [
    summary.node,
    tools,
    body,
  ]);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || opened === null) return;
    event.stopPropagation();
    close();
  });

  const choose = (name) => {
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.textContent === name));
    for (const [other, stage] of Object.entries(stages)) stage.hidden = other !== name;
    zoom.hidden = name !== "DAG";
    showTimeline();
  };

  let since = performance.now();
  const showMoment = () => {
    since = performance.now();
    const moment = model.get("moment");
    summary.show(moment, names.length, since);
    graph.progress(moment.progress ?? []);
    graph.mark(moment.is_over ? moment.critical ?? [] : []);
    showTimeline();
  };
  const showTimeline = () => {
    if (timeline.stage.hidden) return;
    const moment = model.get("moment");
    const beyond = moment.is_over ? 0 : (performance.now() - since) / 1000;
    timeline.show({
      told: model.get("bars"),
      states: model.get("states"),
      elapsed: (moment.elapsed_s ?? 0) + beyond,
      critical: moment.critical ?? [],
    });
  };
  const watched = {
    states: () => graph.colour(model.get("states")),
    moment: showMoment,
    details: () => details.show(model.get("details"), palette),
  };
  for (const [name, show] of Object.entries(watched)) model.on(`change:${name}`, show);
  const timer = setInterval(() => {
    const moment = model.get("moment");
    if (moment.is_over) return;
    summary.tick(moment, since);
    showTimeline();
  }, TICK_MS);
  const sizes = new ResizeObserver(() => {
    graph.resize();
    showTimeline();
  });

  el.append(root);
  choose("DAG");
  watched.states();
  showMoment();
  sizes.observe(graph.stage);
  const height = Math.min(520, Math.max(140, graph.viewport.picture.height + 16));
  graph.stage.style.height = `${height}px`;
  graph.resize();

  return () => {
    clearInterval(timer);
    sizes.disconnect();
    clicks.close();
    for (const [name, show] of Object.entries(watched)) model.off(`change:${name}`, show);
  };
}

export default { render: ({ model, el }) => mount(model, el) };
