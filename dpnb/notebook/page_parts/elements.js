// Makes elements. Whatever a user has named becomes text, never markup.

export const SVG = "http://www.w3.org/2000/svg";

export function element(tag, attributes = {}, children = []) {
  return fill(document.createElement(tag), attributes, children);
}

export function drawn(tag, attributes = {}, children = []) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function button(label, title, onclick, attributes = {}) {
  return element("button", { type: "button", text: label, title, onclick, ...attributes });
}

// Gives something a state's colours; they bring their own background, so that they can be read on any page.
export function paint(node, look) {
  node.style.cssText = `background:${look.fill};color:${look.ink};border-color:${look.accent}`;
}

// A duration in the two units that matter, as everywhere in dpnb.
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 0) return duration(0); // what was cut off may have begun after the last that is known of its run
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const [hours, days] = [Math.floor(minutes / 60), Math.floor(minutes / 1440)];
  const two = (value) => String(value).padStart(2, "0");
  if (days) return `${days} d ${two(hours % 24)} h`;
  return hours ? `${hours} h ${two(minutes % 60)} min` : `${minutes} min ${two(rest)} s`;
}

// What of a text fits into so many pixels, as far as that can be told without asking the page to lay it out.
export function cut(text, room, size) {
  let width = 0;
  let kept = "";
  for (const letter of text.normalize("NFC")) {
    width += size * (letter >= "\u1100" ? 1 : 0.56);
    if (width > room) return kept.length > 1 ? `${kept.slice(0, -1).replace(/[\s·]+$/, "")}…` : "";
    kept += letter;
  }
  return kept;
}
