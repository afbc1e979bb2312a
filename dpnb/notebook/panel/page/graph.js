// The DAG: one picture that is drawn once. Afterwards only what a state changes is changed in it.

import { cut, drawn, duration, element } from "../../page_parts/elements.js";
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
    this.svg.setAttribute("aria-label", `DAG of ${names.length} tasks`);
    // What the picture tells of itself held before the run began.
    for (const told of this.svg.querySelectorAll(":scope > :is(title, desc)")) told.remove();
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    const [, , width, height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    this.viewport = new Viewport(width, height);
    this.cards = names.map((name, place) => this.#card(place));
    this.boxes = this.cards.map((card) => card.box);
    this.arrows = edges.map((_, place) => this.svg.querySelector(`[id="e${place}"]`));
    this.shown = "";
    this.marked = "";
    this.focused = 0;
    this.unwritten = new Set(); // places of cards whose words and icons nobody can see, and do not tell what is
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

  get wantedHeight() {
    return this.viewport.picture.height;
  }

  // Says how long tasks took, and how far those are that run: Maps by place, of seconds and of { fraction, note }.
  progress(seconds, told) {
    this.cards.forEach((card, place) => {
      const said = told.get(place);
      this.#measure(card, said?.fraction ?? null);
      const percent = said?.fraction != null ? `${Math.round(said.fraction * 100)} %` : "";
      this.#say(place, [percent, duration(seconds.get(place)), said?.note].filter(Boolean).join(" · "));
    });
  }

  mark(places) {
    const marked = places.join();
    if (marked === this.marked) return;
    this.marked = marked;
    const after = new Map(places.map((place, index) => [place, places[index + 1]]));
    this.cards.forEach((card, place) => card.node.classList.toggle("critical", after.has(place)));
    this.edges.forEach(([tail, head], index) => {
      this.arrows[index]?.classList.toggle("critical", after.has(tail) && after.get(tail) === head);
    });
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
    this.svg.classList.toggle("far", this.viewport.isFar());
    for (const place of this.unwritten) if (this.#isLegible(place)) this.#write(place);
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
    const [word, note] = node.querySelectorAll(".detail");
    const room = box.width - Number(word?.getAttribute("x") ?? 0) - 8;
    const title = node.querySelector("title");
    return { node, frame, box, word, note, room, title, icon: node.querySelector("use"), said: "", gauge: null };
  }

  #recolour(place, letter) {
    const look = this.looks.get(letter);
    const card = this.cards[place];
    if (!look) return;
    card.frame.setAttribute("fill", look.fill);
    card.frame.setAttribute("stroke", look.accent);
    if (look.dashed) card.frame.setAttribute("stroke-dasharray", "5 3.5");
    else if (card.look?.dashed) card.frame.removeAttribute("stroke-dasharray");
    if ((look.state === "running") !== (card.look?.state === "running")) card.frame.classList.toggle("breathes");
    card.look = look;
    this.#label(place);
    this.#write(place);
  }

  // Most of a recolouring’s time is that of words and icons: they wait until somebody may see them.
  #write(place) {
    if (!this.#isLegible(place)) {
      this.unwritten.add(place);
      return;
    }
    this.unwritten.delete(place);
    const { look, icon, word, note, said, room } = this.cards[place];
    if (look) {
      icon?.setAttribute("href", `#i-${look.state.replaceAll("_", "-")}`);
      word?.setAttribute("fill", look.ink);
      if (word && word.textContent !== look.word) word.textContent = look.word;
    }
    if (note) note.textContent = cut(said, room, 11);
  }

  #isLegible(place) {
    return !this.viewport.isFar() && this.viewport.shows(this.boxes[place]);
  }

  #say(place, said) {
    const card = this.cards[place];
    if (said === card.said) return;
    card.said = said;
    this.#label(place);
    this.#write(place);
  }

  #label(place) {
    const card = this.cards[place];
    const label = `${this.names[place]}: ${[card.look?.word, card.said].filter(Boolean).join(" · ")}`;
    card.node.setAttribute("aria-label", label);
    card.label = label;
  }

  // A thin line along the bottom of a card, as long as what has been done.
  #measure(card, fraction) {
    if (fraction === null && !card.gauge) return;
    card.gauge ??= card.node.appendChild(
      drawn("rect", { x: 8, y: card.box.height - 6, width: 0, height: 3, rx: 1.5, class: "gauge" }),
    );
    card.gauge.setAttribute("width", (card.box.width - 16) * Math.min(1, Math.max(0, fraction ?? 0)));
  }

  #dim(keeps) {
    this.cards.forEach((card, place) => card.node.classList.toggle("dimmed", Boolean(keeps) && !keeps(place)));
    this.edges.forEach(([tail, head], index) => {
      this.arrows[index]?.classList.toggle("dimmed", Boolean(keeps) && !(keeps(tail) && keeps(head)));
    });
  }

  #listen() {
    const placeOf = (event) => {
      const node = event.target.closest?.("[data-place]");
      return node ? Number(node.dataset.place) : null;
    };
    // A title is written when it may be shown: writing a thousand of them takes a frame's time.
    this.stage.addEventListener("pointerover", (event) => {
      const card = this.cards[placeOf(event) ?? -1];
      if (card?.title && card.title.textContent !== card.label) card.title.textContent = card.label ?? "";
    });
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
