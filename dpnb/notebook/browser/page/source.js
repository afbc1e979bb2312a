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
    this.isLost = false;
    this.lose = () => this.#lose();
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
      this.#send(question);
    });
  }

  // Gives up what pages are being looked up.
  stop() {
    this.#send({ ask: "stop" });
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
    for (const { question } of [...this.waiting.values()]) this.#send(question);
  }

  #send(question) {
    try {
      if (!this.isLost) this.model.send(question);
    } catch {
      this.#lose();
    }
    if (this.isLost) this.#failAll();
  }

  // The kernel has gone for good: one that is started anew knows nothing of this.
  #lose() {
    if (this.isLost) return;
    this.isLost = true;
    clearInterval(this.timer);
    for (const tell of [...this.lost]) tell();
    this.#failAll();
  }

  #failAll() {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { fail } of waiting) fail(Object.assign(new Error("the kernel has gone"), { isStopped: true }));
  }
}
