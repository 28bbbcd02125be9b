// A run as the page has it: facts, and the records of every thread, which may come in pieces while the run goes on.
// The records' bytes are those of app/report/page_records.h. Nothing of the screen.
import { Gil } from './gil.js';
import { Lane } from './lane.js';
import { kCollection, kKernel, kMark, kRegion, kTile, Nest, Rows, SpanRow } from './spans.js';

class Thread {
  constructor(index) {
    this.index = index;
    this.nativeId = 0;
    this.name = `thread ${index}`;
    this.begin = null;
    this.end = null;
    this.lanes = [];
    this.regions = new Rows(kRegion);
    this.kernels = new Nest(kKernel);
    this.collections = new Nest(kCollection);
    this.tiles = new SpanRow(kTile);
    this.marks = new SpanRow(kMark);
    // Where its bytes go on.
    this.lastDrop = 0;
    this.lastEvent = 0;
    this.lastSequence = 0xffffffff;
    this.lastPlace = 0;
    this.lane = null;
  }
  get hasTiles() { return this.tiles.count > 0; }
}

export class Trace {
  constructor() {
    this.nsPerTick = 1;
    this.now = 0;
    this.names = [''];
    this.places = [['', 0, '', 0]];
    this.threads = [];  // by index; may have holes
    this.gils = [];     // by id; may have holes
    this.open = [];
    this.turns = 0;
    this.rooms = new Map();
    this.callThread = new Map();  // a kernel call's number -> the thread that called
  }

  // As TickScale::ns does it: a sum is rounded once.
  ns(ticks) { return Math.floor(ticks * this.nsPerTick + 0.5); }
  ticks(ns) { return ns / this.nsPerTick; }

  // What page_facts() says; what it leaves out is known already.
  setFacts(facts) {
    this.nsPerTick = facts.ns_per_tick;
    this.now = Math.max(this.now, facts.now);
    this.open = facts.open;
    facts.names.forEach((name, i) => { this.names[facts.first_name + i] = name; });
    facts.places.forEach((place, i) => { this.places[facts.first_place + i] = place; });
    for (const [id, title] of Object.entries(facts.gil_titles ?? {})) this.gil(Number(id)).title = title;
    for (const known of facts.threads) {
      const thread = this.thread(known.index);
      thread.nativeId = known.native_id;
      if (known.name !== '') thread.name = known.name;
      thread.begin = known.begin;
      thread.end = known.end;
    }
  }
  // How many turns a thread has with a GIL, if that is known before they come: saves copying.
  expect(thread, gil, turns) { this.rooms.set(`${thread} ${gil}`, turns + 2); }

  thread(index) { return this.threads[index] ??= new Thread(index); }
  gil(id) { return this.gils[id] ??= new Gil(id); }
  laneOf(thread, gil) {
    let lane = thread.lanes.find((one) => one.gil.id === gil);
    if (!lane) {
      lane = new Lane(thread, this.gil(gil), this.rooms.get(`${thread.index} ${gil}`) ?? 0);
      thread.lanes.push(lane);
      lane.gil.addLane(lane);
    }
    return lane;
  }

