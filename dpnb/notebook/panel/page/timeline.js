// The timeline: a bar for each task that has begun, in lanes as workers could have done them.

import { cut, drawn, duration, element } from "../../page_parts/elements.js";

const LANE = 24;
const LEFT = 76; // room for the lanes' names
const RIGHT = 12;
const TOP = 22;
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
    this.kept = null;
    this.lanes = drawn("g", { class: "lanes" });
    this.axis = drawn("g", { class: "axis", "aria-hidden": "true" });
    this.body = drawn("g");
    this.svg = drawn("svg", { role: "group", "aria-label": "Timeline" }, [this.lanes, this.axis, this.body]);
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
    const scale = (width - LEFT - RIGHT) / end;
    const lanes = told.reduce((most, bar) => Math.max(most, bar[1] + 1), 1);
    const height = TOP + lanes * LANE + 8;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    this.#drawLanes(lanes, width);
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

  // Dims what was not searched for; null where nothing was.
  search(places) {
    this.kept = places && new Set(places);
    for (const [task, bar] of this.bars) bar.node.classList.toggle("dimmed", Boolean(this.kept) && !this.kept.has(task));
  }

  focus(task) {
    this.bars.get(task)?.node.focus();
  }

  #drawLanes(count, width) {
    const facts = `${count}|${width}`;
    if (this.laid === facts) return;
    this.laid = facts;
    const lane = (_, place) => {
      const y = TOP + place * LANE;
      const band = drawn("rect", { x: 0, y: y - 3, width, height: LANE, class: place % 2 ? "band" : "band odd" });
      return [band, drawn("text", { x: 12, y: y + 13, class: "tick", text: `worker ${place + 1}` })];
    };
    this.lanes.replaceChildren(...Array.from({ length: count }, lane).flat());
  }

  #drawAxis(end, scale, height) {
    this.axis.replaceChildren(
      ...ticks(end).flatMap((instant) => {
        const x = LEFT + instant * scale;
        return [
          drawn("line", { x1: x, x2: x, y1: TOP - 6, y2: height, class: "rule" }),
          drawn("text", { x: x + 3, y: 12, text: instant ? duration(instant) : "0 s", class: "tick" }),
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
    const name = this.names[task];
    bar.text.textContent = cut(name, width - 10, 11.5);
    bar.text.setAttribute("fill", look?.ink ?? "#333");
    const took = duration((end ?? elapsed) - start);
    const label = `${name}: ${look?.word ?? ""}, ${took}${isCritical ? ", on the critical path" : ""}`;
    bar.node.setAttribute("aria-label", label);
    bar.title.textContent = label;
  }

  #made(task) {
    const frame = drawn("rect", { height: LANE - 6, rx: 4 });
    const text = drawn("text", { x: 5, y: 12.5 });
    const title = drawn("title");
    const node = drawn("g", { class: "bar", role: "button", tabindex: "0", "data-bar": task }, [title, frame, text]);
    this.body.append(node);
    const bar = { node, frame, text, title, facts: "" };
    this.bars.set(task, bar);
    node.classList.toggle("dimmed", Boolean(this.kept) && !this.kept.has(task));
    return bar;
  }

  #openFrom(event) {
    const node = event.target.closest?.("[data-bar]");
    if (!node) return;
    event.preventDefault();
    this.open(Number(node.dataset.bar));
  }
}
