// Asks the kernel, and hears its answers. A question is sent again until it is answered: a kernel may be busy.

const ASK_AGAIN_MS = 5000;

export class KernelSource {
  constructor(model) {
    this.model = model;
    this.waiting = new Map();
    this.prefix = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.count = 0;
    this.lost = new Set();
    this.hear = (message) => this.#hear(message);
    this.lose = () => {
      if (this.model.comm_live === false) for (const tell of this.lost) tell();
    };
    model.on("msg:custom", this.hear);
    model.on("comm_live_update", this.lose);
    this.timer = setInterval(() => this.#sendAll(), ASK_AGAIN_MS);
  }

  // Gives a promise of the answer; one that was stopped fails with an error whose `isStopped` is true.
  ask(request) {
    this.count += 1;
    const question = { ...request, id: `${this.prefix}-${this.count}` };
    return new Promise((answer, fail) => {
      this.waiting.set(question.id, { question, answer, fail });
      this.model.send(question);
    });
  }

  // Gives up what pages are being looked up.
  stop() {
    this.model.send({ ask: "stop" });
  }

  whenLost(tell) {
    this.lost.add(tell);
    return () => this.lost.delete(tell);
  }

  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.hear);
    this.model.off("comm_live_update", this.lose);
  }

  #hear(message) {
    const found = this.waiting.get(message?.id);
    if (!found) return;
    this.waiting.delete(message.id);
    if (message.answer) found.answer(message.answer);
    else found.fail(Object.assign(new Error(message.error ?? "stopped"), { isStopped: Boolean(message.stopped) }));
  }

  #sendAll() {
    for (const { question } of this.waiting.values()) this.model.send(question);
  }
}
