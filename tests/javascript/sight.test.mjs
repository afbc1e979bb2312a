import assert from "node:assert/strict";
import { test } from "node:test";

import { RowSight, columnsInSight, nextCell } from "../../dpnb/notebook/browser/page/sight.js";

function sight(total, visible = 16) {
  const made = new RowSight(24);
  made.take(total, visible);
  return made;
}

test("a short table's bar is as tall as its rows, a long one's is not", () => {
  assert.equal(sight(100).height, 2400);
  assert.equal(sight(10_000_000).height, 6_000_000);
  assert.deepEqual([sight(100).isScaled, sight(10_000_000).isScaled], [false, true]);
});

test("the bar's ends are the first and the last row, whatever its length", () => {
  for (const total of [17, 1000, 10_000_000]) {
    const rows = sight(total);
    rows.scrollTo(777, 777);
    assert.equal(rows.first, total - 16);
    assert.equal(rows.offset(777), 777);
    rows.scrollTo(0, 777);
    assert.equal(rows.first, 0);
  }
});

test("fewer rows than room do not scroll", () => {
  const rows = sight(3);
  rows.scrollTo(50, 100);
  assert.deepEqual([rows.first, rows.offset(100)], [0, 0]);
  rows.scrollTo(50, 0);
  assert.equal(rows.first, 0);
});

test("a row is revealed by no more than is needed", () => {
  const rows = sight(1000);
  rows.reveal(20);
  assert.equal(rows.first, 5);
  rows.reveal(10);
  assert.equal(rows.first, 5);
  rows.reveal(2);
  assert.equal(rows.first, 2);
  rows.take(10, 10);
  assert.equal(rows.first, 0);
});

test("of a thousand columns those in sight are there, and one beside them on each side", () => {
  const widths = Array(1000).fill(100);
  assert.deepEqual(columnsInSight(widths, 0, 450), { start: 0, end: 6, before: 0, after: 99_400 });
  assert.deepEqual(columnsInSight(widths, 1000, 450), { start: 9, end: 16, before: 900, after: 98_400 });
  const last = columnsInSight(widths, 99_550, 450);
  assert.deepEqual([last.end, last.after], [1000, 0]);
  assert.deepEqual(columnsInSight([], 0, 450), { start: 0, end: 0, before: 0, after: 0 });
});

test("keys lead from cell to cell and stay within the table", () => {
  const size = { rows: 100, columns: 5, page: 16 };
  const go = (cell, key, more = {}) => nextCell(cell, { key, ...more }, size);
  assert.deepEqual(go({ row: 1, column: 1 }, "ArrowDown"), { row: 2, column: 1 });
  assert.deepEqual(go({ row: 0, column: 0 }, "ArrowUp"), { row: 0, column: 0 });
  assert.deepEqual(go({ row: 95, column: 4 }, "PageDown"), { row: 99, column: 4 });
  assert.deepEqual(go({ row: 9, column: 2 }, "End"), { row: 9, column: 4 });
  assert.deepEqual(go({ row: 9, column: 2 }, "End", { ctrlKey: true }), { row: 99, column: 4 });
  assert.deepEqual(go({ row: 9, column: 2 }, "Home", { metaKey: true }), { row: 0, column: 0 });
  assert.equal(go({ row: 9, column: 2 }, "x"), null);
});
