// The small pictures in a row: a state, how long a pipeline took, how its tasks fared. None tells by colour alone.

import { drawn, duration, element, paint } from "../../notebook/page_parts/elements.js";
import { ago, localTime, thousands, utcTime } from "./wording.js";

const BAR = 6;
const TALL = 20;

export function statePill(look, word = look?.word) {
  const pill = element("span", { class: "pill", text: `${look?.glyph ?? "•"} ${word ?? ""}` });
  if (look) paint(pill, look);
  return pill;
}

// Columns for the last durations of a pipeline, oldest first; the last one is the run's own where `isOwn`.
export function sparkline(seconds, { isOwn, look } = {}) {
  if (seconds.length < 2) return element("span", { class: "spark" });
  const most = Math.max(...seconds, 1e-9);
  const columns = seconds.map((value, place) => {
    const height = Math.max(1.5, (value / most) * TALL);
    const own = isOwn && place === seconds.length - 1;
    const column = drawn("rect", { x: place * BAR, y: TALL - height, width: BAR - 2, height, rx: 1, class: own ? "own" : "" });
    if (own && look) column.style.fill = look.accent;
    return column;
  });
  const low = duration(Math.min(...seconds));
  const label = `${seconds.length} runs of this pipeline took ${low} to ${duration(most)}`;
  const width = seconds.length * BAR;
  const chart = drawn("svg", { class: "spark", viewBox: `0 0 ${width} ${TALL}`, width, height: TALL, role: "img" }, [
    drawn("title", { text: label }),
    ...columns,
  ]);
  chart.setAttribute("aria-label", label);
  return chart;
}

// How many tasks are in each state, as glyphs with counts over a bar of their shares.
export function taskCounts(counts, total, looks) {
  const told = counts.map(([state, count]) => `${thousands(count)} ${looks[state]?.word ?? state}`).join(", ");
  const words = counts.map(([state, count]) => {
    const one = element("span", { class: "count", text: `${looks[state]?.glyph ?? "•"} ${thousands(count)}` });
    one.style.setProperty("--accent", looks[state]?.accent ?? "#6e7781");
    return one;
  });
  const parts = counts.map(([state, count]) => {
    const part = element("span");
    part.style.cssText = `width:${(100 * count) / Math.max(1, total)}%;background:${looks[state]?.accent ?? "#6e7781"}`;
    return part;
  });
  const label = counts.length ? told : `${thousands(total)} tasks`;
  return element("div", { class: "task-counts", role: "img", "aria-label": label, title: label }, [
    element("div", {}, words.length ? words : [element("span", { text: thousands(total) })]),
    element("div", { class: "shares" }, parts),
  ]);
}

export function instant(us) {
  if (us === null || us === undefined) return element("span");
  const iso = new Date(us / 1000).toISOString();
  return element("time", { datetime: iso, title: `${utcTime(us)} · ${ago(us)}`, text: localTime(us) });
}
