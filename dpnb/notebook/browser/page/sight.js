// Which rows and columns are in sight; knows no element.

const TALLEST = 6_000_000; // pixels: browsers draw nothing beyond some ten millions

// Rows under a scroll bar. A long table's bar is shorter than its rows: then a pixel of it stands for several of them.
export class RowSight {
  constructor(rowHeight) {
    this.rowHeight = rowHeight;
    this.total = 0;
    this.visible = 1;
    this.first = 0;
  }

  take(total, visible) {
    this.total = total;
    this.visible = Math.max(1, visible);
    this.goTo(this.first);
  }

  get last() {
    return Math.max(0, this.total - this.visible);
  }

  // How tall the rows are to the scroll bar.
  get height() {
    return Math.min(this.total * this.rowHeight, TALLEST);
  }

  get isScaled() {
    return this.total * this.rowHeight > TALLEST;
  }

  goTo(row) {
    this.first = Math.min(this.last, Math.max(0, Math.round(row)));
  }

  // Scrolls no further than is needed to have a row in sight.
  reveal(row) {
    if (row < this.first) this.goTo(row);
    else if (row >= this.first + this.visible) this.goTo(row - this.visible + 1);
  }

  // Where a scroll bar stands that can be moved so far, and where one goes to that has been moved.
  offset(range) {
    return this.last ? (this.first / this.last) * range : 0;
  }

  scrollTo(offset, range) {
    this.goTo(range > 0 ? (offset / range) * this.last : 0);
  }
}

// Columns of given widths under a scroll bar: the places of those in sight, and the room left and right of them.
export function columnsInSight(widths, left, width, beside = 1) {
  let [start, x] = [0, 0];
  while (start < widths.length - 1 && x + widths[start] <= left) x += widths[start++];
  let [end, right] = [start, x];
  while (end < widths.length && right < left + width) right += widths[end++];
  for (let step = 0; step < beside; step += 1) {
    if (start > 0) x -= widths[--start];
    if (end < widths.length) right += widths[end++];
  }
  const all = widths.reduce((sum, one) => sum + one, 0);
  return { start, end, before: x, after: Math.max(0, all - right) };
}

// Where a key leads from a cell; null if it leads nowhere.
export function nextCell({ row, column }, { key, ctrlKey, metaKey }, { rows, columns, page }) {
  const jump = ctrlKey || metaKey;
  const moves = {
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    PageDown: [row + page, column],
    PageUp: [row - page, column],
    Home: jump ? [0, 0] : [row, 0],
    End: jump ? [rows - 1, columns - 1] : [row, columns - 1],
  };
  if (!moves[key]) return null;
  const within = (value, count) => Math.min(count - 1, Math.max(0, value));
  return { row: within(moves[key][0], rows), column: within(moves[key][1], columns) };
}
