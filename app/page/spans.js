// Regions, kernels' calls, collections, tiles and marks of one thread, as rows in which nothing overlaps. Times are in
// ticks.
import { countUpTo, grown } from './arrays.js';

export const kRegion = 1;
export const kMark = 3;
export const kKernel = 4;
export const kTile = 6;
export const kCollection = 7;

export class SpanRow {
  constructor(kind) {
    this.kind = kind;
    this.count = 0;
    this.begin = new Float64Array(0);
    this.end = new Float64Array(0);
    this.name = new Uint32Array(0);    // id; of a collection its generation
    this.detail = new Float64Array(0); // of a region: its number; of a kernel and a tile: the call; of a collection: objects
    this.more = new Float64Array(0);   // of a kernel: bytes; of a tile: its index
    this.sum = new Float64Array(1);    // running, of the spans' lengths
    this.holdsGil = new Uint8Array(0);
  }
  push(begin, end, name, detail, more, holdsGil) {
    const i = this.count++;
    if (i + 1 > this.begin.length) {
      this.begin = grown(this.begin, i + 1);
      const room = this.begin.length;
      this.end = grown(this.end, room);
      this.name = grown(this.name, room);
      this.detail = grown(this.detail, room);
      this.more = grown(this.more, room);
      this.holdsGil = grown(this.holdsGil, room);
      this.sum = grown(this.sum, room + 1);
    }
    this.begin[i] = begin;
    this.end[i] = end;
    this.name[i] = name;
    this.detail[i] = detail;
    this.more[i] = more;
    this.holdsGil[i] = holdsGil ? 1 : 0;
    this.sum[i + 1] = this.sum[i] + end - begin;
    return i;
  }
  setEnd(i, end) {
    this.end[i] = end;
    this.sum[i + 1] = this.sum[i] + end - this.begin[i];
  }
  upTo(t, hint = 0) { return countUpTo(this.begin, this.count, t, hint); }
  coveredBefore(t, hint) {
    const n = this.upTo(t, hint);
    return n === 0 ? 0 : this.sum[n] - Math.max(this.end[n - 1] - t, 0);
  }
  at(t) {
    const n = this.upTo(t) - 1;
    return n >= 0 && t < this.end[n] ? n : -1;
  }
}

// The rows of one kind on one thread, one for each depth of nesting. A span is put in its row when it begins, so that the row stays in order, and ends
// `until` further notice at the end of what is known.
export class Nest {
  constructor(kind) {
    this.kind = kind;
    this.rows = [];
    this.open = [];  // index in the row of its depth
  }
  begin(at, name, detail = 0, more = 0, holdsGil = false) {
    const depth = this.open.length;
    if (depth === this.rows.length) this.rows.push(new SpanRow(this.kind));
    this.open.push(this.rows[depth].push(at, at, name, detail, more, holdsGil));
  }
  // Ends the innermost open span that matches, and those inside, whose own ends were lost; none: its begin was.
  end(at, matches, detail) {
    for (let depth = this.open.length - 1; depth >= 0; --depth) {
      if (!matches(this.rows[depth], this.open[depth])) continue;
      if (detail !== undefined) this.rows[depth].detail[this.open[depth]] = detail;
      while (this.open.length > depth) {
        const i = this.open.pop();
        this.rows[this.open.length].setEnd(i, at);
      }
      return;
    }
  }
  // What is open has gone so far.
  reach(at) {
    this.open.forEach((i, depth) => this.rows[depth].setEnd(i, Math.max(at, this.rows[depth].begin[i])));
  }
}

const kFree = -1;

// As a Nest, but what began later may end later: a span is put in the first row in which none is open.
export class Rows extends Nest {
  begin(at, name, detail) {
    let row = this.open.indexOf(kFree);
    if (row < 0) row = this.open.push(kFree) - 1;
    if (row === this.rows.length) this.rows.push(new SpanRow(this.kind));
    this.open[row] = this.rows[row].push(at, at, name, detail, 0, false);
  }
  end(at, matches) {
    const row = this.open.findLastIndex((i, row) => i !== kFree && matches(this.rows[row], i));
    if (row < 0) return;  // its begin was lost
    this.rows[row].setEnd(this.open[row], at);
    this.open[row] = kFree;
  }
  reach(at) {
    this.open.forEach((i, row) => i !== kFree && this.rows[row].setEnd(i, Math.max(at, this.rows[row].begin[i])));
  }
}
