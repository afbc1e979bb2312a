// The timeline: a bar for each task that has begun, in lanes as workers could have done them.

import { drawn, duration, element } from "./elements.js";

const LANE = 22;
const LEFT = 8;
const TOP = 20;
const STEPS = [1, 2, 5];

// Instants for the axis: round numbers of seconds, at most so many.
export function ticks(end, most = 8) {
  if (!(end > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(end / most));
  const step = [...STEPS, 10].map((factor) => factor * power).find((size) => end / size <= most);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

export class Timeline {
  constructor({ names, palette, open }) {
    this.names = names;
    this.open = open;
    this.looks = new Map(palette.map((look) => [look.letter, look]));
    this.bars = new Map();
    this.axis = drawn("g", { class: "axis" });
    this.body = drawn("g");
    this.svg = drawn("svg", { role: "group", "aria-label": "Timeline" }, [this.axis, this.body]);
    this.stage = element("div", { class: "dpnb-timeline" }, [this.svg]);
    this.svg.addEventListener("click", (event) => this.#openFrom(event));
    this.svg.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") this.#openFrom(event);
    });
  }

  // `told` holds [task, lane, start, end or null] in seconds, `states` a letter a task.
  show({ told, states, elapsed, critical }) {
    const width = Math.max(200, this.stage.clientWidth || 640);
    const end = Math.max(elapsed, ...told.map((bar) => bar[3] ?? 0), 0.001);
    const scale = (width - 2 * LEFT) / end;
    const lanes = told.reduce((most, bar) => Math.max(most, bar[1] + 1), 1);
    const height = TOP + lanes * LANE + 6;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    this.#drawAxis(end, scale, height);
    const marked = new Set(critical);
    for (const bar of told) this.#drawBar(bar, { states, scale, elapsed, isCritical: marked.has(bar[0]) });
    const going = new Set(told.map((bar) => bar[0]));
    for (const [task, bar] of this.bars) {
      if (going.has(task)) continue;
      bar.node.remove();
      this.bars.delete(task);
    }
  }

  #drawAxis(end, scale, height) {
    this.axis.replaceChildren(
      ...ticks(end).flatMap((instant) => {
        const x = LEFT + instant * scale;
        return [
          drawn("line", { x1: x, x2: x, y1: TOP - 4, y2: height, class: "rule" }),
          drawn("text", { x: x + 3, y: 12, text: duration(instant) || "0 s", class: "tick" }),
        ];
      }),
    );
  }

  #drawBar([task, lane, start, end], { states, scale, elapsed, isCritical }) {
    const bar = this.bars.get(task) ?? this.#made(task);
    const look = this.looks.get(states[task]);
    const width = Math.max(2, ((end ?? elapsed) - start) * scale);
    const facts = `${start}|${end}|${lane}|${scale}|${states[task]}|${isCritical}|${width}`;
    if (bar.facts === facts) return;
    bar.facts = facts;
    bar.node.setAttribute("transform", `translate(${LEFT + start * scale} ${TOP + lane * LANE})`);
    bar.frame.setAttribute("width", width);
    bar.frame.setAttribute("fill", look?.fill ?? "#eee");
    bar.frame.setAttribute("stroke", look?.accent ?? "#888");
    bar.node.classList.toggle("critical", isCritical);
    const room = Math.floor((width - 10) / 6.6);
    const name = this.names[task];
    bar.text.textContent = room < 3 ? "" : name.length > room ? `${name.slice(0, room - 1)}…` : name;
    bar.text.setAttribute("fill", look?.ink ?? "#333");
    const took = duration((end ?? elapsed) - start);
    const label = `${name}: ${look?.word ?? ""}, ${took}${isCritical ? ", on the critical path" : ""}`;
    bar.node.setAttribute("aria-label", label);
    bar.title.textContent = label;
  }

  #made(task) {
    const frame = drawn("rect", { height: LANE - 4, rx: 3 });
    const text = drawn("text", { x: 5, y: 13 });
    const title = drawn("title");
    const node = drawn("g", { class: "bar", role: "button", tabindex: "0", "data-bar": task }, [title, frame, text]);
    this.body.append(node);
    const bar = { node, frame, text, title, facts: "" };
    this.bars.set(task, bar);
    return bar;
  }

  #openFrom(event) {
    const node = event.target.closest?.("[data-bar]");
    if (!node) return;
    event.preventDefault();
    this.open(Number(node.dataset.bar));
  }
}
