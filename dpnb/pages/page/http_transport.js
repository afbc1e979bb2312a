// The pages' line to a server: requests with the page's XSRF token, and a stream that says when to ask again.

export class Problem extends Error {
  constructor(message, hint = "", status = null) {
    super(message);
    this.hint = hint;
    this.status = status;
  }

  // Nobody answers, or nobody who knows this page.
  get isOfLine() {
    return this.status === 0 || this.status === 401;
  }
}

const UNREACHABLE = "The server does not answer.";
const UNREACHABLE_HINT = "It may have been stopped: start “dpnb serve” again, and open the address that it prints.";
const SIGNED_OUT = "The server does not know this page any more.";
const SIGNED_OUT_HINT = "It was started anew: open the address that it printed.";

export class HttpTransport {
  // `root` is the folder of the pages, `page` the window; both can be others in tests.
  constructor({ root, xsrf, page = globalThis }) {
    this.root = root;
    this.xsrf = xsrf;
    this.page = page;
    this.watches = new Set();
    this.seen = () => this.#lookOrRest();
    page.document?.addEventListener("visibilitychange", this.seen);
    this.#lookOrRest();
  }

  // `isLast` tells that the page may go before the answer comes; the question arrives all the same.
  async ask(method, params = {}, { isLast = false } = {}) {
    let answer;
    try {
      answer = await this.page.fetch(new URL(`ask/${encodeURIComponent(method)}`, this.root), {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-XSRF-Token": this.xsrf },
        body: JSON.stringify(params),
        credentials: "same-origin",
        cache: "no-store",
        keepalive: isLast,
      });
    } catch {
      throw new Problem(UNREACHABLE, UNREACHABLE_HINT, 0);
    }
    if (answer.status === 401) throw new Problem(SIGNED_OUT, SIGNED_OUT_HINT, 401);
    const told = await answer.json().catch(() => null);
    if (answer.ok && told) return told;
    throw new Problem(told?.message ?? `The server answered with status ${answer.status}.`, told?.hint, answer.status);
  }

  // Shows an answer now, and again whenever anything has changed; returns what ends that.
  watch(method, params, show, fail) {
    const watch = { method, params, show, fail, isAsking: false, isStale: false, isOver: false };
    this.watches.add(watch);
    this.#refresh(watch);
    return () => {
      watch.isOver = true;
      this.watches.delete(watch);
    };
  }

  // How a result can be taken along.
  ways(runId, task) {
    const data = new URL(`../runs/${encodeURIComponent(runId)}/tasks/${encodeURIComponent(task)}/data`, this.root);
    const forms = [["CSV", "csv"], ["JSON", "json"], ["Arrow", "arrow"]];
    return forms.map(([label, form]) => ({ label: `Download ${label}`, href: `${data}?format=${form}` }));
  }

  close() {
    this.page.document?.removeEventListener("visibilitychange", this.seen);
    this.stream?.close();
    this.watches.clear();
  }

  async #refresh(watch) {
    if (watch.isAsking) {
      watch.isStale = true;
      return;
    }
    watch.isAsking = true;
    do {
      watch.isStale = false;
      try {
        const answer = await this.ask(watch.method, watch.params);
        if (!watch.isOver) watch.show(answer);
      } catch (problem) {
        if (!watch.isOver) watch.fail(problem);
      }
    } while (watch.isStale && !watch.isOver);
    watch.isAsking = false;
  }

  // Browsers open six connections to a host: a page that nobody sees holds none.
  #lookOrRest() {
    this.stream?.close();
    if (this.page.document?.hidden) return;
    this.stream = new this.page.EventSource(new URL("changes", this.root));
    this.stream.addEventListener("change", () => {
      for (const watch of this.watches) this.#refresh(watch);
    });
    if (this.hasRested) for (const watch of this.watches) this.#refresh(watch);
    this.hasRested = true;
  }
}
