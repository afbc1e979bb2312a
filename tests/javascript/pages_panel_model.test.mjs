import assert from "node:assert/strict";
import { test } from "node:test";

import { PanelModel } from "../../dpnb/pages/page/panel_model.js";

const TOLD = { states: "dd", moment: { status: "running", is_over: false }, forecast: {}, bars: [[0, 0, 1, 2]], details: {} };

class Transport {
  asked = [];
  watched = [];
  async ask(method, params) {
    this.asked.push([method, params]);
    if (method === "run.resume") throw Object.assign(new Error("It has succeeded."), { hint: "rerun it" });
    return { word: "done", run_id: "next" };
  }
  watch(method, params, show) {
    this.watched.push(params);
    this.show = show;
    show(params.task ? { ...TOLD, details: { name: params.task, state: "succeeded", sections: [{ title: "Result: int" }, { title: "Log" }] } } : TOLD);
    return () => this.watched.push("stopped");
  }
  ways(run, task) {
    return [{ label: "CSV", href: `/${run}/${task}` }];
  }
}

async function opened() {
  const transport = new Transport();
  const [done, failed, browsed] = [[], [], []];
  const model = new PanelModel(transport, { run_id: "r", names: ["a", "b"] }, {
    done: (...what) => done.push(what),
    failed: (problem) => failed.push(problem.message),
    browse: (task) => browsed.push(task),
  });
  const told = [];
  model.on("msg:custom", (message) => told.push(message));
  await model.follow();
  return { transport, model, done, failed, browsed, told };
}

test("what is told of a run are the traits that its panel reads", async () => {
  const { model, transport } = await opened();
  const changed = [];
  model.on("change:states", () => changed.push(model.get("states")));
  transport.show({ ...TOLD, states: "ed" });
  assert.deepEqual(changed, ["ed"]);
  assert.deepEqual(JSON.parse(model.get("bars")), [[0, 0, 1, 2]]);
  assert.equal(model.get("moment").is_cancelling, false);
});

test("a click is done once, however often it comes, and names itself where a run is started", async () => {
  const { model, transport, done, told } = await opened();
  await Promise.all([model.send({ do: "rerun", id: "c1" }), model.send({ do: "rerun", id: "c1" })]);
  assert.deepEqual(transport.asked, [["run.rerun", { run_id: "r", key: "c1" }]]);
  assert.deepEqual(done, [["rerun", { word: "done", run_id: "next" }]]);
  assert.deepEqual(told, [{ answered: "c1", word: "done" }]);
});

test("a rerun is asked about first, and what was typed goes along", async () => {
  const { model, transport, told } = await opened();
  await model.send({ do: "ask", id: "1" });
  assert.deepEqual(model.get("form"), { word: "done", run_id: "next" });
  await model.send({ do: "rerun", id: "2", tasks: ["<b>"], downstream: false, params: { 연도: "2014" } });
  assert.deepEqual(transport.asked, [
    ["run.form", { run_id: "r" }],
    ["run.rerun", { run_id: "r", tasks: ["<b>"], downstream: false, params: { 연도: "2014" }, key: "2" }],
  ]);
  assert.deepEqual(told.map(({ failed }) => Boolean(failed)), [false, false]);
});

test("the second cancel kills, and that ends with the run", async () => {
  const { model, transport } = await opened();
  await model.send({ do: "cancel", id: "1" });
  assert.equal(model.get("moment").is_cancelling, true);
  await model.send({ do: "cancel", id: "2" });
  assert.deepEqual(transport.asked.map(([, params]) => params.at_once), [false, true]);
  transport.show({ ...TOLD, moment: { status: "cancelled", is_over: true } });
  assert.equal(model.get("moment").is_cancelling, false);
});

test("what cannot be done is told, and its click is answered", async () => {
  const { model, told, failed } = await opened();
  await model.send({ do: "resume", id: "1" });
  assert.deepEqual(failed, ["It has succeeded."]);
  assert.deepEqual(told, [{ answered: "1", word: "", failed: true }]);
});

test("a task that is opened is followed, with ways to all of its result after what is seen of it", async () => {
  const { model, transport, browsed } = await opened();
  await model.send({ do: "open", id: "1", task: 1 });
  assert.deepEqual(transport.watched, [{ run_id: "r", task: null }, "stopped", { run_id: "r", task: "b" }]);
  const titles = model.get("details").sections.map((section) => section.title);
  assert.deepEqual(titles, ["Result: int", "The whole result", "Log"]);
  const [browse, csv] = model.get("details").sections[1].rows;
  assert.deepEqual([browse.label, csv.label], ["Browse the result", "CSV"]);
  browse.act();
  assert.deepEqual(browsed, ["b"]);
  await model.send({ do: "open", id: "2", task: null });
  assert.deepEqual(model.get("details"), {});
});

test("of a table all rows are browsed, and nothing of a task that has stored nothing", async () => {
  const { model, transport } = await opened();
  const shown = (sections) => transport.show({ ...TOLD, details: { name: "표", state: "reused", sections } });
  shown([{ title: "Result: pandas.DataFrame", kind: "table" }]);
  assert.equal(model.get("details").sections[1].rows[0].label, "Browse all rows");
  shown([{ title: "Log" }]);
  assert.deepEqual(model.get("details").sections[1].rows.map((way) => way.label), ["CSV"]);
});
