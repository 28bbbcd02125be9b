// The whole run in a strip, with the part that is shown. The strip is made once for each size and amount of data.
import { ColumnPainter } from './columns.js';

export class Minimap {
  constructor(timeline, canvas) {
    this.timeline = timeline;
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.painter = new ColumnPainter();
    this.strip = document.createElement('canvas');
    this.made = '';
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.go(event);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons & 1) this.go(event);
    });
  }
  get view() { return this.timeline.view; }
  go(event) {
    const at = event.offsetX / this.canvas.clientWidth * this.view.limit;
    this.view.follow = false;
    this.view.set(at - this.view.length / 2, at + this.view.length / 2);
  }

  makeStrip(width, height) {
    const { trace, theme } = this.timeline;
    const key = [width, height, this.timeline.version, theme.paper].join(' ');
    if (key === this.made) return;
    this.made = key;
    this.strip.width = width;
    this.strip.height = height;
    const context = this.strip.getContext('2d', { alpha: false, willReadFrequently: true });
    context.fillStyle = theme.lane;
    context.fillRect(0, 0, width, height);
    const gils = trace.gils.filter((gil) => gil && gil.count > 0);
    const moment = (column) => column * this.view.limit / width;
    gils.forEach((gil, i) => {
      const from = Math.round(i * height / gils.length);
      const to = Math.round((i + 1) * height / gils.length);
      this.painter.gil(context, gil, { theme, moment }, 0, from, width, to - from);
    });
  }

  paint() {
    const ratio = window.devicePixelRatio || 1;
    // Moments stand where they do on the lanes.
    const margin = `${this.timeline.labels}px`;
    if (this.canvas.style.marginLeft !== margin) {
      this.canvas.style.marginLeft = margin;
      this.canvas.style.width = `${this.timeline.width - this.timeline.labels + 2}px`;
    }
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (width * height === 0) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.makeStrip(width, height);
    const { context, view } = this;
    const { theme } = this.timeline;
    context.drawImage(this.strip, 0, 0);
    const from = view.begin / view.limit * width;
    const to = Math.max(view.end / view.limit * width, from + 3 * ratio);
    context.globalAlpha = 0.6;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, from, height);
    context.fillRect(to, 0, width - to, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.ink;
    context.lineWidth = 2 * ratio;
    context.strokeRect(from + ratio, ratio, Math.max(to - from - 2 * ratio, ratio), height - 2 * ratio);
  }
}
