import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { HttpTransport } from "../../dpnb/pages/page/http_transport.js";
import { KernelTransport } from "../../dpnb/pages/page/kernel_transport.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

class Server {
  asked = [];
  answers = [];
  streams = [];
  document = { hidden: false, listeners: new Map(), addEventListener: (name, hear) => this.document.listeners.set(name, hear), removeEventListener: (name) => this.document.listeners.delete(name) };

  fetch = async (url, request) => {
    this.asked.push({ url: String(url), ...request });
    const [status, body] = this.answers.shift() ?? [200, {}];
    if (status === 0) throw new TypeError("Failed to fetch");
    return { ok: status < 400, status, json: async () => body };
  };

  EventSource = (() => {
    const server = this;
    return class {
      constructor(url) {
        this.url = String(url);
        this.isOpen = true;
        server.streams.push(this);
      }
      addEventListener(_, hear) {
        this.tell = hear;
      }
      close() {
        this.isOpen = false;
      }
    };
  })();
}

const overHttp = (server) => new HttpTransport({ root: new URL("http://here:1/base/pages/"), xsrf: "x-token", page: server });

test("a question is a POST with the page's token, below where the page lies", async () => {
  const server = new Server();
  server.answers.push([200, { total: 3 }]);
  assert.deepEqual(await overHttp(server).ask("runs.list", { text: "한글" }), { total: 3 });
  const [asked] = server.asked;
  assert.equal(asked.url, "http://here:1/base/pages/ask/runs.list");
  assert.equal(asked.method, "POST");
  assert.equal(asked.headers["X-XSRF-Token"], "x-token");
  assert.deepEqual(JSON.parse(asked.body), { text: "한글" });
});

test("what cannot be done is told in the server's words, and a server that is gone in ours", async () => {
  const server = new Server();
  const transport = overHttp(server);
  server.answers.push([409, { message: "It goes.", hint: "wait" }], [0], [401, {}], [500, null]);
  await assert.rejects(transport.ask("runs.delete"), { message: "It goes.", hint: "wait", status: 409 });
  await assert.rejects(transport.ask("hello"), { message: "The server does not answer.", status: 0 });
  await assert.rejects(transport.ask("hello"), { status: 401 });
  await assert.rejects(transport.ask("hello"), { message: "The server answered with status 500." });
});

test("what is watched is asked for again at each change, never twice at once, and not after its end", async () => {
  const server = new Server();
  const transport = overHttp(server);
  const seen = [];
  server.answers.push([200, { n: 1 }], [200, { n: 2 }], [200, { n: 3 }]);
  const stop = transport.watch("runs.list", {}, ({ n }) => seen.push(n), assert.fail);
  server.streams[0].tell();
  server.streams[0].tell();
  await settled();
  assert.deepEqual(seen, [1, 2]);
  stop();
  server.streams[0].tell();
  await settled();
  assert.equal(server.asked.length, 2);
});

test("a page that nobody sees holds no connection, and looks again when it is seen", async () => {
  const server = new Server();
  const transport = overHttp(server);
  transport.watch("runs.list", {}, () => {}, assert.fail);
  await settled();
  server.document.hidden = true;
  server.document.listeners.get("visibilitychange")();
  assert.equal(server.streams.filter((stream) => stream.isOpen).length, 0);
  server.document.hidden = false;
  server.document.listeners.get("visibilitychange")();
  await settled();
  assert.equal(server.streams.filter((stream) => stream.isOpen).length, 1);
  assert.equal(server.asked.length, 2);
  transport.close();
  assert.equal(server.streams.filter((stream) => stream.isOpen).length, 0);
});

test("names in addresses of downloads are written so that they stay names", () => {
  const [csv] = overHttp(new Server()).ways("run 1/2", "a/<b>");
  assert.equal(csv.href, "http://here:1/base/runs/run%201%2F2/tasks/a%2F%3Cb%3E/data?format=csv");
});

class Model {
  sent = [];
  send(message) {
    this.sent.push(message);
  }
  on(_, hear) {
    this.tell = hear;
  }
  off() {
    this.tell = null;
  }
}

test("a kernel is asked again under the same id until it answers, and the page says that it is busy", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const model = new Model();
  const busy = [];
  const transport = new KernelTransport(model, { waiting: (isWaiting) => busy.push(isWaiting) });
  const answer = transport.ask("run.rerun", { run_id: "r" });
  mock.timers.tick(7000);
  assert.equal(model.sent.length, 3);
  assert.equal(new Set(model.sent.map((message) => message.ask)).size, 1);
  model.tell({ answer: model.sent[0].ask, result: { word: "runs" } });
  model.tell({ answer: model.sent[0].ask, result: { word: "again" } });
  assert.deepEqual(await answer, { word: "runs" });
  mock.timers.tick(7000);
  assert.equal(model.sent.length, 3);
  assert.deepEqual([busy[0], busy.at(-1)], [true, false]);
  const refused = transport.ask("run.facts", { run_id: "nope" });
  model.tell({ answer: model.sent[3].ask, problem: { message: "There is none.", hint: "" } });
  await assert.rejects(refused, { message: "There is none." });
  transport.close();
  mock.timers.reset();
});

test("a kernel tells what is watched by itself, until the page looks away", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const model = new Model();
  const transport = new KernelTransport(model);
  const [seen, failed] = [[], []];
  const stop = transport.watch("runs.list", {}, (answer) => seen.push(answer), (problem) => failed.push(problem.message));
  const { watch } = model.sent[0];
  model.tell({ seen: watch, result: 1 });
  model.tell({ seen: watch, problem: { message: "locked", hint: "" } });
  model.tell({ seen: watch, result: 2 });
  stop();
  model.tell({ seen: watch, result: 3 });
  assert.deepEqual([seen, failed], [[1, 2], ["locked"]]);
  assert.deepEqual(model.sent.at(-1), { unwatch: watch });
  transport.close();
  mock.timers.reset();
});

test("pages that nobody sees let the kernel rest, and ask again when they are seen", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const model = new Model();
  const transport = new KernelTransport(model);
  transport.watch("runs.list", {}, () => {}, () => {});
  const [asked] = model.sent;
  transport.rest();
  transport.rest();
  mock.timers.tick(7000);
  transport.wake();
  transport.wake();
  assert.deepEqual(model.sent, [asked, { unwatch: asked.watch }, asked]);
  transport.close();
  mock.timers.reset();
});
