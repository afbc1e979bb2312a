// How a column's values are spread: small bars in its head, each of which filters.

import { drawn, element } from "../../page_parts/elements.js";
import { counted, percent, shortEdge } from "./wording.js";

const TOLD_SHARE = 0.01; // a most frequent value that is rarer tells nothing
const [BAR_WIDTH, BAR_HEIGHT] = [120, 30];

export function barsOf(histogram, column, pick) {
  const { bars, rows } = histogram;
  if (!bars.length) return element("div", { class: "bars none" });
  const most = Math.max(...bars.map((bar) => bar.count), 1);
  const step = BAR_WIDTH / bars.length;
  const isRange = ["integer", "number", "instant", "duration"].includes(column.kind);
  const drawnBars = bars.map((bar, place) => {
    const height = bar.count ? Math.max(1.5, (bar.count / most) * (BAR_HEIGHT - 2)) : 0;
    const words = isRange && bar.low !== bar.high ? `${bar.low} to ${bar.high}` : bar.low;
    const title = drawn("title", { text: `${words}: ${bar.count.toLocaleString("en")} (${percent(bar.count, rows)})` });
    const x = place * step;
    const gap = Math.min(1, step * 0.15);
    const seen = drawn("rect", { class: "bar", x, y: BAR_HEIGHT - height, width: step - gap, height });
    const hit = drawn("rect", { class: "hit", x, y: 0, width: step, height: BAR_HEIGHT }, [title]);
    hit.addEventListener("click", () => pick(barFilter(bar, isRange)));
    return drawn("g", {}, [seen, hit]);
  });
  const size = { viewBox: `0 0 ${BAR_WIDTH} ${BAR_HEIGHT}`, preserveAspectRatio: "none" };
  const chart = drawn("svg", { ...size, role: "img", class: "bars" }, drawnBars);
  chart.setAttribute("aria-label", `How ${column.name} is spread`);
  return chart;
}

// What a bar stands for, as a filter without its column.
export function barFilter(bar, isRange) {
  if (isRange) return { operator: "between", value: "", low: bar.low, high: bar.high };
  return { operator: "equals", value: bar.low, low: "", high: "" };
}

// The spread in words.
export function spreadText({ bars, rows, is_sample: isSample }, { kind }) {
  if (!bars.length) return "no values";
  if (["integer", "number", "instant", "duration"].includes(kind)) {
    const [low, high] = [shortEdge(bars[0].low, kind), shortEdge(bars.at(-1).high, kind)];
    return low === high ? `all ${low}` : `${low} – ${high}`;
  }
  const [first] = bars;
  if (isSample && first.count / rows < TOLD_SHARE) return "many different values";
  return `${isSample ? "≈ " : ""}${percent(first.count, rows)} ${first.low}`;
}

export function sampleText({ rows, is_sample: isSample }) {
  return isSample ? `of a sample of ${counted(rows, "row")}` : "";
}
