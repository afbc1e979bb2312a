// In the place of a picture that is being laid out, which takes a moment where there are many tasks.

import { element } from "../../page_parts/elements.js";
import { found } from "./geometry.js";

export class Awaited {
  constructor({ names }) {
    this.names = names;
    const word = `Laying out ${names.length.toLocaleString("en")} tasks …`;
    this.stage = element("div", { class: "dpnb-stage awaited" }, [element("p", { class: "muted", role: "status", text: word })]);
  }

  get wantedHeight() {
    return Infinity; // as much as there may be: a picture that takes a moment is a large one
  }

  search(typed) {
    return found(this.names, typed);
  }

  colour() {}

  progress() {}

  mark() {}

  select() {}

  focus() {}

  zoom() {}

  fit() {}

  resize() {}
}
