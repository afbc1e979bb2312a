// Which page is shown: in a browser the address after # tells, in a notebook only the pages themselves know.

// A route is a list of names: ["runs"], ["runs", id], ["runs", id, "browse", task], ["compare", a, b], ["schedules"], ["disk"].
export function routeOf(hash) {
  const parts = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  const [kind, ...names] = parts;
  if (kind === "runs" && names.length <= 1) return parts;
  if (kind === "runs" && names.length === 3 && names[1] === "browse") return parts;
  if (kind === "compare" && names.length === 2) return parts;
  if ((kind === "schedules" || kind === "disk") && !names.length) return parts;
  return ["runs"];
}

export function hashOf(route) {
  return `#/${route.map(encodeURIComponent).join("/")}`;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export class AddressRouter {
  constructor(page = window) {
    this.page = page;
  }

  get now() {
    return routeOf(this.page.location.hash);
  }

  go(route) {
    this.page.location.hash = hashOf(route);
  }

  listen(show) {
    const hear = () => show(this.now);
    this.page.addEventListener("hashchange", hear);
    return () => this.page.removeEventListener("hashchange", hear);
  }
}

export class InnerRouter {
  constructor() {
    this.now = ["runs"];
    this.listeners = new Set();
  }

  go(route) {
    this.now = route;
    for (const show of this.listeners) show(route);
  }

  listen(show) {
    this.listeners.add(show);
    return () => this.listeners.delete(show);
  }
}
