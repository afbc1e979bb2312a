import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { KernelSource } from "../../dpnb/notebook/browser/page/source.js";

class Model {
  sent = [];
  heard = new Map();
  send(message) {
    this.sent.push(message);
  }
  on(name, hear) {
    this.heard.set(name, hear);
  }
  off(name) {
    this.heard.delete(name);
  }
  reply(message) {
    this.heard.get("msg:custom")(message);
  }
}

test("each question has its own answer, whatever their order", async () => {
  const model = new Model();
  const source = new KernelSource(model);
  const [first, second] = [source.ask({ ask: "page" }), source.ask({ ask: "cell" })];
  model.reply({ id: model.sent[1].id, answer: { text: "b" } });
  model.reply({ id: "another's", answer: {} });
  model.reply({ id: model.sent[0].id, answer: { rows: [] } });
  assert.deepEqual([await first, await second], [{ rows: [] }, { text: "b" }]);
  source.close();
  assert.equal(model.heard.size, 0);
});

test("errors and stops fail, and can be told apart", async () => {
  const model = new Model();
  const source = new KernelSource(model);
  const [failed, stopped] = [source.ask({ ask: "page" }), source.ask({ ask: "page" })];
  model.reply({ id: model.sent[0].id, error: "no such column" });
  model.reply({ id: model.sent[1].id, stopped: true });
  await assert.rejects(failed, (error) => error.message === "no such column" && !error.isStopped);
  await assert.rejects(stopped, (error) => error.isStopped);
  source.close();
});

test("a question is sent again, under its id, until it is answered", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const model = new Model();
  const source = new KernelSource(model);
  source.ask({ ask: "describe" });
  mock.timers.tick(11_000);
  assert.equal(model.sent.length, 3);
  assert.equal(new Set(model.sent.map((one) => one.id)).size, 1);
  model.reply({ id: model.sent[0].id, answer: {} });
  mock.timers.tick(20_000);
  assert.equal(model.sent.length, 3);
  source.close();
  mock.timers.reset();
});

test("who wants to know hears once that the kernel has gone, and no question waits for it", async () => {
  const model = new Model();
  const source = new KernelSource(model);
  let lost = 0;
  source.whenLost(() => (lost += 1));
  const waiting = source.ask({ ask: "page" });
  model.heard.get("comm_live_update")();
  model.heard.get("comm_live_update")();
  await assert.rejects(waiting, /the kernel has gone/);
  await assert.rejects(source.ask({ ask: "page" }), (error) => error.isStopped);
  assert.deepEqual([lost, model.sent.length], [1, 1]);
  source.close();
});

test("a message that cannot be sent tells that the kernel has gone", async () => {
  const model = new Model();
  model.send = () => {
    throw new Error("Cannot send");
  };
  const source = new KernelSource(model);
  let lost = 0;
  source.whenLost(() => (lost += 1));
  await assert.rejects(source.ask({ ask: "page" }), /the kernel has gone/);
  source.stop();
  assert.equal(lost, 1);
  source.close();
});
