// The DAG: one picture that is drawn once. Afterwards only what a state changes is changed in it.

import { drawn, element } from "./elements.js";
import { Viewport, found, neighbour, related } from "./geometry.js";

export class Graph {
  // `picture` is SVG text of dpnb's own; `open(place)` is called with the task that is clicked.
  constructor({ picture, names, edges, palette, open }) {
    this.names = names;
    this.edges = edges;
    this.open = open;
    this.looks = new Map(palette.map((look) => [look.letter, look]));
    this.svg = new DOMParser().parseFromString(picture, "image/svg+xml").documentElement;
    this.svg.removeAttribute("width");
    this.svg.removeAttribute("height");
    this.svg.setAttribute("role", "group");
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    const [, , width, height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    this.viewport = new Viewport(width, height);
    this.cards = names.map((name, place) => this.#card(place));
    this.boxes = this.cards.map((card) => card.box);
    this.shown = "";
    this.focused = 0;
    this.stage = element("div", { class: "dpnb-stage" }, [this.svg]);
    this.cards[0]?.node.setAttribute("tabindex", "0");
    this.#listen();
  }

  // Colours by letters, one a task; only those that differ from what is shown are touched.
  colour(letters) {
    for (let place = 0; place < this.cards.length; place += 1) {
      if (letters[place] !== this.shown[place]) this.#recolour(place, letters[place]);
    }
    this.shown = letters;
  }

  // Shows how far tasks are that run: [place, fraction or null, note].
  progress(told) {
    const going = new Map(told.map(([place, fraction, note]) => [place, { fraction, note }]));
    this.cards.forEach((card, place) => {
      const said = going.get(place);
      if (!said && !card.gauge) return;
      card.gauge ??= this.#gauge(card);
      card.gauge.setAttribute("width", said?.fraction ? (card.box.width - 16) * Math.min(1, said.fraction) : 0);
      const percent = said?.fraction != null ? `${Math.round(said.fraction * 100)} %` : "";
      this.#label(place, [percent, said?.note].filter(Boolean).join(" · "));
    });
  }

  mark(places) {
    const marked = new Set(places);
    this.cards.forEach((card, place) => card.node.classList.toggle("critical", marked.has(place)));
  }

  select(place) {
    this.cards.forEach((card, other) => card.node.classList.toggle("selected", other === place));
    const near = place === null ? null : related(this.edges, place);
    this.#dim(near && ((other) => near.has(other)));
  }

  // Dims what does not fit; returns the places that do, or null where nothing was typed.
  search(typed) {
    const places = found(this.names, typed);
    const fits = new Set(places ?? []);
    this.#dim(places && ((place) => fits.has(place)));
    if (places?.length) this.reveal(places[0]);
    return places;
  }

  reveal(place) {
    this.viewport.reveal(this.boxes[place]);
    this.look();
  }

  focus(place) {
    this.cards[this.focused]?.node.setAttribute("tabindex", "-1");
    this.focused = place;
    this.cards[place].node.setAttribute("tabindex", "0");
    this.reveal(place);
    this.cards[place].node.focus({ preventScroll: true });
  }

  look() {
    this.svg.setAttribute("viewBox", this.viewport.toString());
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    this.viewport.resize(width, height);
    this.look();
  }

  zoom(factor, atX, atY) {
    this.viewport.zoom(factor, atX, atY);
    this.look();
  }

  fit() {
    this.viewport.fit();
    this.look();
  }

  #card(place) {
    const node = this.svg.querySelector(`[id="n${place}"]`);
    const frame = node.querySelector(".card");
    const [x, y] = node.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    const box = { x, y, width: Number(frame.getAttribute("width")), height: Number(frame.getAttribute("height")) };
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "-1");
    node.dataset.place = place;
    return { node, frame, box, icon: node.querySelector("use"), detail: node.querySelector(".detail") };
  }

  #recolour(place, letter) {
    const look = this.looks.get(letter);
    const card = this.cards[place];
    if (!look) return;
    card.frame.setAttribute("fill", look.fill);
    card.frame.setAttribute("stroke", look.accent);
    card.icon?.setAttribute("href", `#i-${look.state.replaceAll("_", "-")}`);
    card.detail?.setAttribute("fill", look.ink);
    card.node.classList.toggle("is-running", look.state === "running");
    card.look = look;
    this.#label(place, "");
  }

  #label(place, said) {
    const card = this.cards[place];
    const words = [card.look?.word, said].filter(Boolean).join(" · ");
    if (card.detail) card.detail.textContent = words.length > 26 ? `${words.slice(0, 25)}…` : words;
    const label = `${this.names[place]}: ${words}`;
    card.node.setAttribute("aria-label", label);
    const title = card.node.querySelector("title");
    if (title) title.textContent = label;
  }

  #gauge(card) {
    const gauge = drawn("rect", { x: 8, y: card.box.height - 5, width: 0, height: 3, rx: 1.5, class: "gauge" });
    card.node.append(gauge);
    return gauge;
  }

  #dim(keeps) {
    this.cards.forEach((card, place) => card.node.classList.toggle("dimmed", Boolean(keeps) && !keeps(place)));
    this.edges.forEach(([tail, head], index) => {
      const arrow = this.svg.querySelector(`[id="e${index}"]`);
      arrow?.classList.toggle("dimmed", Boolean(keeps) && !(keeps(tail) && keeps(head)));
    });
  }

  #listen() {
    const placeOf = (event) => {
      const node = event.target.closest?.("[data-place]");
      return node ? Number(node.dataset.place) : null;
    };
    let held = null;
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.button === 0) held = { x: event.clientX, y: event.clientY, moved: false };
    });
    this.stage.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [byX, byY] = [event.clientX - held.x, event.clientY - held.y];
      if (!held.moved && Math.hypot(byX, byY) < 4) return;
      if (!held.moved) this.stage.setPointerCapture(event.pointerId);
      this.viewport.pan(byX, byY);
      this.look();
      held = { x: event.clientX, y: event.clientY, moved: true };
    });
    this.stage.addEventListener("pointerup", (event) => {
      const clicked = held && !held.moved ? placeOf(event) : null;
      held = null;
      if (clicked === null) return;
      this.focus(clicked);
      this.open(clicked);
    });
    this.stage.addEventListener("pointercancel", () => {
      held = null;
    });
    // The page scrolls as ever; with Ctrl or ⌘ the wheel zooms, as a pinch does.
    this.stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const area = this.stage.getBoundingClientRect();
        const factor = Math.exp(-event.deltaY / 300);
        this.zoom(factor, (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
      },
      { passive: false },
    );
    this.svg.addEventListener("keydown", (event) => {
      const place = placeOf(event);
      if (place === null) return;
      if (event.key.startsWith("Arrow")) this.focus(neighbour(this.boxes, place, event.key));
      else if (event.key === "Enter" || event.key === " ") this.open(place);
      else if (event.key === "+") this.zoom(1.25);
      else if (event.key === "-") this.zoom(0.8);
      else if (event.key === "0") this.fit();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
}
