// Lanes that are zoomed out: each column of pixels shows the exact shares of its stretch of time, from the running sums.
// Holds stand at the bottom, hatched waits on top of them. Pixels are written directly: thousands of columns a frame.
import { kThreadColours } from './theme.js';

export class ColumnPainter {
  constructor() {
    this.sums = { hint: 0, step: 1, hold: 0, wait: 0 };
  }

  // The image of `width` x `height` device pixels, in the lane's background. One is kept for each size.
  image(context, width, height) {
    if (this.kept?.width !== width || this.kept.height !== height) {
      this.kept = context.createImageData(width, height);
      this.pixels = new Uint32Array(this.kept.data.buffer);
    }
    return this.kept;
  }

  lane(context, lane, frame, x, y, width, height) {
    const image = this.image(context, width, height);
    const { pixels, sums } = this;
    const { theme, moment } = frame;
    const colour = lane.thread.colour;
    const holdPixel = colour < kThreadColours ? theme.threadPixels[colour] : theme.pixels.others;
    const waitPixel = theme.pixels.wait;
    const waitLine = theme.pixels['wait-line'];
    const { lane: inside, paper } = theme.pixels;
    sums.hint = 0;
    lane.sumBefore(moment(0), sums);
    let { hold, wait } = sums;
    for (let column = 0; column < width; ++column) {
      const begin = moment(column);
      const end = moment(column + 1);
      lane.sumBefore(end, sums);
      const length = end - begin;
      let held = heightOf((sums.hold - hold) / length, height);
      let waited = heightOf((sums.wait - wait) / length, height);
      if (held + waited > height) {
        if (held > waited) held = height - waited;
        else waited = height - held;
      }
      ({ hold, wait } = sums);
      const empty = end < lane.life.begin || begin > lane.life.end ? paper : inside;
      let at = column;
      const waitFrom = height - held - waited;
      let row = 0;
      for (; row < waitFrom; ++row, at += width) pixels[at] = empty;
      for (; row < height - held; ++row, at += width) pixels[at] = (column + row) % 6 < 2 ? waitLine : waitPixel;
      for (; row < height; ++row, at += width) pixels[at] = holdPixel;
    }
    context.putImageData(image, x, y);
  }

  // Who held the GIL: the threads with a colour stand on each other, all others on top of them.
  gil(context, gil, frame, x, y, width, height) {
    const image = this.image(context, width, height);
    const { pixels, sums } = this;
    const { theme, moment } = frame;
    pixels.fill(theme.pixels.lane);
    const tops = new Uint16Array(width);
    const known = new Float64Array(width);
    const fill = (column, share, pixel) => {
      const top = Math.min(height, tops[column] + heightOf(share, height));
      for (let row = tops[column]; row < top; ++row) pixels[(height - 1 - row) * width + column] = pixel;
      tops[column] = top;
    };
    const coloured = gil.lanes.filter((lane) => lane.thread.colour < kThreadColours);
    for (const lane of coloured.sort((a, b) => a.thread.colour - b.thread.colour)) {
      sums.hint = 0;
      lane.sumBefore(moment(0), sums);
      let { hold } = sums;
      for (let column = 0; column < width; ++column) {
        lane.sumBefore(moment(column + 1), sums);
        known[column] += sums.hold - hold;
        fill(column, (sums.hold - hold) / (moment(column + 1) - moment(column)), theme.threadPixels[lane.thread.colour]);
        ({ hold } = sums);
      }
    }
    if (coloured.length < gil.lanes.length) {
      let hint = gil.taken(moment(0));
      let before = gil.heldBefore(moment(0), hint);
      for (let column = 0; column < width; ++column) {
        hint = gil.taken(moment(column + 1), hint);
        const held = gil.heldBefore(moment(column + 1), hint);
        // The sums are of numbers that a float holds exactly: what is left is what the others held.
        fill(column, (held - before - known[column]) / (moment(column + 1) - moment(column)), theme.pixels.others);
        before = held;
      }
    }
    context.putImageData(image, x, y);
  }

  // How much of each column spans cover.
  spans(context, spans, pixel, frame, x, y, width, height) {
    const image = this.image(context, width, height);
    const { theme, moment } = frame;
    this.pixels.fill(theme.pixels.paper);
    let before = spans.coveredBefore(moment(0), 0);
    let hint = 0;
    for (let column = 0; column < width; ++column) {
      const end = moment(column + 1);
      hint = spans.upTo(end, hint);
      const covered = spans.coveredBefore(end, hint);
      const high = heightOf((covered - before) / (end - moment(column)), height);
      before = covered;
      for (let row = height - high; row < height; ++row) this.pixels[row * width + column] = pixel;
    }
    context.putImageData(image, x, y);
  }
}

// Something is always seen, and only what fills the column fills it.
function heightOf(share, height) {
  if (share <= 0) return 0;
  if (share >= 0.9999) return height;
  return Math.min(Math.max(Math.round(share * height), 1), height - 1);
}
