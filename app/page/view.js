// Which part of the run is on the screen: moments in ticks. Not for what is drawn there.

export class View {
  constructor() {
    this.begin = 0;
    this.end = 1;
    this.limit = 1;       // the end of what is known
    this.follow = false;  // the right edge is the end of what is known, as it moves
    this.least = 50;      // ticks: no part is shorter
    this.onChange = () => {};
  }
  get length() { return this.end - this.begin; }

  set(begin, end) {
    const length = Math.min(Math.max(end - begin, this.least), Math.max(this.limit, this.least));
    const middle = (begin + end) / 2;
    begin = Math.min(Math.max(length === end - begin ? begin : middle - length / 2, 0), Math.max(this.limit - length, 0));
    if (begin === this.begin && begin + length === this.end) return;
    this.begin = begin;
    this.end = begin + length;
    this.onChange();
  }
  // The run has gone so far.
  setLimit(limit) {
    const wasWhole = this.begin <= 0 && this.end >= this.limit;
    this.limit = limit;
    if (this.follow) this.set(limit - this.length, limit);
    else if (wasWhole) this.set(0, limit);
    this.onChange();
  }
  whole() { this.set(0, this.limit); }
  // What is at `share` of the width stays there.
  zoom(factor, share = 0.5) {
    const at = this.begin + this.length * share;
    const length = Math.min(Math.max(this.length * factor, this.least), this.limit);
    this.set(at - length * share, at + length * (1 - share));
  }
  pan(share) { this.set(this.begin + this.length * share, this.end + this.length * share); }
  // Shows [begin, end) with some room around it.
  fit(begin, end, room = 0.1) {
    const more = Math.max((end - begin) * room, 1);
    this.set(begin - more, end + more);
  }
  // Moves as far as it must to show a moment.
  reveal(at) {
    if (at < this.begin || at > this.end) this.set(at - this.length / 2, at + this.length / 2);
  }
}
