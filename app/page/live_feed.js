// What the server sends while a run goes on (app/live_web/live_feed.h says what), taken into a trace. Events are kept in
// line until take() is called, so that a page can decode them when it has the time. Not for drawing.
import { bytesOfBase64 } from './arrays.js';
import { Trace } from './trace.js';

// More do not fit into a browser's memory for long: then the lanes begin anew. The report at the end has all.
const kMostTurns = 8_000_000;

export class LiveFeed {
  // callbacks: numbers(report, facts), end(report), state(text), anew()
  constructor(trace, callbacks) {
    this.trace = trace;
    this.callbacks = callbacks;
    this.waiting = [];
    this.unknown = [];  // parts of the run of which there are turns that have not come: {begin, end}, in ticks
    this.turnsUnknown = 0;
    this.latest = null;         // facts
    this.threads = new Map();  // as the facts told of each, by index
  }

  open(url) {
    const source = this.source = new EventSource(url);
    for (const type of ['facts', 'records', 'gap', 'left_out', 'numbers', 'end']) {
      source.addEventListener(type, (event) => this.waiting.push({ type, data: event.data }));
    }
    source.onopen = () => this.callbacks.state('');
    source.onerror = () => this.callbacks.state(source.readyState === EventSource.CLOSED
      ? 'The server does not know this page: open the address that gilscope printed.'
      : 'The connection is lost: the run has ended without a report, or is busy. Trying again …');
  }
  close() { this.source.close(); }

  // Takes in what has come: a generator, which yields after each event; its result is whether there was any.
  *take() {
    const any = this.waiting.length > 0;
    for (let i = 0; i < this.waiting.length; ++i) {
      const { type, data } = this.waiting[i];
      this.waiting[i] = null;
      this[type](JSON.parse(data));
      yield;
    }
    this.waiting = [];
    return any;
  }

  facts(data) { this.setFacts(data); }
  setFacts(facts) {
    this.latest = facts;
    for (const thread of facts.threads) this.threads.set(thread.index, thread);
    this.trace.setFacts(facts);
  }

  records(threads) {
    for (const [index, text] of threads) {
      // Each text begins anew.
      Object.assign(this.trace.thread(index), { lastDrop: 0, lastEvent: 0, lastSequence: 0xffffffff, lastPlace: 0, lane: null });
      this.trace.append(index, bytesOfBase64(text));
    }
    if (this.trace.turns > kMostTurns) this.beginAnew();
  }

  gap({ begin, end, turns }) {
    this.turnsUnknown += turns;
    this.addUnknown(begin, end);
  }
  // All that came before; of it this page may have seen a part.
  left_out({ turns, until_ns: untilNs }) {
    this.turnsUnknown = Math.max(this.turnsUnknown, turns - this.trace.turns);
    this.addUnknown(this.trace.turns === 0 ? 0 : this.trace.now, this.trace.ticks(untilNs));
  }
  addUnknown(begin, end) {
    if (end <= begin) return;
    const last = this.unknown.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else this.unknown.push({ begin, end });
  }

  beginAnew() {
    const { names, places, nsPerTick, now, turns } = this.trace;
    this.turnsUnknown += turns;
    Object.assign(this.trace, new Trace(), { names, places, nsPerTick, now });
    if (this.latest) this.trace.setFacts({ ...this.latest, names: [], places: [], threads: [...this.threads.values()] });
    this.unknown = [{ begin: 0, end: now }];
    this.callbacks.anew();
  }

  numbers({ report, facts }) { this.callbacks.numbers(report, facts); }
  end({ report }) { this.callbacks.end(report); }
}
