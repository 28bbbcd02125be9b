// The turns of one thread with one GIL, in typed arrays that grow, with running sums: how long it held or waited in any
// span of time takes two searches, however many turns lie in it. Times are in ticks. Not for the order of turns of
// different threads (gil.js).
import { countUpTo, grown } from './arrays.js';

export const kGave = 0;
export const kAsked = 1;
export const kOpen = 2;
export const kWaiting = 3;  // has not been taken: `take` is the end of what is known, and so is the drop

export class Lane {
  constructor(thread, gil, room = 0) {
    this.thread = thread;
    this.gil = gil;
    this.recorded = 0;  // turns that have ended
    this.count = 0;     // with the open one, which stands behind them and is replaced
    this.take = new Float64Array(room);
    this.holdSum = new Float64Array(room + 1);  // [i]: of the turns before i
    this.waitSum = new Float64Array(room + 1);
    this.place = new Uint32Array(room);
    this.sequence = new Uint32Array(room);
    this.end = new Uint8Array(room);
    // Of turns with drop requests only.
    this.requests = 0;
    this.requestTurn = new Uint32Array(0);
    this.requestCount = new Uint8Array(0);
    this.requestAt = new Float64Array(0);
    this.life = { begin: 0, end: 0 };
  }

  want(i) { return this.take[i] - this.wait(i); }
  drop(i) { return this.take[i] + this.hold(i); }
  wait(i) { return this.waitSum[i + 1] - this.waitSum[i]; }
  hold(i) { return this.holdSum[i + 1] - this.holdSum[i]; }

  push(take, wait, hold, place, sequence, end) {
    const i = this.recorded;
    if (i + 2 > this.take.length) this.grow(i + 2);
    this.set(i, take, wait, hold, place, sequence, end);
    this.count = ++this.recorded;
  }
  set(i, take, wait, hold, place, sequence, end) {
    this.take[i] = take;
    this.holdSum[i + 1] = this.holdSum[i] + hold;
    this.waitSum[i + 1] = this.waitSum[i] + wait;
    this.place[i] = place;
    this.sequence[i] = sequence;
    this.end[i] = end;
  }
  grow(room) {
    this.take = grown(this.take, room);
    room = this.take.length;
    this.holdSum = grown(this.holdSum, room + 1);
    this.waitSum = grown(this.waitSum, room + 1);
    this.place = grown(this.place, room);
    this.sequence = grown(this.sequence, room);
    this.end = grown(this.end, room);
  }
  pushRequest(turn, count, at) {
    const i = this.requests++;
    this.requestTurn = grown(this.requestTurn, i + 1);
    this.requestCount = grown(this.requestCount, i + 1);
    this.requestAt = grown(this.requestAt, i + 1);
    this.requestTurn[i] = turn;
    this.requestCount[i] = count;
    this.requestAt[i] = at;
  }

  // The drop requests of a turn: how many, and when the first came; null where there were none.
  requestOf(turn) {
    if (turn === this.recorded && turn < this.count) return this.openRequest ?? null;
    const i = countUpTo(this.requestTurn, this.requests, turn) - 1;
    if (i < 0 || this.requestTurn[i] !== turn) return null;
    return { count: this.requestCount[i], at: this.requestAt[i] };
  }

  // An open turn, as far as it has gone; null: there is none. It replaces the one before.
  setOpen(open, until) {
    this.count = this.recorded;
    this.openRequest = null;
    if (open === null) return;
    const i = this.recorded;
    if (i + 2 > this.take.length) this.grow(i + 2);
    const taken = open.take !== null;
    const take = taken ? open.take : Math.max(until, open.want);
    const hold = taken ? Math.max(until - take, 0) : 0;
    this.set(i, take, take - Math.min(open.want, take), hold, 0, open.sequence, taken ? kOpen : kWaiting);
    if (open.request !== null) this.openRequest = { count: open.requests, at: open.request };
    this.count = i + 1;
  }

  // How many turns were taken at or before t.
  taken(t, hint = 0) { return countUpTo(this.take, this.count, t, hint); }

  // Held and waited before t, into `sums`; sums.hint is where it looks first.
  sumBefore(t, sums) {
    const n = countUpTo(this.take, this.count, t, sums.hint, sums.step);
    sums.step = Math.max(1, n - sums.hint);
    sums.hint = n;
    let hold = this.holdSum[n];
    if (n > 0) {
      const over = this.take[n - 1] + hold - this.holdSum[n - 1] - t;
      if (over > 0) hold -= over;
    }
    let wait = this.waitSum[n];
    if (n < this.count) {
      const waited = t - this.want(n);
      if (waited > 0) wait += waited;
    }
    sums.hold = hold;
    sums.wait = wait;
  }

  // Which turn, with the wait before it, is at t; -1: none.
  at(t) {
    const n = this.taken(t);
    if (n > 0 && t < this.drop(n - 1)) return n - 1;
    return n < this.count && t >= this.want(n) ? n : -1;
  }
}
