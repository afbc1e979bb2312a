import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting, rowsOf } from "../../dpnb/notebook/search/page/search.js";

const rows = rowsOf(
  [
    ["flights", "etl", "load all"],
    ["항공기".normalize("NFD"), "etl, daily", "<b>planes</b>"],
    ["delays", "", "late flights"],
  ],
  1,
);

test("every word that was typed must be in a row, in whatever case", () => {
  assert.deepEqual(fitting(rows, "", null), [0, 1, 2]);
  assert.deepEqual(fitting(rows, " FLIGHTS ", null), [0, 2]);
  assert.deepEqual(fitting(rows, "late delays", null), [2]);
  assert.deepEqual(fitting(rows, "late etl", null), []);
});

test("what is typed in one form is found in the other, and is not markup", () => {
  assert.deepEqual(fitting(rows, "항공", null), [1]);
  assert.deepEqual(fitting(rows, "<b>", null), [1]);
  assert.deepEqual(fitting(rows, ".*", null), []);
});

test("a tag is the whole of it", () => {
  assert.deepEqual(fitting(rows, "", "daily"), [1]);
  assert.deepEqual(fitting(rows, "", "etl"), [0, 1]);
  assert.deepEqual(fitting(rows, "", "et"), []);
  assert.deepEqual(fitting(rows, "flights", "etl"), [0]);
});

test("a table without tags has none", () => {
  assert.deepEqual(rowsOf([["a", "b"]], -1), [{ text: "a\nb", tags: [] }]);
});
