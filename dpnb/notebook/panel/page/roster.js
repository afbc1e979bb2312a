// In the place of a picture that nobody could look at: the tasks as a list, those that are searched for.

import { button, element, paint } from "../../page_parts/elements.js";
import { found } from "./geometry.js";

const MOST_LISTED = 100;

export class Roster {
  constructor({ names, palette, open }) {
    this.names = names;
    this.open = open;
    this.looks = new Map(palette.map((look) => [look.letter, look]));
    this.letters = "";
    this.listed = [];
    this.note = element("p", { class: "muted" });
    this.list = element("ul", { "aria-label": "Tasks" });
    this.stage = element("div", { class: "dpnb-roster" }, [this.note, this.list]);
    this.search("");
  }

  get wantedHeight() {
    return 320;
  }

  colour(letters) {
    this.letters = letters;
    this.listed.forEach((one) => this.#recolour(one));
  }

  progress() {}

  mark() {}

  select(place) {
    for (const one of this.listed) one.button.setAttribute("aria-pressed", String(one.place === place));
  }

  search(typed) {
    const places = found(this.names, typed);
    const shown = (places ?? this.names.map((_, place) => place)).slice(0, MOST_LISTED);
    const count = this.names.length.toLocaleString("en");
    this.note.textContent =
      `${count} tasks are too many to be drawn one by one: search for those that you want to see, ` +
      `or look at the timeline. At most ${MOST_LISTED} are listed.`;
    this.listed = shown.map((place) => {
      const state = element("span", { "aria-hidden": "true", class: "glyph" });
      const made = button("", "", () => this.open(place));
      made.append(state, element("span", { text: this.names[place] }));
      return { place, button: made, state };
    });
    this.list.replaceChildren(...this.listed.map((one) => element("li", {}, [one.button])));
    this.colour(this.letters);
    return places;
  }

  focus(place) {
    this.listed.find((one) => one.place === place)?.button.focus();
  }

  zoom() {}

  fit() {}

  resize() {}

  #recolour({ place, button: made, state }) {
    const look = this.looks.get(this.letters[place]);
    if (!look || made.dataset.letter === look.letter) return;
    made.dataset.letter = look.letter;
    state.textContent = look.glyph;
    paint(made, look);
    made.title = `${this.names[place]}: ${look.word}`;
    made.setAttribute("aria-label", made.title);
  }
}
