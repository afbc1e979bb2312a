import assert from "node:assert/strict";
import { test } from "node:test";

import { duration } from "../../dpnb/notebook/page_parts/elements.js";
import { ticks } from "../../dpnb/notebook/panel/page/timeline.js";

test("the axis has round numbers, a handful of them, from zero", () => {
  assert.deepEqual(ticks(10), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0.7), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual(ticks(0), [0]);
  for (const end of [0.003, 1, 59, 3600, 1e6]) {
    assert.ok(ticks(end).length >= 3 && ticks(end).length <= 9, `${end}`);
    assert.ok(ticks(end).at(-1) <= end * (1 + 1e-9));
  }
});

test("durations read as everywhere in dpnb", () => {
  const told = [0.0004, 0.25, 3.21, 75, 3725, 90_000].map(duration);
  assert.deepEqual(told, ["0.4 ms", "250 ms", "3.2 s", "1 min 15 s", "1 h 02 min", "1 d 01 h"]);
  assert.equal(duration(null), "");
  assert.equal(duration(-0.002), "0.0 ms");
});
