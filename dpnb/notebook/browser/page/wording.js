// What a view says of itself, and how it changes; knows no element.

export const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

export function percent(part, whole) {
  if (!part || !whole) return "0 %";
  const share = (100 * part) / whole;
  return share < 0.1 ? "< 0.1 %" : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

// A filter as one reads it.
export function filterText({ operator, value, low, high }, name) {
  if (operator === "missing") return `${name} is missing`;
  if (operator === "present") return `${name} is not missing`;
  if (operator === "contains") return `${name} contains “${value}”`;
  if (operator === "equals") return `${name} = ${value}`;
  if (low && high) return low === high ? `${name} = ${low}` : `${name} from ${low} to ${high}`;
  return low ? `${name} ≥ ${low}` : high ? `${name} ≤ ${high}` : `${name} is not missing`;
}

// Sorts by a column: ascending, then descending, then not at all; beside the others where `isAdded`.
export function sortedBy(sort, column, isAdded) {
  const found = sort.find((one) => one.column === column);
  const others = isAdded ? sort.filter((one) => one.column !== column) : [];
  if (!found) return [...others, { column, descending: false }];
  if (found.descending) return others;
  const turned = { column, descending: true };
  return isAdded ? sort.map((one) => (one.column === column ? turned : one)) : [turned];
}

export function filteredBy(filters, filter) {
  return [...filters.filter((one) => one.column !== filter.column), filter];
}

// A view of some columns as one of others: what these have too, by their names, and can be asked for.
export function carriedOver({ sort, filters }, before, now) {
  const place = ({ name }, at) => (now[at]?.name === name ? at : now.findIndex((one) => one.name === name));
  const places = before.map(place);
  const moved = (parts) => parts.map((part) => ({ ...part, column: places[part.column] })).filter(({ column }) => column >= 0);
  return { sort: moved(sort), filters: moved(filters).filter((one) => now[one.column].operators.includes(one.operator)) };
}

// The columns whose names hold all words of what was typed; all of them where nothing was.
export function namedColumns(columns, typed) {
  const words = typed.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
  const places = columns.map((_, place) => place);
  const fits = (name) => words.every((word) => name.normalize("NFC").toLowerCase().includes(word));
  return words.length ? places.filter((place) => fits(columns[place].name)) : places;
}

// A number or instant that ends a range, short enough for a head.
export function shortEdge(text, kind) {
  if (kind === "instant") return text.replace(/([ T]00:00:00|\.\d+).*$/, "");
  if (kind !== "number") return text;
  const value = Number(text);
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : text;
}
