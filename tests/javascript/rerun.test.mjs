import assert from "node:assert/strict";
import { test } from "node:test";

import { changed } from "../../dpnb/notebook/panel/page/rerun.js";

const FIELDS = [
  { name: "연도", text: "2013" },
  { name: "origin", text: null },
  { name: "<b>", text: "" },
];

test("what was left as it stood is not sent, and what was emptied is", () => {
  assert.deepEqual(changed(FIELDS, new Map([["연도", "2013"], ["origin", ""], ["<b>", ""]])), {});
  assert.deepEqual(changed(FIELDS, new Map([["연도", ""], ["origin", "EWR"], ["<b>", " "]])), { 연도: "", origin: "EWR", "<b>": " " });
});
