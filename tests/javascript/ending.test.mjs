import assert from "node:assert/strict";
import { test } from "node:test";

import { settle } from "../../dpnb/notebook/panel/page/ending.js";

const BUNDLE = { "text/html": "<p>succeeded</p>", "text/plain": "succeeded" };

class Outputs {
  constructor(...htmls) {
    this.all = htmls.map((html) => ({ data: html === null ? undefined : { "text/html": html } }));
  }
  get length() {
    return this.all.length;
  }
  get(at) {
    return this.all[at];
  }
  set(at, output) {
    this.all[at] = output;
  }
}

test("the outputs that bear the mark become the pictures, wherever they are, and no other", () => {
  const first = new Outputs("<p>mine</p>", '<div data-dpnb-place="ab"></div><p>running</p>');
  const second = new Outputs(null, '<div data-dpnb-place="abc"></div>', '<div data-dpnb-place="ab"></div>');
  const notebook = { cells: [{ outputs: first }, {}, { outputs: second }] };
  assert.equal(settle(notebook, "ab", BUNDLE), 2);
  assert.deepEqual(first.all[1], { output_type: "display_data", data: BUNDLE, metadata: {} });
  assert.equal(second.all[2].data, BUNDLE);
  assert.match(second.all[1].data["text/html"], /abc/);
  assert.equal(settle(notebook, "ab", BUNDLE), 0);
});

test("where there is no notebook that can be reached, nothing is done", () => {
  assert.equal(settle(undefined, "ab", BUNDLE), 0);
  assert.equal(settle({}, "ab", BUNDLE), 0);
});
