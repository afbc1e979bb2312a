import assert from "node:assert/strict";
import { test } from "node:test";

import { Viewport, found, neighbour, related } from "../../dpnb/notebook/panel/page/geometry.js";

const box = (x, y) => ({ x, y, width: 10, height: 10 });

test("the whole picture is in sight at first, and is not blown up", () => {
  const view = new Viewport(400, 100);
  view.resize(800, 300);
  assert.equal(view.isWhole(), true);
  assert.deepEqual(view.box, { x: -200, y: -100, width: 800, height: 300 });
});

test("a picture that is larger than its stage is made to fit", () => {
  const view = new Viewport(4000, 100);
  view.resize(800, 200);
  assert.equal(view.box.width, 4000);
  assert.equal(view.box.height, 1000);
});

test("a picture is far as long as nothing in it can be read", () => {
  const view = new Viewport(4000, 100);
  view.resize(800, 200);
  assert.equal(view.isFar(), true);
  view.zoom(2);
  assert.equal(view.isFar(), false);
});

test("a box is in sight where any of it is, and not where it only touches the edge", () => {
  const view = new Viewport(100, 100);
  assert.equal(view.shows(box(-5, 95)), true);
  assert.equal(view.shows(box(-10, 0)), false);
  assert.equal(view.shows(box(0, 100)), false);
});

test("zooming leaves the point under the pointer where it is", () => {
  const view = new Viewport(1000, 500);
  view.resize(500, 250);
  const at = (fraction) => view.box.x + view.box.width * fraction;
  const before = at(0.3);
  view.zoom(2, 0.3, 0.5);
  assert.ok(Math.abs(at(0.3) - before) < 1e-9);
  assert.equal(view.box.width, 500);
});

test("one can zoom neither out beyond the picture nor in without end", () => {
  const view = new Viewport(1000, 500);
  view.resize(500, 250);
  for (let times = 0; times < 50; times += 1) view.zoom(2);
  assert.equal(view.box.width, 125);
  for (let times = 0; times < 50; times += 1) view.zoom(0.5);
  assert.equal(view.box.width, 1000);
});

test("however large a picture is, one can come so close that it can be read", () => {
  const view = new Viewport(100_000, 500);
  view.resize(500, 250);
  for (let times = 0; times < 50; times += 1) view.zoom(2);
  assert.equal(view.box.width, 250);
});

test("revealing moves no further than is needed", () => {
  const view = new Viewport(1000, 1000);
  view.resize(500, 500);
  view.zoom(4, 0, 0);
  const before = { ...view.box };
  view.reveal({ x: 50, y: 50, width: 10, height: 10 });
  assert.deepEqual(view.box, before);
  view.reveal({ x: 900, y: 50, width: 10, height: 10 });
  assert.ok(view.box.x + view.box.width >= 910);
  assert.equal(view.box.y, before.y);
});

test("arrow keys go to the nearest card in their direction, and stay where there is none", () => {
  const boxes = [box(0, 0), box(100, 0), box(50, 60), box(220, 0)];
  assert.equal(neighbour(boxes, 0, "ArrowRight"), 1);
  assert.equal(neighbour(boxes, 1, "ArrowRight"), 3);
  assert.equal(neighbour(boxes, 0, "ArrowDown"), 2);
  assert.equal(neighbour(boxes, 0, "ArrowLeft"), 0);
  assert.equal(neighbour(boxes, 2, "ArrowUp"), 0);
});

test("a search finds names in any case and in either form of Hangul", () => {
  const names = ["Flights", "항공편".normalize("NFD"), "late flights"];
  assert.deepEqual(found(names, "FLIGHT"), [0, 2]);
  assert.deepEqual(found(names, "flights late"), [2]);
  assert.deepEqual(found(names, "항공"), [1]);
  assert.equal(found(names, "  "), null);
});

test("what is related to a task lies upstream or downstream of it, and not beside it", () => {
  const edges = [[0, 2], [1, 2], [2, 3], [1, 4]];
  assert.deepEqual([...related(edges, 2)].sort(), [0, 1, 2, 3]);
  assert.deepEqual([...related(edges, 0)].sort(), [0, 2, 3]);
});
