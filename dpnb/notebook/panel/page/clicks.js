// Clicks are sent until they are answered: a busy kernel may take minutes, and a connection may break.

const AGAIN_MS = 3000;

export class Clicks {
  // `done(word, failed)` of a click is called once it is answered, before `say(word)`.
  constructor(model, say) {
    this.model = model;
    this.say = say;
    this.waiting = new Map();
    this.prefix = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.count = 0;
    this.hear = (message) => {
      if (!this.waiting.has(message?.answered)) return;
      this.waiting.get(message.answered)?.(message.word, Boolean(message.failed));
      this.waiting.delete(message.answered);
      this.say(message.word);
    };
    model.on("msg:custom", this.hear);
    this.timer = setInterval(() => this.#sendAll(), AGAIN_MS);
  }

  send(action, facts = {}, done = () => {}) {
    this.count += 1;
    const id = `${this.prefix}-${this.count}`;
    const click = { do: action, id, ...facts };
    this.waiting.set(id, done);
    this.#clicks ??= new Map();
    this.#clicks.set(id, click);
    this.model.send(click);
  }

  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.hear);
  }

  #clicks = new Map();

  #sendAll() {
    for (const id of this.#clicks.keys()) {
      if (this.waiting.has(id)) this.model.send(this.#clicks.get(id));
      else this.#clicks.delete(id);
    }
  }
}
