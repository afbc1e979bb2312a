// Where one looks and where one goes in a picture; knows no element.

const FURTHEST = 8; // times as large as the whole picture fits, or twice as large as it is drawn if that is more
const FAR = 2.8; // units of the picture in a pixel; its letters are eleven units high

// The part of a picture that is seen: a box in the picture's own units, always of the stage's proportions.
export class Viewport {
  constructor(width, height) {
    this.picture = { width, height };
    this.stage = { width, height };
    this.box = { x: 0, y: 0, width, height };
  }

  resize(width, height) {
    if (!(width > 0 && height > 0)) return;
    const whole = this.isWhole();
    this.stage = { width, height };
    if (whole) this.fit();
    else this.#take(this.box.x, this.box.y, this.box.width);
  }

  isWhole() {
    return this.box.width >= this.#widest() * 0.999;
  }

  // Whether what is written cannot be read: a thousand cards are then drawn as colours alone, in a fraction of the time.
  isFar() {
    return this.box.width > FAR * this.stage.width;
  }

  // Whether any of a box is in sight.
  shows(box) {
    const { x, y, width, height } = this.box;
    return box.x < x + width && box.x + box.width > x && box.y < y + height && box.y + box.height > y;
  }

  fit() {
    const width = this.#widest();
    this.#take((this.picture.width - width) / 2, (this.picture.height - this.#heightOf(width)) / 2, width);
  }

  // Zooms about a point given as fractions of the stage, which stays where it is.
  zoom(factor, atX = 0.5, atY = 0.5) {
    const least = Math.min(this.#widest() / FURTHEST, this.stage.width / 2);
    const width = Math.min(this.#widest(), Math.max(least, this.box.width / factor));
    const x = this.box.x + (this.box.width - width) * atX;
    const y = this.box.y + (this.box.height - this.#heightOf(width)) * atY;
    this.#take(x, y, width);
  }

  // Moves by pixels of the stage.
  pan(byX, byY) {
    const scale = this.box.width / this.stage.width;
    this.#take(this.box.x - byX * scale, this.box.y - byY * scale, this.box.width);
  }

  // Moves no further than is needed to have a box in sight.
  reveal(box, margin = 24) {
    const { x, y, width, height } = this.box;
    const left = Math.min(x, box.x - margin);
    const top = Math.min(y, box.y - margin);
    this.#take(
      Math.max(left, box.x + box.width + margin - width),
      Math.max(top, box.y + box.height + margin - height),
      width,
    );
  }

  toString() {
    const { x, y, width, height } = this.box;
    return [x, y, width, height].map((value) => Number(value.toFixed(2))).join(" ");
  }

  #heightOf(width) {
    return (width * this.stage.height) / this.stage.width;
  }

  #widest() {
    // A small picture is not blown up: at most one of its units a pixel.
    const needed = Math.max(this.picture.width, (this.picture.height * this.stage.width) / this.stage.height);
    return Math.max(needed, this.stage.width);
  }

  #take(x, y, width) {
    this.box = { x, y, width, height: this.#heightOf(width) };
  }
}

// The box that an arrow key leads to: the nearest in that direction, those beside it counting as further away.
export function neighbour(boxes, from, key) {
  const [alongX, alongY] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
  if (!alongX && !alongY) return from;
  const start = middle(boxes[from]);
  let best = from;
  let least = Infinity;
  boxes.forEach((box, place) => {
    if (place === from) return;
    const there = middle(box);
    const ahead = (there.x - start.x) * alongX + (there.y - start.y) * alongY;
    if (ahead <= 1) return;
    const aside = Math.abs((there.x - start.x) * alongY) + Math.abs((there.y - start.y) * alongX);
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [place, cost];
  });
  return best;
}

function middle(box) {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

// The tasks whose names hold all words of what was typed, in any case.
export function found(names, typed) {
  const words = typed.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const fits = (name) => words.every((word) => name.includes(word));
  return names.flatMap((name, place) => (fits(name.normalize("NFC").toLowerCase()) ? [place] : []));
}

// Everything that can be reached from a node along arrows, in both directions, the node included.
export function related(edges, from) {
  const reach = new Set([from]);
  for (const [tail, head] of [[0, 1], [1, 0]]) {
    const next = new Map();
    for (const edge of edges) next.set(edge[tail], [...(next.get(edge[tail]) ?? []), edge[head]]);
    const waiting = [from];
    const seen = new Set([from]);
    while (waiting.length) {
      for (const place of next.get(waiting.pop()) ?? []) {
        if (seen.has(place)) continue;
        seen.add(place);
        reach.add(place);
        waiting.push(place);
      }
    }
  }
  return reach;
}
