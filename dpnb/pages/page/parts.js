// What dpnb's objects show of themselves, as it is told in parts: tables, notes, headings, texts.

import { element } from "../../notebook/page_parts/elements.js";
import { statePill } from "./marks.js";

const SIDES = { l: "", r: "right", c: "center" };

export function shownPart(part, looks) {
  if (part.kind === "note") return element("p", { class: `part-note ${part.level}`, text: part.text });
  if (part.kind === "heading") return element("h4", { text: part.text });
  if (part.kind === "pre") return element("div", {}, [element("h4", { text: part.caption }), element("pre", { text: part.text })]);
  return partTable(part, looks);
}

function partTable({ caption, columns, rows, align, states, hidden }, looks) {
  const side = (place) => SIDES[align[place]] ?? "";
  const cell = (text, place) => (place === states && text ? statePill(looks[text], looks[text]?.word ?? text) : document.createTextNode(text));
  const head = columns.map((name, place) => element(name ? "th" : "td", { class: side(place), text: name }));
  const body = rows.map((row) => element("tr", {}, row.map((text, place) => element("td", { class: side(place) }, [cell(text, place)]))));
  return element("div", { class: "dpnb-scroll" }, [
    element("table", { class: "dpnb-table" }, [
      caption ? element("caption", { text: caption }) : null,
      element("thead", {}, [element("tr", {}, head)]),
      element("tbody", {}, body),
    ]),
    hidden ? element("p", { class: "muted", text: `… ${hidden.toLocaleString("en")} more` }) : null,
  ]);
}
