// What a run's panel takes for its widget: the same names and messages, whatever brings them.

const DONE = ["succeeded", "reused"];

export class PanelModel {
  // `done(action, answer)` is called when the run was resumed, or another was started, `failed(problem)` when it was not;
  // `browse(task)` when somebody wants to look through a result.
  constructor(transport, facts, { done, failed, browse }) {
    this.transport = transport;
    this.runId = facts.run_id;
    this.names = facts.names;
    this.done = done;
    this.failed = failed;
    this.browse = browse;
    this.traits = { ...facts, states: "", moment: {}, forecast: {}, bars: "[]", details: {}, form: {} };
    this.listeners = new Map();
    this.heard = new Set();
    this.opened = null;
    this.isCancelling = false;
  }

  get(name) {
    return this.traits[name];
  }

  on(name, hear) {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name).add(hear);
  }

  off(name, hear) {
    this.listeners.get(name)?.delete(hear);
  }

  // Begins to follow the run; resolves once it is known how it stands.
  follow() {
    this.stop?.();
    return new Promise((resolve, reject) => {
      const params = { run_id: this.runId, task: this.opened };
      this.stop = this.transport.watch("run.moment", params, (told) => resolve(this.take(told)), (problem) => {
        this.#tell("problem", problem);
        reject(problem);
      });
    });
  }

  take(told) {
    this.isCancelling = this.isCancelling && !told.moment.is_over;
    const moment = { ...told.moment, is_cancelling: this.isCancelling };
    const details = told.details.name ? { ...told.details, sections: this.#sections(told.details) } : {};
    const news = { states: told.states, moment, forecast: told.forecast, bars: JSON.stringify(told.bars), details };
    for (const [name, value] of Object.entries(news)) {
      this.traits[name] = value;
      this.#tell(`change:${name}`);
    }
  }

  // A click comes again until it is answered; it is done once.
  async send({ do: action, id, ...facts }) {
    if (this.heard.has(id)) return;
    this.heard.add(id);
    const answer = await this.#do(action, id, facts).then((word) => ({ word }), (problem) => {
      this.failed(problem);
      const told = [problem.message, problem.hint].filter(Boolean).join("\n");
      return { word: facts.params ? told : "", failed: true }; // a form shows it where it was filled in
    });
    this.#tell("msg:custom", { answered: id, ...answer });
  }

  close() {
    this.stop?.();
    this.listeners.clear();
  }

  async #do(action, id, facts) {
    if (action === "open") return this.#open(facts.task);
    const params = { run_id: this.runId, ...facts };
    if (action === "ask") {
      this.traits.form = await this.transport.ask("run.form", { run_id: this.runId });
      return "";
    }
    if (action === "cancel") params.at_once = this.isCancelling;
    if (action === "rerun") params.key = id;
    const answer = await this.transport.ask(`run.${action}`, params);
    if (action === "cancel") this.#cancelling();
    else this.done(action, answer);
    return answer.word;
  }

  async #open(task) {
    this.opened = Number.isInteger(task) ? this.names[task] : null;
    await this.follow();
    return this.opened === null ? "closed" : "opened";
  }

  #cancelling() {
    this.isCancelling = true;
    this.traits.moment = { ...this.traits.moment, is_cancelling: true };
    this.#tell("change:moment");
  }

  // What can be done with a result beyond its preview: all of it, downloads, code.
  #sections(details) {
    const place = details.sections.findIndex((section) => section.title.startsWith("Result"));
    if (details.state === "running" && place >= 0) return this.#growing(details, place);
    if (!DONE.includes(details.state)) return details.sections;
    const label = details.sections[place]?.kind === "table" ? "Browse all rows" : "Browse the result";
    const browse = place < 0 ? [] : [{ label, act: () => this.browse(details.name) }];
    const ways = [...browse, ...this.transport.ways(this.runId, details.name)];
    if (!ways.length) return details.sections;
    const section = { title: "The whole result", kind: "ways", rows: ways, text: "" };
    return details.sections.toSpliced(place < 0 ? details.sections.length : place + 1, 0, section);
  }

  // Of a stream that grows there is something to see, but nothing yet to take along.
  #growing(details, place) {
    const rows = [{ label: "Browse what has come", act: () => this.browse(details.name) }];
    return details.sections.toSpliced(place + 1, 0, { title: "The result so far", kind: "ways", rows, text: "" });
  }

  #tell(name, message) {
    for (const hear of [...(this.listeners.get(name) ?? [])]) hear(message);
  }
}
