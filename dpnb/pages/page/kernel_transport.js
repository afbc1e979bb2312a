// The pages' line to a kernel: messages that are sent again until they are answered, for a kernel may be busy for long.

import { Problem } from "./http_transport.js";

const ASK_AGAIN_MS = 3000;

export class KernelTransport {
  // `waiting(isWaiting)` is called when an answer takes long, and when none is waited for any more.
  constructor(model, { waiting = () => {} } = {}) {
    this.model = model;
    this.waiting = waiting;
    this.asked = new Map();
    this.watches = new Map();
    this.prefix = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.count = 0;
    this.hear = (message) => this.#hear(message);
    model.on("msg:custom", this.hear);
    this.timer = setInterval(() => this.#askAgain(), ASK_AGAIN_MS);
  }

  ask(method, params = {}) {
    const message = { ask: this.#name(), method, params };
    return new Promise((resolve, reject) => {
      this.asked.set(message.ask, { message, resolve, reject });
      this.model.send(message);
    });
  }

  watch(method, params, show, fail) {
    const watch = { message: { watch: this.#name(), method, params }, show, fail, isAnswered: false };
    this.watches.set(watch.message.watch, watch);
    this.model.send(watch.message);
    return () => {
      this.watches.delete(watch.message.watch);
      this.model.send({ unwatch: watch.message.watch });
    };
  }

  // How a result can be taken along.
  ways(runId, task) {
    return [{ label: "In a cell", code: `dpnb.get_run(${JSON.stringify(runId)})[${JSON.stringify(task)}]` }];
  }

  // Nobody sees the pages: the kernel need not tell them anything.
  rest() {
    if (this.isResting) return;
    this.isResting = true;
    for (const name of this.watches.keys()) this.model.send({ unwatch: name });
  }

  wake() {
    if (!this.isResting) return;
    this.isResting = false;
    for (const { message } of this.watches.values()) this.model.send(message);
  }

  // Has the output replaced by what needs no kernel.
  leave() {
    this.model.send({ leave: true });
  }

  close() {
    clearInterval(this.timer);
    for (const name of this.watches.keys()) this.model.send({ unwatch: name });
    this.model.off("msg:custom", this.hear);
    this.watches.clear();
    this.asked.clear();
  }

  #name() {
    this.count += 1;
    return `${this.prefix}-${this.count}`;
  }

  #hear(message) {
    const asked = this.asked.get(message?.answer);
    if (asked) {
      this.asked.delete(message.answer);
      if (message.problem) asked.reject(new Problem(message.problem.message, message.problem.hint));
      else asked.resolve(message.result);
    }
    const watch = this.watches.get(message?.seen);
    if (watch) {
      watch.isAnswered = true;
      if (message.problem) watch.fail(new Problem(message.problem.message, message.problem.hint));
      else watch.show(message.result);
    }
    if (!this.#unanswered().length) this.waiting(false);
  }

  #unanswered() {
    return [...this.asked.values(), ...[...this.watches.values()].filter((watch) => !watch.isAnswered)];
  }

  #askAgain() {
    const late = this.isResting ? [] : this.#unanswered();
    for (const one of late) this.model.send(one.message);
    if (late.length) this.waiting(true);
  }
}
