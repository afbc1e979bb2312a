import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Mounts } from "../../dpnb/notebook/panel/page/mounts.js";

// As much of a page as panels are put into.
class Node {
  constructor(name, { isOutput = false } = {}) {
    Object.assign(this, { name, isOutput, children: [], parentElement: null, dataset: {}, style: { display: "" }, isConnected: true });
  }
  get nextElementSibling() {
    const siblings = this.parentElement.children;
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }
  matches() {
    return this.isOutput;
  }
  closest() {
    return this.isOutput ? this : (this.parentElement?.closest() ?? null);
  }
  setAttribute() {}
  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null);
  }
  insertBefore(node, before) {
    const at = before === null ? this.children.length : this.children.indexOf(before);
    this.children.splice(at, 0, node);
    node.parentElement = this;
  }
  after(node) {
    this.parentElement.insertBefore(node, this.nextElementSibling);
  }
  remove() {
    this.parentElement.children.splice(this.parentElement.children.indexOf(this), 1);
    this.parentElement = null;
  }
}

function open() {
  mock.timers.enable({ apis: ["setInterval"] });
  globalThis.document = { createElement: (name) => new Node(name) };
  const cell = new Node("cell");
  const output = new Node("output", { isOutput: true });
  const marker = new Node("marker");
  cell.append(output);
  output.append(marker);
  const page = { markers: [marker], querySelectorAll: () => page.markers };
  const destroyed = [];
  const panel = (order) =>
    new Mounts({
      place: "p",
      order,
      page,
      make: () => ({ node: new Node(`panel ${order}`), resize() {}, destroy: () => destroyed.push(order) }),
    });
  return { cell, output, page, panel, destroyed, look: () => mock.timers.tick(300), end: () => mock.timers.reset() };
}

const shown = (cell) => cell.children.slice(1).map((host) => host.children.map((panel) => panel.name));

test("panels lie beside the picture in their order, and it is hidden as long as one is there", () => {
  const { cell, output, panel, end } = open();
  const [second, first] = [panel(2), panel(1)];
  assert.deepEqual(shown(cell), [["panel 1", "panel 2"]]);
  assert.equal(output.style.display, "none");
  second.close();
  assert.deepEqual(shown(cell), [["panel 1"]]);
  assert.equal(output.style.display, "none");
  first.close();
  assert.deepEqual(shown(cell), []);
  assert.equal(output.style.display, "");
  end();
});

test("when the picture has no place any more it is shown", () => {
  const { cell, output, page, panel, destroyed, look, end } = open();
  panel(1);
  page.markers = [];
  look();
  assert.deepEqual(shown(cell), []);
  assert.equal(output.style.display, "");
  assert.deepEqual(destroyed, [1]);
  end();
});

test("an output that is scrolled away keeps its panel, and one that comes gets its own", () => {
  const { cell, output, page, panel, destroyed, look, end } = open();
  const [marker] = page.markers;
  panel(1);
  output.isConnected = false;
  page.markers = [];
  look();
  output.isConnected = true;
  page.markers = [marker];
  look();
  assert.deepEqual(shown(cell), [["panel 1"]]);
  assert.deepEqual(destroyed, []);
  const [other, copy] = [new Node("other cell"), new Node("output", { isOutput: true })];
  other.append(copy);
  copy.append(new Node("marker"));
  page.markers = [marker, copy.children[0]];
  look();
  assert.deepEqual(shown(other), [["panel 1"]]);
  end();
});
