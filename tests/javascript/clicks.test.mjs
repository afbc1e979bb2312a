import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Clicks } from "../../dpnb/notebook/panel/page/clicks.js";

class Kernel {
  sent = [];
  heard = null;
  send(click) {
    this.sent.push(click);
  }
  on(_, hear) {
    this.heard = hear;
  }
  off() {
    this.heard = null;
  }
}

test("a click is sent again until it is answered, under the same id", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const kernel = new Kernel();
  const said = [];
  const clicks = new Clicks(kernel, (word) => said.push(word));
  let done = 0;
  clicks.send("cancel", {}, () => (done += 1));
  mock.timers.tick(7000);
  assert.equal(kernel.sent.length, 3);
  assert.equal(new Set(kernel.sent.map((click) => click.id)).size, 1);
  kernel.heard({ answered: kernel.sent[0].id, word: "cancelling" });
  kernel.heard({ answered: kernel.sent[0].id, word: "cancelling" });
  mock.timers.tick(9000);
  assert.equal(kernel.sent.length, 3);
  assert.deepEqual([done, said], [1, ["cancelling"]]);
  clicks.close();
  mock.timers.reset();
});

test("whoever clicked hears whether it failed", () => {
  const kernel = new Kernel();
  const heard = [];
  const clicks = new Clicks(kernel, () => {});
  clicks.send("rerun", { tasks: "all" }, (...answer) => heard.push(answer));
  clicks.send("rerun", { tasks: "stale" }, (...answer) => heard.push(answer));
  kernel.heard({ answered: kernel.sent[0].id, word: "no", failed: true });
  kernel.heard({ answered: kernel.sent[1].id, word: "yes" });
  assert.deepEqual(heard, [["no", true], ["yes", false]]);
  assert.equal(kernel.sent[0].tasks, "all");
  clicks.close();
});

test("two clicks have two ids, and other messages are let pass", () => {
  const kernel = new Kernel();
  const clicks = new Clicks(kernel, () => assert.fail());
  clicks.send("open", { task: 1 });
  clicks.send("open", { task: 2 });
  kernel.heard({ something: "else" });
  assert.notEqual(kernel.sent[0].id, kernel.sent[1].id);
  clicks.close();
  assert.equal(kernel.heard, null);
});
