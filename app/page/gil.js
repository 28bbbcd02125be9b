// The turns of one GIL in the order in which it was taken: who was handed it over by whom, and when somebody waited.
// Not for a thread's own turns (lane.js).
import { countUpTo, grown } from './arrays.js';

export class Gil {
  constructor(id) {
    this.id = id;
    this.lanes = [];      // that use it; in the order of their first turn
    this.heads = new Map();  // sequence -> number of the lane whose next turn it is
    this.cursors = [];    // by lane: its next turn
    this.next = 0;        // the sequence number that comes next
    this.gapSeen = false;
    this.isAfterGap = true;  // who had the turn before the next one is not known
    this.settled = 0;     // turns in order
    this.count = 0;       // with the open one
    this.lane = new Uint16Array(0);
    this.turn = new Uint32Array(0);
    this.take = new Float64Array(0);
    this.handedOver = new Uint8Array(0);  // by the turn before
    this.heldSum = new Float64Array(1);   // [n]: of the turns before n
    this.lastDrop = 0;
    // The time in which at least one thread waited: intervals that neither touch nor overlap, and their running sum.
    this.waits = 0;
    this.waitBegin = new Float64Array(0);
    this.waitEnd = new Float64Array(0);
    this.waitedSum = new Float64Array(1);
    this.undo = null;
  }

  addLane(lane) {
    lane.number = this.lanes.length;
    this.lanes.push(lane);
    this.cursors.push(0);
  }

  // Puts in order what the lanes have got, for at most `most` turns; true when all is done. A missing number may still
  // come with the next records (its thread's were read before), unless these are the last.
  settle(isLast, most = Infinity) {
    this.dropOpen();
    const { heads, lanes, cursors } = this;
    heads.clear();
    for (let l = 0; l < lanes.length; ++l) {
      if (cursors[l] < lanes[l].recorded) heads.set(lanes[l].sequence[cursors[l]], l);
    }
    let l = -1;
    for (let done = 0; done < most; ++done) {
      if (l < 0 || cursors[l] >= lanes[l].recorded || lanes[l].sequence[cursors[l]] !== this.next) {
        if (l >= 0 && cursors[l] < lanes[l].recorded) heads.set(lanes[l].sequence[cursors[l]], l);
        if (heads.size === 0) return true;
        let found = heads.get(this.next);
        if (found === undefined) {
          const first = Math.min(...heads.keys());
          // Behind what is settled: the file is damaged. It counts as the next.
          if (first > this.next && !isLast && !this.gapSeen) {
            this.gapSeen = true;
            return true;
          }
          this.isAfterGap = true;
          this.next = first;
          found = heads.get(first);
        }
        heads.delete(this.next);
        l = found;
      }
      this.gapSeen = false;
      this.pushTurn(l, cursors[l]++);
    }
    return false;
  }

  pushTurn(l, turn) {
    const n = this.settled;
    this.set(n, l, turn);
    const lane = this.lanes[l];
    if (lane.wait(turn) > 0) this.pushWait(lane.want(turn), lane.take[turn]);
    this.lastDrop = Math.max(this.lastDrop, lane.drop(turn));
    this.next = lane.sequence[turn] + 1;
    this.isAfterGap = false;
    this.count = ++this.settled;
  }
  set(n, l, turn) {
    if (n + 1 > this.turn.length) {
      this.turn = grown(this.turn, n + 1);
      this.lane = grown(this.lane, this.turn.length);
      this.take = grown(this.take, this.turn.length);
      this.handedOver = grown(this.handedOver, this.turn.length);
      this.heldSum = grown(this.heldSum, this.turn.length + 1);
    }
    const lane = this.lanes[l];
    this.lane[n] = l;
    this.turn[n] = turn;
    this.take[n] = lane.take[turn];
    this.heldSum[n + 1] = this.heldSum[n] + lane.hold(turn);
    // Somebody else waited when the lock was let go. A take that did not have to wait is no hand-over.
    this.handedOver[n] = !this.isAfterGap && this.lane[n - 1] !== l && lane.wait(turn) > 0 && lane.want(turn) <= this.lastDrop ? 1 : 0;
  }

  pushWait(begin, end, removed = null) {
    let n = this.waits;
    while (n > 0 && begin <= this.waitEnd[n - 1]) {
      --n;
      begin = Math.min(begin, this.waitBegin[n]);
      end = Math.max(end, this.waitEnd[n]);
      if (removed) removed.push([this.waitBegin[n], this.waitEnd[n]]);
    }
    this.waitBegin = grown(this.waitBegin, n + 1);
    this.waitEnd = grown(this.waitEnd, n + 1);
    this.waitedSum = grown(this.waitedSum, n + 2);
    this.waitBegin[n] = begin;
    this.waitEnd[n] = end;
    this.waitedSum[n + 1] = this.waitedSum[n] + end - begin;
    this.waits = n + 1;
  }

  // The open turns of its lanes, once all others are in order. Taken back by the next settle().
  addOpen() {
    this.dropOpen();
    this.undo = { waits: [], lastDrop: this.lastDrop };
    const open = this.lanes.filter((lane) => lane.count > lane.recorded);
    const holder = open.find((lane) => lane.end[lane.recorded] !== 3);
    const pushWait = (lane) => {
      const turn = lane.recorded;
      if (lane.wait(turn) <= 0) return;
      const removed = [];
      const before = this.waits;
      this.pushWait(lane.want(turn), lane.take[turn], removed);
      this.undo.waits.push({ removed, before });
    };
    if (holder) {
      this.set(this.settled, holder.number, holder.recorded);
      this.count = this.settled + 1;
    }
    open.sort((a, b) => a.take[a.recorded] - b.take[b.recorded]).forEach(pushWait);
  }
  dropOpen() {
    if (this.undo === null) return;
    for (const { removed, before } of this.undo.waits.reverse()) {
      let n = before - removed.length;
      for (const [begin, end] of removed.reverse()) {
        this.waitBegin[n] = begin;
        this.waitEnd[n] = end;
        this.waitedSum[n + 1] = this.waitedSum[n] + end - begin;
        ++n;
      }
      this.waits = before;
    }
    this.lastDrop = this.undo.lastDrop;
    this.count = this.settled;
    this.undo = null;
  }

  // How many turns were taken at or before t.
  taken(t, hint = 0) { return countUpTo(this.take, this.count, t, hint); }
  laneOf(n) { return this.lanes[this.lane[n]]; }
  dropOf(n) { return this.laneOf(n).drop(this.turn[n]); }
  // Where in the order a lane's turn is; -1: not in order yet.
  positionOf(lane, turn) {
    const upTo = this.taken(lane.take[turn]);
    for (let n = upTo - 1; n >= 0 && this.take[n] === lane.take[turn]; --n) {
      if (this.lane[n] === lane.number && this.turn[n] === turn) return n;
    }
    return -1;
  }
  // Held before t, by whomever; `hint` as in taken().
  heldBefore(t, hint = 0) {
    const n = this.taken(t, hint);
    return n === 0 ? 0 : this.heldSum[n] - Math.max(this.dropOf(n - 1) - t, 0);
  }
  // The time before t in which somebody waited.
  contendedBefore(t) {
    const n = countUpTo(this.waitBegin, this.waits, t);
    const over = n > 0 ? Math.max(this.waitEnd[n - 1] - t, 0) : 0;
    return this.waitedSum[n] - over;
  }
}
