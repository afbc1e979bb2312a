// Instants, sizes and counts as people say them.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

// An instant on the clock of whoever looks: the time alone today, else with its day.
export function localTime(us, nowMs = Date.now()) {
  if (us === null || us === undefined) return "";
  const [then, now] = [new Date(us / 1000), new Date(nowMs)];
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (then.toDateString() === now.toDateString()) return `today ${time}`;
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year })} ${time}`;
}

export function utcTime(us) {
  if (us === null || us === undefined) return "";
  return `${new Date(us / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// How far an instant is from now, in the unit that matters.
export function ago(us, nowMs = Date.now()) {
  if (us === null || us === undefined) return "";
  const seconds = nowMs / 1000 - us / 1e6;
  const size = Math.abs(seconds);
  const [count, unit] =
    size < 60 ? [size, "s"] : size < 3600 ? [size / 60, "min"] : size < 86400 ? [size / 3600, "h"] : [size / 86400, "d"];
  const told = `${Math.max(1, Math.round(count))} ${unit}`;
  return seconds < 0 ? `in ${told}` : `${told} ago`;
}

export function byteSize(count) {
  if (count === null || count === undefined) return "";
  const power = Math.min(Math.floor((String(Math.trunc(count)).length - 1) / 3), UNITS.length - 1);
  return `${(count / 1000 ** power).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
}

export function thousands(count) {
  return count === null || count === undefined ? "" : count.toLocaleString("en");
}

export function plural(count, one, many = `${one}s`) {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
