// The lanes on their canvas: only what is on the screen is drawn, when something has changed. Not for input (input.js)
// nor for what the lanes hold (trace.js).
import { kRulerHeight, layOut } from './layout.js';
import { ColumnPainter } from './columns.js';
import { paintHandOvers, paintHolders, paintTurns } from './boxes.js';
import { paintMarks, paintSpanRow, paintTiles } from './paint_spans.js';
import { paintHits, paintRuler, paintSelection } from './paint_ruler.js';
import { paintUnknown } from './paint_unknown.js';
import { colourLanes, letterOf, readTheme } from './theme.js';
import { percentText, plain, elided } from './format.js';
import { View } from './view.js';

const kMostBoxesPerPixel = 1 / 12;
const kMostArrows = 150;

export class Timeline {
  // `scroller` scrolls up and down; `canvas` sticks to its visible part.
  constructor(trace, scroller, canvas, spacer) {
    this.trace = trace;
    this.scroller = scroller;
    this.canvas = canvas;
    this.spacer = spacer;
    this.context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    this.view = new View();
    this.view.onChange = () => this.changed();
    this.painter = new ColumnPainter();
    this.theme = readTheme();
    this.rows = [];
    this.selection = null;  // {begin, end}
    this.chosen = null;     // {lane, turn}
    this.hits = [];         // {at, row}: of the search
    this.unknown = [];      // {begin, end}: parts whose turns are not all here
    this.onFrame = () => {};
    this.frames = 0;
    this.version = 0;  // of the data
    scroller.addEventListener('scroll', () => this.changed());
    new ResizeObserver(() => this.resize()).observe(scroller);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.themeChanged());
    this.resize();
  }

  themeChanged() {
    this.theme = readTheme();
    this.changed();
  }
  // New records or facts have come and are settled.
  dataChanged() {
    ++this.version;
    colourLanes(this.trace);
    const { rows, height } = layOut(this.trace);
    this.rows = rows;
    this.rowOfLane = new Map(rows.filter((row) => row.lane).map((row) => [row.lane, row]));
    this.contentHeight = height + kRulerHeight;
    this.view.least = Math.max(this.trace.ticks(20), 1);
    this.view.setLimit(Math.max(this.trace.now, 1));
    this.resize();
  }
  resize() {
    const most = Math.max(120, Math.min(window.innerHeight * 0.68, (this.contentHeight ?? 0) + 2));
    this.scroller.style.height = `${Math.ceil(most)}px`;
    this.spacer.style.height = `${this.contentHeight ?? 0}px`;
    const width = this.scroller.clientWidth;
    const height = this.scroller.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (width * height === 0) return;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
      this.theme.pattern = null;
    }
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    // On a narrow screen the lanes need the room more than the names.
    this.labels = Math.round(Math.min(230, width * 0.24));
    this.changed();
  }
  changed() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame(() => {
      this.requested = false;
      this.paint();
    });
  }

  get scrolled() { return this.scroller.scrollTop; }
  xOf(ticks) { return this.labels + (ticks - this.view.begin) * (this.width - this.labels) / this.view.length; }
  momentOf(x) { return this.view.begin + (x - this.labels) * this.view.length / (this.width - this.labels); }
  // On the canvas.
  yOf(row) { return row.y + kRulerHeight - this.scrolled; }
  reveal(row) {
    const y = this.yOf(row);
    if (y < kRulerHeight) this.scroller.scrollTop += y - kRulerHeight - 8;
    else if (y + row.height > this.height) this.scroller.scrollTop += y + row.height - this.height + 8;
  }

  frame() {
    const left = Math.round(this.labels * this.ratio) / this.ratio;
    const columns = Math.max(1, Math.round((this.width - left) * this.ratio));
    const perColumn = this.view.length / columns;
    const { begin } = this.view;
    return {
      trace: this.trace, view: this.view, theme: this.theme, ratio: this.ratio, left, right: this.width, columns,
      moment: (column) => begin + column * perColumn,
      xOf: (ticks) => this.xOf(ticks),
      font: '13px system-ui, sans-serif', boldFont: 'bold 13px system-ui, sans-serif',
      smallFont: '12px system-ui, sans-serif',
    };
  }

  paint() {
    const started = performance.now();
    const { context, theme } = this;
    const frame = this.frame();
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, this.width, this.height);
    context.textBaseline = 'middle';
    context.font = frame.font;
    for (const row of this.rows) {
      const y = this.yOf(row);
      if (y + row.height < kRulerHeight) continue;
      if (y > this.height) break;
      this.paintRow(row, frame, y);
    }
    this.paintArrows(frame);
    paintUnknown(this, frame);
    paintSelection(this, frame);
    paintHits(this, frame);
    this.paintChosen(frame);
    for (const row of this.rows) {
      const y = this.yOf(row);
      if (y + row.height >= kRulerHeight && y <= this.height) this.paintLabel(row, frame, y);
    }
    paintRuler(this, frame);
    ++this.frames;
    this.lastFrameMs = performance.now() - started;
    this.onFrame();
  }

  paintRow(row, frame, y) {
    const { context, painter, ratio } = this;
    // Pixels are written at whole device pixels, whatever the row's place is.
    const device = [Math.round(frame.left * ratio), Math.round(y * ratio), frame.columns, Math.round(row.height * ratio)];
    const isNear = (count) => count < frame.columns * kMostBoxesPerPixel / ratio;
    const { begin, end } = this.view;
    switch (row.kind) {
      case 'gil':
        if (isNear(row.gil.taken(end) - row.gil.taken(begin))) paintHolders(context, row.gil, frame, y, row.height);
        else painter.gil(context, row.gil, frame, ...device);
        break;
      case 'lane':
        if (row.lane === null) break;
        if (isNear(row.lane.taken(end) - row.lane.taken(begin))) paintTurns(context, row.lane, frame, y, row.height);
        else painter.lane(context, row.lane, frame, ...device);
        if (row.thread.marks.count > 0) paintMarks(this, row, frame, y, isNear);
        break;
      case 'spans':
        paintSpanRow(this, row, frame, y, device, isNear);
        break;
      case 'tiles':
        paintTiles(this, row, frame, y, device, isNear);
        break;
    }
  }

  paintArrows(frame) {
    for (const gil of this.trace.gils) {
      if (!gil || gil.taken(this.view.end) - gil.taken(this.view.begin) > kMostArrows) continue;
      this.context.save();
      this.context.beginPath();
      this.context.rect(frame.left, kRulerHeight, this.width - frame.left, this.height - kRulerHeight);
      this.context.clip();
      paintHandOvers(this.context, gil, frame, (lane) => {
        const row = this.rowOfLane.get(lane);
        return row ? this.yOf(row) + row.height / 2 : null;
      });
      this.context.restore();
    }
  }

  paintChosen(frame) {
    if (this.chosen === null) return;
    const { lane, turn } = this.chosen;
    const row = this.rowOfLane.get(lane);
    if (!row || turn >= lane.count) return;
    const from = Math.max(frame.xOf(lane.take[turn]), frame.left - 4);
    const to = Math.min(frame.xOf(lane.drop(turn)), frame.right + 4);
    if (to < frame.left || from > frame.right) return;
    this.context.strokeStyle = this.theme.ink;
    this.context.lineWidth = 3;
    this.context.strokeRect(from - 1.5, this.yOf(row) - 1.5, Math.max(to - from, 2) + 3, row.height + 3);
  }

  paintLabel(row, frame, y) {
    const { context, theme } = this;
    context.fillStyle = theme.paper;
    context.fillRect(0, y - 2, frame.left - 1, row.height + 4);
    const middle = y + row.height / 2;
    const letters = (room) => Math.max(3, Math.floor(room / 7.4));
    if (row.kind === 'lane') {
      const colour = row.thread.colour ?? 4;
      context.fillStyle = colour < 4 ? theme.threads[colour] : theme.others;
      context.fillRect(8, middle - 10, 26, 20);
      context.fillStyle = theme['on-color'];
      context.textAlign = 'center';
      context.font = frame.boldFont;
      context.fillText(letterOf(row.thread.index), 21, middle);
      context.textAlign = 'left';
      context.fillStyle = theme.ink;
      context.font = frame.smallFont;
      const fits = (text) => 42 + context.measureText(text).width < frame.left - 4;
      const share = row.lane === null ? '' : this.shareTexts(row.lane).find(fits) ?? '';
      context.font = '600 14px system-ui, sans-serif';
      context.fillText(elided(plain(row.label), letters(frame.left - 44)), 42, share ? middle - 7 : middle);
      context.font = frame.smallFont;
      context.fillStyle = theme.faint;
      if (share) context.fillText(share, 42, middle + 9);
    } else {
      context.font = row.kind === 'gil' ? '700 15px system-ui, sans-serif' : frame.smallFont;
      context.fillStyle = row.kind === 'gil' ? theme.ink : theme.faint;
      const indent = row.kind === 'gil' ? 8 : 42;
      context.fillText(elided(plain(row.label), letters(frame.left - indent)), indent, middle);
      if (row.kind === 'gil' && frame.left > 150) {
        context.font = frame.smallFont;
        context.fillStyle = theme.faint;
        context.fillText('who holds it', indent + 16 + row.label.length * 9, middle);
      }
    }
    context.font = frame.font;
  }
  // Of the part that is shown, as the ruler says: in full, and for where there is no room.
  shareTexts(lane) {
    const { begin, end } = this.view;
    const from = { hint: 0 };
    const to = { hint: 0 };
    lane.sumBefore(begin, from);
    lane.sumBefore(end, to);
    const share = (ticks) => percentText(ticks / (end - begin));
    const holds = `holds ${share(to.hold - from.hold)}`;
    return [`${holds}, waits ${share(to.wait - from.wait)}`, holds];
  }
}
