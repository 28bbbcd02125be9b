// Rows of regions, native sections, collections and tiles, and the marks on a thread's lane.
import { bytesText, plain } from './format.js';
import { textIn } from './boxes.js';

function colourOf(row, theme, i) {
  if (row.of === 'kernel') return row.spans.holdsGil[i] ? 'kernel-hold' : 'kernel';
  return row.of;
}

export function spanText(trace, of, spans, i) {
  if (of === 'collection') return `GC generation ${spans.name[i]}`;
  const name = plain(trace.name(spans.name[i]));
  if (of !== 'kernel') return name;
  const bytes = spans.more[i] > 0 ? `, ${bytesText(spans.more[i])}` : '';
  return `${name} ${spans.holdsGil[i] ? 'holding the GIL' : 'without the GIL'}${bytes}`;
}

export function paintSpanRow(timeline, row, frame, y, device, isNear) {
  const { context, painter, theme, view, trace } = timeline;
  const { spans } = row;
  const height = row.height - 3;
  if (!isNear(spans.upTo(view.end) - spans.upTo(view.begin))) {
    device[3] = Math.round(height * timeline.ratio);
    painter.spans(context, spans, theme.pixels[colourOf(row, theme, 0)], frame, ...device);
    return;
  }
  context.font = frame.smallFont;
  for (let i = Math.max(spans.upTo(view.begin) - 1, 0); i < spans.count && spans.begin[i] < view.end; ++i) {
    if (spans.end[i] < view.begin) continue;
    const from = Math.max(frame.xOf(spans.begin[i]), frame.left);
    const to = Math.min(frame.xOf(spans.end[i]), frame.right);
    context.fillStyle = theme[colourOf(row, theme, i)];
    context.fillRect(from, y, Math.max(to - from, 1.5), height);
    if (to - from > 3) {
      context.fillStyle = theme.ink;
      context.fillRect(from, y, 1.5, height);
    }
    textIn(context, spanText(trace, row.of, spans, i), from, to, y + height / 2 + 0.5, theme['span-ink']);
  }
  context.font = frame.font;
}

export function paintTiles(timeline, row, frame, y, device, isNear) {
  const { context, painter, theme, view } = timeline;
  const { tiles } = row.thread;
  const height = row.height - 2;
  if (!isNear(tiles.upTo(view.end) - tiles.upTo(view.begin))) {
    device[3] = Math.round(height * timeline.ratio);
    painter.spans(context, tiles, theme.pixels.tile, frame, ...device);
    return;
  }
  for (let i = Math.max(tiles.upTo(view.begin) - 1, 0); i < tiles.count && tiles.begin[i] < view.end; ++i) {
    if (tiles.end[i] < view.begin) continue;
    const from = Math.max(frame.xOf(tiles.begin[i]), frame.left);
    const to = Math.min(frame.xOf(tiles.end[i]), frame.right);
    context.fillStyle = theme.tile;
    context.fillRect(from, y, Math.max(to - from - (to - from > 4 ? 1 : 0), 1), height);
  }
}

// A mark is a flag on the lane, with its name when there is room.
export function paintMarks(timeline, row, frame, y, isNear) {
  const { context, theme, view, trace } = timeline;
  const { marks } = row.thread;
  const first = marks.upTo(view.begin);
  const last = marks.upTo(view.end);
  if (!isNear((last - first) * 2)) {
    // Too many to tell apart: one line for each column that has some.
    context.fillStyle = theme.ink;
    let hint = first;
    for (let column = 0; column < frame.columns; ++column) {
      const upTo = marks.upTo(frame.moment(column + 1), hint);
      if (upTo > hint) context.fillRect(frame.left + column / frame.ratio, y, 1 / frame.ratio, 5);
      hint = upTo;
    }
    return;
  }
  context.font = frame.smallFont;
  for (let i = first; i < last; ++i) {
    const x = frame.xOf(marks.begin[i]);
    const next = i + 1 < last ? frame.xOf(marks.begin[i + 1]) : frame.right;
    context.fillStyle = theme.ink;
    context.fillRect(x - 1, y - 2, 2, row.height + 2);
    context.beginPath();
    context.moveTo(x, y - 2);
    context.lineTo(x + 9, y + 2);
    context.lineTo(x, y + 7);
    context.fill();
    const name = plain(trace.name(marks.name[i]));
    if (next - x > 40) {
      const width = Math.min(context.measureText(name).width + 8, next - x - 12);
      context.fillStyle = theme.paper;
      context.fillRect(x + 10, y - 1, width, 15);
      textIn(context, name, x + 8, x + 14 + width, y + 7, theme.ink);
    }
  }
  context.font = frame.font;
}
