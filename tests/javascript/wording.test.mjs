import assert from "node:assert/strict";
import { test } from "node:test";

import { carriedOver, filteredBy, filterText, namedColumns, percent, shortEdge, sortedBy } from "../../dpnb/notebook/browser/page/wording.js";
import { barFilter, spreadText } from "../../dpnb/notebook/browser/page/bars.js";

test("a column's name sorts up, down, and not at all", () => {
  const up = sortedBy([], 3, false);
  assert.deepEqual(up, [{ column: 3, descending: false }]);
  const down = sortedBy(up, 3, false);
  assert.deepEqual(down, [{ column: 3, descending: true }]);
  assert.deepEqual(sortedBy(down, 3, false), []);
  assert.deepEqual(sortedBy(down, 1, false), [{ column: 1, descending: false }]);
});

test("with shift a column joins the others, and keeps its place when it turns", () => {
  const two = sortedBy(sortedBy([], 3, false), 1, true);
  assert.deepEqual(two.map((one) => one.column), [3, 1]);
  assert.deepEqual(sortedBy(two, 3, true), [{ column: 3, descending: true }, { column: 1, descending: false }]);
  assert.deepEqual(sortedBy(sortedBy(two, 3, true), 3, true), [{ column: 1, descending: false }]);
});

test("a column has one filter", () => {
  const first = { column: 1, operator: "missing" };
  const second = { column: 1, operator: "present" };
  assert.deepEqual(filteredBy([first, { column: 2 }], second), [{ column: 2 }, second]);
});

test("what a view was sorted and filtered by is carried over to the columns that are still there", () => {
  const before = [{ name: "날짜" }, { name: "n" }, { name: "gone" }];
  const now = [{ name: "n", operators: ["between"] }, { name: "날짜", operators: ["missing"] }];
  const view = {
    sort: [{ column: 0, descending: true }, { column: 2, descending: false }],
    filters: [{ column: 1, operator: "between", low: "3" }, { column: 0, operator: "contains", value: "x" }],
  };
  assert.deepEqual(carriedOver(view, before, now), {
    sort: [{ column: 1, descending: true }],
    filters: [{ column: 0, operator: "between", low: "3" }],
  });
});

test("filters read as sentences", () => {
  const read = (filter) => filterText({ value: "", low: "", high: "", ...filter }, "지연");
  assert.equal(read({ operator: "missing" }), "지연 is missing");
  assert.equal(read({ operator: "contains", value: "<b>" }), "지연 contains “<b>”");
  assert.equal(read({ operator: "between", low: "1", high: "2" }), "지연 from 1 to 2");
  assert.equal(read({ operator: "between", low: "1", high: "1" }), "지연 = 1");
  assert.equal(read({ operator: "between", high: "2" }), "지연 ≤ 2");
  assert.equal(read({ operator: "between" }), "지연 is not missing");
});

test("columns are found by all words of what is typed, in any form of their letters", () => {
  const columns = [{ name: "도착 지연" }, { name: "Departure delay" }, { name: "도착" }];
  assert.deepEqual(namedColumns(columns, ""), [0, 1, 2]);
  assert.deepEqual(namedColumns(columns, "지연 도착".normalize("NFD")), [0]);
  assert.deepEqual(namedColumns(columns, "DELAY"), [1]);
  assert.deepEqual(namedColumns(columns, "x"), []);
});

test("shares and edges are short", () => {
  assert.deepEqual([percent(0, 5), percent(1, 10_000), percent(1, 50), percent(1, 2), percent(1, 0)], ["0 %", "< 0.1 %", "2.0 %", "50 %", "0 %"]);
  assert.equal(shortEdge("-187.50000001", "number"), "-187.5");
  assert.equal(shortEdge("2013-01-01 00:00:00-05:00", "instant"), "2013-01-01");
  assert.equal(shortEdge("2013-01-01 06:56:39.950001+09:00", "instant"), "2013-01-01 06:56:39");
  assert.equal(shortEdge("12345678901234567890", "integer"), "12345678901234567890");
});

test("a bar filters by its range or its value", () => {
  const bar = { low: "1", high: "2", count: 3 };
  assert.deepEqual(barFilter(bar, true), { operator: "between", value: "", low: "1", high: "2" });
  assert.deepEqual(barFilter(bar, false), { operator: "equals", value: "1", low: "", high: "" });
});

test("a spread is told in words", () => {
  const bars = [{ low: "1", high: "2", count: 3 }, { low: "3", high: "9", count: 1 }];
  assert.equal(spreadText({ bars, rows: 4 }, { kind: "integer" }), "1 – 9");
  assert.equal(spreadText({ bars, rows: 4 }, { kind: "text" }), "75 % 1");
  assert.equal(spreadText({ bars, rows: 4000, is_sample: true }, { kind: "text" }), "many different values");
  assert.equal(spreadText({ bars: [], rows: 0 }, { kind: "text" }), "no values");
});
