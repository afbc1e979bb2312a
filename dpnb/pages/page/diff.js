// A unified diff, side by side: what was on the left, what is on the right, and the lines that both have in between.

import { element } from "../../notebook/page_parts/elements.js";

// Rows of { kind, left, right }; kind is "head", "same", "changed", "removed" or "added".
export function sideBySide(lines) {
  const rows = [];
  let [removed, added] = [[], []];
  const flush = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place += 1) {
      const [left, right] = [removed[place], added[place]];
      const kind = left === undefined ? "added" : right === undefined ? "removed" : "changed";
      rows.push({ kind, left: left ?? "", right: right ?? "" });
    }
    [removed, added] = [[], []];
  };
  let isBody = false;
  for (const line of lines) {
    if (!isBody && (line.startsWith("---") || line.startsWith("+++"))) continue;
    if (line.startsWith("@@")) {
      flush();
      isBody = true;
      rows.push({ kind: "head", left: line, right: "" });
    } else if (line.startsWith("-") && isBody) {
      if (added.length) flush();
      removed.push(line.slice(1));
    } else if (line.startsWith("+") && isBody) added.push(line.slice(1));
    else {
      flush();
      isBody = isBody && !line.startsWith("--- ");
      if (isBody) rows.push({ kind: "same", left: line.slice(1), right: line.slice(1) });
      else if (line.trim()) rows.push({ kind: "head", left: line, right: "" });
    }
  }
  flush();
  return rows;
}

const MARKS = { same: [" ", " "], changed: ["−", "+"], removed: ["−", " "], added: [" ", "+"] };

export function diffTable(lines, label) {
  const rows = sideBySide(lines).map(({ kind, left, right }) => {
    if (kind === "head") return element("tr", { class: "head" }, [element("td", { colspan: "4", text: left })]);
    const [one, other] = MARKS[kind];
    return element("tr", { class: kind }, [
      element("td", { class: "mark", text: one }),
      element("td", { class: "was" }, [element("code", { text: left })]),
      element("td", { class: "mark", text: other }),
      element("td", { class: "is" }, [element("code", { text: right })]),
    ]);
  });
  const table = element("table", { class: "dpnb-diff", "aria-label": label }, [
    element("colgroup", {}, ["mark", "", "mark", ""].map((kind) => element("col", { class: kind }))),
    element("tbody", {}, rows),
  ]);
  return element("div", { class: "dpnb-scroll", tabindex: "0", role: "region", "aria-label": label }, [table]);
}