  // The next bytes of a thread: whole records.
  append(threadIndex, bytes) {
    const thread = this.thread(threadIndex);
    let at = 0;
    const varint = () => {
      let byte = bytes[at++];
      if (byte < 0x80) return byte;
      let number = byte & 0x7f;
      let shift = 7;
      for (; shift < 28; shift += 7) {
        byte = bytes[at++];
        number |= (byte & 0x7f) << shift;
        if (byte < 0x80) return number;
      }
      let unit = 2 ** 28;
      do {
        byte = bytes[at++];
        number += (byte & 0x7f) * unit;
        unit *= 128;
      } while (byte >= 0x80);
      return number;
    };
    const signed = () => {
      const number = varint();
      return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    };
    let { lane, lastDrop, lastSequence, lastPlace } = thread;
    let turns = 0;
    while (at < bytes.length) {
      const head = bytes[at++];
      if (head >= 0x80) {
        this.event(thread, head & 15, varint, signed);
        continue;
      }
      if (head & 64 || lane === null) lane = this.laneOf(thread, head & 64 ? varint() : 0);
      const want = lastDrop + signed();
      const wait = head & 8 ? 0 : varint();
      const hold = varint();
      lastSequence = head & 32 ? (lastSequence + 1) % 0x100000000 : lastSequence + signed();
      if (!(head & 16)) lastPlace = varint();
      lastDrop = want + wait + hold;
      if (head & 4) {
        const count = varint();
        lane.pushRequest(lane.recorded, count, lastDrop - varint());
      }
      lane.push(want + wait, wait, hold, lastPlace, lastSequence, head & 3);
      ++turns;
    }
    Object.assign(thread, { lane, lastDrop, lastSequence, lastPlace });
    this.turns += turns;
    this.now = Math.max(this.now, lastDrop, thread.lastEvent);
  }

  event(thread, kind, varint, signed) {
    const at = thread.lastEvent += signed();
    switch (kind) {
      case 1: {
        const name = varint();
        return thread.regions.begin(at, name, varint());
      }
      case 2: {
        varint();
        const number = varint();
        return thread.regions.end(at, (row, i) => row.detail[i] === number);
      }
      case 3: return void thread.marks.push(at, at, varint(), 0, 0, false);
      case 4: {
        const name = varint();
        const call = varint();
        const bytes = varint();
        this.callThread.set(call, thread.index);
        return thread.kernels.begin(at, name, call, bytes, varint() !== 0);
      }
      case 5: {
        varint();
        const call = varint();
        return thread.kernels.end(at, (row, i) => row.detail[i] === call);
      }
      case 6: {
        const length = varint();
        const name = varint();
        const call = varint();
        thread.tiles.push(at, at + length, name, call, varint(), false);
        thread.lastEvent = at + length;
        return;
      }
      case 7: return thread.collections.begin(at, varint());
      case 8: {
        const generation = varint();
        return thread.collections.end(at, (row, i) => row.name[i] === generation, varint());
      }
      default: throw new Error(`a record of kind ${kind}: the page is older than its data`);
    }
  }

  // After records have come, and the facts of the same moment: puts the turns of each GIL in order. A generator, which
  // yields after some of the work. `isLast`: no more will come.
  *settle(isLast) {
    for (const gil of this.gils) {
      if (!gil) continue;
      while (!gil.settle(isLast, 200000)) yield;
    }
    const openOf = new Map();
    for (const open of this.open) {
      const lane = this.laneOf(this.thread(open.thread), open.gil);
      openOf.set(lane, open);
    }
    for (const thread of this.threads) {
      if (!thread) continue;
      const until = thread.end === null ? this.now : Math.min(thread.end, this.now);
      thread.regions.reach(until);
      thread.kernels.reach(until);
      thread.collections.reach(until);
      for (const lane of thread.lanes) {
        const open = openOf.get(lane);
        lane.setOpen(open && !this.isRecorded(lane, open) ? open : null, until);
        const first = lane.count > 0 ? lane.want(0) : 0;
        lane.life = { begin: thread.begin ?? first, end: until };
      }
    }
    for (const gil of this.gils) gil?.addOpen();
  }

  // An open turn may have come as a record meanwhile.
  isRecorded(lane, open) {
    if (lane.recorded === 0) return false;
    const last = lane.recorded - 1;
    if (open.take === null) return open.want < lane.drop(last);
    return ((open.sequence - lane.sequence[last]) | 0) <= 0;
  }

  // The place itself and its callers, innermost first: [file, line, function] each.
  placeWithCallers(number) {
    const list = [];
    for (; number > 0 && number < this.places.length && list.length < 32; number = this.places[number][3]) {
      list.push(this.places[number]);
    }
    return list;
  }
  name(id) { return this.names[id] ?? `name ${id}`; }
}
