import assert from "node:assert/strict";
import { test } from "node:test";

import { ResultSource } from "../../dpnb/pages/page/result_source.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

class Transport {
  asked = [];
  ask(method, params) {
    return new Promise((resolve, reject) => this.asked.push({ method, params, resolve, reject }));
  }
}

function opened() {
  const transport = new Transport();
  return { transport, source: new ResultSource(transport, "run 1", "표/<b>") };
}

test("a question names the result and the view that asks", async () => {
  const { transport, source } = opened();
  const answer = source.ask({ ask: "cell", row: 1, column: 2 });
  const [{ method, params, resolve }] = transport.asked;
  assert.equal(method, "result.answer");
  assert.deepEqual(params, { ask: "cell", row: 1, column: 2, run_id: "run 1", task: "표/<b>", viewer: source.viewer, turn: 0 });
  resolve({ text: "한글" });
  assert.deepEqual(await answer, { text: "한글" });
  assert.notEqual(source.viewer, opened().source.viewer);
});

test("pages of one view share a turn, and another order begins the next", () => {
  const { transport, source } = opened();
  const page = (sort, offset) => source.ask({ ask: "page", view: { sort, filters: [] }, offset, limit: 9 });
  page([], 0);
  page([], 9);
  page([{ column: 0, descending: true }], 0);
  page([], 0);
  assert.deepEqual(transport.asked.map(({ params }) => params.turn), [1, 1, 2, 3]);
});

test("what was given up fails as stopped, and what cannot be answered in its own words", async () => {
  const { transport, source } = opened();
  const [given, refused] = [source.ask({ ask: "page" }), source.ask({ ask: "page" })];
  transport.asked[0].resolve({ stopped: true });
  transport.asked[1].reject(new Error("it is no number"));
  await assert.rejects(given, { isStopped: true });
  await assert.rejects(refused, { message: "it is no number" });
});

test("spreads of columns are asked for one after the other, also when one fails, and keep no page waiting", async () => {
  const { transport, source } = opened();
  const spreads = [0, 1, 2].map((column) => source.ask({ ask: "histogram", column }));
  source.ask({ ask: "page" });
  await settled();
  const asked = () => transport.asked.map(({ params }) => params.column ?? params.ask);
  assert.deepEqual(asked(), ["page", 0]);
  transport.asked[1].reject(new Error("gone"));
  await assert.rejects(spreads[0], { message: "gone" });
  await settled();
  assert.deepEqual(asked(), ["page", 0, 1]);
  transport.asked[2].resolve({ bars: [] });
  await spreads[1];
  await settled();
  assert.deepEqual(asked(), ["page", 0, 1, 2]);
});

test("a view that is left says so, and asks for no spread that was still to come", async () => {
  const { transport, source } = opened();
  const [first, second] = [0, 1].map((column) => source.ask({ ask: "histogram", column }));
  await settled();
  source.close();
  assert.deepEqual(transport.asked[1].params, { viewer: source.viewer });
  assert.equal(transport.asked[1].method, "result.leave");
  transport.asked[1].reject(new Error("the server is gone"));
  transport.asked[0].resolve({ stopped: true });
  await assert.rejects(first, { isStopped: true });
  await assert.rejects(second, { isStopped: true });
  assert.equal(transport.asked.length, 2);
});
