// A task's result, as the view of results asks for it: its questions go where the pages' own go.

let views = 0;

export class ResultSource {
  constructor(transport, runId, task) {
    this.transport = transport;
    views += 1;
    this.viewer = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${views}`;
    this.about = { run_id: runId, task, viewer: this.viewer };
    this.turn = 0;
    this.scene = "";
    this.spreads = Promise.resolve();
  }

  // Promises an answer; one that was given up fails with an error whose `isStopped` is true.
  ask(request) {
    if (request.ask === "histogram") return this.#inTurn(request);
    if (request.ask === "page") this.#note(request);
    return this.#ask(request);
  }

  // Gives up what is being looked up.
  stop() {
    this.transport.ask("result.stop", { viewer: this.viewer }).catch(() => {}); // what goes on ends by itself then
  }

  // Nobody looks any more: what is open for this view alone is closed. Whoever asks again has it opened again.
  leave() {
    const left = this.transport.ask("result.leave", { viewer: this.viewer }, { isLast: true });
    left.catch(() => {}); // what is left open is closed after a time
  }

  close() {
    this.isClosed = true;
    this.leave();
  }

  // A wide table has many columns: their spreads come one after the other, and leave room for rows.
  #inTurn(request) {
    const answer = this.spreads.then(() => this.#ask(request));
    this.spreads = answer.catch(() => {});
    return answer;
  }

  // Who asks for other rows waits no more for the earlier ones.
  #note({ at, view }) {
    const scene = JSON.stringify([at, view]);
    if (scene !== this.scene) this.turn += 1;
    this.scene = scene;
  }

  async #ask(request) {
    if (this.isClosed) throw stopped();
    const answer = await this.transport.ask("result.answer", { ...request, ...this.about, turn: this.turn });
    if (answer.stopped) throw stopped();
    return answer;
  }
}

function stopped() {
  return Object.assign(new Error("stopped"), { isStopped: true });
}
