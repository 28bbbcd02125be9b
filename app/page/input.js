// Mouse, touch and keys on the lanes. Not for what a click shows: the page is told by callbacks.
import { kRulerHeight, rowAt } from './layout.js';

const kClickDistance = 4;

export class Input {
  // callbacks: hover(event, hit), leave(), click(hit), select()
  constructor(timeline, callbacks) {
    this.timeline = timeline;
    this.callbacks = callbacks;
    this.pointers = new Map();
    this.pointerShare = null;  // where on the lanes the pointer is, of their width; null: elsewhere
    const { scroller } = timeline;
    scroller.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    scroller.addEventListener('pointerdown', (event) => this.down(event));
    scroller.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel']) scroller.addEventListener(name, (event) => this.up(event));
    scroller.addEventListener('pointerleave', () => {
      this.pointerShare = null;
      callbacks.leave();
    });
    scroller.addEventListener('dblclick', (event) => this.zoomAt(event, 1 / 4));
  }

  at(event) {
    const box = this.timeline.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
  shareOf(x) { return (x - this.timeline.labels) / (this.timeline.width - this.timeline.labels); }
  zoomAt(event, factor) {
    const { view } = this.timeline;
    this.timeline.view.follow = false;
    view.zoom(factor, Math.min(Math.max(this.shareOf(this.at(event).x), 0), 1));
  }

  wheel(event) {
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) return;  // scrolls the lanes, as elsewhere
    event.preventDefault();
    const { view } = this.timeline;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.follow = false;
      view.pan(event.deltaX * unit / this.timeline.width);
    } else if (this.at(event).x < this.timeline.labels) {
      this.timeline.scroller.scrollTop += event.deltaY * unit;
    } else {
      this.zoomAt(event, Math.exp(Math.min(Math.max(event.deltaY * unit, -300), 300) * 0.002));
    }
  }

  down(event) {
    const { x, y } = this.at(event);
    if (event.button !== 0 || x > this.timeline.width) return;
    this.timeline.scroller.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x, y });
    const { view } = this.timeline;
    this.began = { x, y, begin: view.begin, end: view.end, scrolled: this.timeline.scrolled, moved: false };
    this.began.selects = x >= this.timeline.labels && (event.shiftKey || y < kRulerHeight);
    this.began.span = this.span();
  }
  // Of two fingers.
  span() {
    if (this.pointers.size < 2) return null;
    const [a, b] = [...this.pointers.values()];
    return { width: Math.max(Math.abs(a.x - b.x), 20), middle: (a.x + b.x) / 2 };
  }

  move(event) {
    const { x, y } = this.at(event);
    const { timeline, began } = this;
    this.pointerShare = Math.min(Math.max(this.shareOf(x), 0), 1);
    if (!this.pointers.has(event.pointerId)) {
      this.callbacks.hover(event, this.hit(x, y));
      return;
    }
    this.pointers.set(event.pointerId, { x, y });
    const { view } = timeline;
    const length = began.end - began.begin;
    const width = timeline.width - timeline.labels;
    if (this.pointers.size > 1) {
      const span = this.span();
      began.moved = true;
      view.follow = false;
      const to = length * began.span.width / span.width;
      const at = began.begin + this.shareOf(began.span.middle) * length;
      view.set(at - this.shareOf(span.middle) * to, at + (1 - this.shareOf(span.middle)) * to);
      return;
    }
    if (Math.hypot(x - began.x, y - began.y) >= kClickDistance) began.moved = true;
    if (!began.moved) return;
    this.callbacks.leave();
    if (began.selects) {
      const [from, to] = [timeline.momentOf(began.x), timeline.momentOf(x)].sort((a, b) => a - b);
      timeline.selection = { begin: Math.max(from, 0), end: Math.min(to, view.limit) };
      timeline.changed();
    } else {
      view.follow = false;
      view.set(began.begin - (x - began.x) / width * length, began.end - (x - began.x) / width * length);
      timeline.scroller.scrollTop = began.scrolled - (y - began.y);
    }
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { began } = this;
    if (this.pointers.size > 0) {
      // The finger that stays goes on from here.
      const [rest] = this.pointers.values();
      const { view } = this.timeline;
      Object.assign(began, { ...rest, begin: view.begin, end: view.end, scrolled: this.timeline.scrolled, moved: true });
      return;
    }
    if (began.selects && began.moved) this.callbacks.select();
    else if (!began.moved && event.type === 'pointerup') this.callbacks.click(this.hit(began.x, began.y));
  }

  // What is at a point of the canvas: {row, moment, turn?, span?}.
  hit(x, y) {
    const { timeline } = this;
    if (y < kRulerHeight || x < timeline.labels || x > timeline.width) return null;
    const row = rowAt(timeline.rows, y - kRulerHeight + timeline.scrolled);
    if (row === null) return null;
    const moment = timeline.momentOf(x);
    const hit = { row, moment };
    const near = timeline.view.length / (timeline.width - timeline.labels) * 2;
    if (row.kind === 'lane' && row.lane) {
      hit.lane = row.lane;
      hit.turn = turnNear(row.lane, moment, near);
    } else if (row.kind === 'gil') {
      const n = row.gil.taken(moment) - 1;
      if (n >= 0 && moment < row.gil.dropOf(n) + near) [hit.lane, hit.turn] = [row.gil.laneOf(n), row.gil.turn[n]];
    } else if (row.kind === 'spans' || row.kind === 'tiles') {
      hit.spans = row.kind === 'tiles' ? row.thread.tiles : row.spans;
      hit.span = hit.spans.at(moment);
      if (hit.span < 0) hit.span = hit.spans.at(moment + near);
    }
    return hit;
  }
}

// A turn may be narrower than one can point at.
function turnNear(lane, moment, near) {
  for (const at of [moment, moment + near, moment - near]) {
    const turn = lane.at(at);
    if (turn >= 0) return turn;
  }
  return -1;
}

// Keys wherever they do not write text: {key: action}, by event.key in lower case.
export function bindKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isText = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (isText && event.key !== 'Escape') return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    // Arrows scroll the page, unless the lanes have the focus or nothing has.
    const isArrow = event.key.startsWith('Arrow');
    if (!action || (isArrow && !document.activeElement?.closest('.lanes') && document.activeElement !== document.body)) return;
    event.preventDefault();
    action(event);
  });
}
