// Puts panels beside the pictures that stand for them in a notebook, and shows them instead.
//
//     output of a cell            <div data-dpnb-place="…">      what is saved: a picture, in static HTML
//     beside it, on a live page   <div data-dpnb-host="…">       the panels; as long as they are there, no picture
//
// A page brings outputs and takes them away as cells are run, scrolled and shown twice, so that places are looked for
// again and again. When a picture has no place any more, the run has ended and the picture is the end of it.

import { element } from "../../page_parts/elements.js";

const LOOK_MS = 250;
const OUTPUT = ".jp-OutputArea-output"; // in JupyterLab, Notebook and Voila

export class Mounts {
  // `make()` gives a panel: its `node`, what `resize`s it once it is there, and what `destroy`s it.
  constructor({ place, order, make, page = document }) {
    [this.place, this.order, this.make, this.page] = [place, order, make, page];
    this.mounted = new Map(); // by output
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  look() {
    const outputs = new Set([...this.page.querySelectorAll(`[data-dpnb-place="${this.place}"]`)].map(outputOf));
    for (const output of outputs) if (!this.mounted.has(output)) this.#mount(output);
    for (const output of this.mounted.keys()) {
      // One that was scrolled away may come back as it is.
      if (output.isConnected && !outputs.has(output)) this.#unmount(output);
    }
  }

  close() {
    clearInterval(this.timer);
    for (const output of this.mounted.keys()) this.#unmount(output);
  }

  #mount(output) {
    const host = this.#host(output);
    const panel = this.make();
    panel.node.dataset.order = this.order;
    const later = [...host.children].find((other) => Number(other.dataset.order) > this.order);
    host.insertBefore(panel.node, later ?? null);
    this.mounted.set(output, panel);
    panel.resize();
  }

  #host(output) {
    const next = output.nextElementSibling;
    if (next?.dataset.dpnbHost === this.place) return next;
    const host = element("div", { class: output.matches(OUTPUT) ? OUTPUT.slice(1) : null });
    host.dataset.dpnbHost = this.place;
    output.after(host);
    output.dataset.dpnbShown = output.style.display;
    output.style.display = "none";
    return host;
  }

  #unmount(output) {
    const panel = this.mounted.get(output);
    const host = panel.node.parentElement;
    this.mounted.delete(output);
    panel.destroy();
    panel.node.remove();
    if (!host || host.children.length) return;
    host.remove();
    output.style.display = output.dataset.dpnbShown ?? "";
  }
}

function outputOf(marker) {
  return marker.closest(OUTPUT) ?? marker.parentElement;
}
