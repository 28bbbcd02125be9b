// What lies over the lanes: the axis of time, the part that is selected, and what a search has found.
import { axisStep, axisText, timeText } from './format.js';
import { kRulerHeight } from './layout.js';

export function paintRuler(timeline, frame) {
  const { context, theme, view, trace, width, height, labels } = timeline;
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, kRulerHeight);
  context.fillStyle = theme.line;
  context.fillRect(0, kRulerHeight - 1, width, 1);
  context.fillRect(frame.left - 1, 0, 1, height);
  const step = axisStep(trace.ns(view.length), width - labels, 120);
  const first = Math.ceil(trace.ns(view.begin) / step);
  context.font = frame.font;
  for (let n = first; n * step <= trace.ns(view.end); ++n) {
    const x = frame.xOf(trace.ticks(n * step));
    if (x < frame.left) continue;
    context.fillStyle = theme.faint;
    context.fillRect(x, kRulerHeight - 9, 1, 8);
    const text = axisText(n * step, step);
    const wide = context.measureText(text).width;
    if (x + 4 + wide > width) continue;
    context.fillStyle = theme.ink;
    context.fillText(text, x + 4, kRulerHeight / 2);
  }
  context.fillStyle = theme.faint;
  context.font = frame.smallFont;
  // Also what the lanes' percentages below it are of.
  const shown = timeText(trace.ns(view.length));
  const heading = `% of the ${shown} shown`;
  const hasRoom = 8 + context.measureText(heading).width < frame.left - 4;
  context.fillText(hasRoom ? heading : `% of ${shown}`, 8, kRulerHeight / 2);
  context.font = frame.font;
  if (timeline.selection) {
    const from = Math.max(frame.xOf(timeline.selection.begin), frame.left);
    const to = Math.min(frame.xOf(timeline.selection.end), frame.right);
    context.fillStyle = theme.accent;
    if (to > from) context.fillRect(from, kRulerHeight - 5, Math.max(to - from, 2), 5);
  }
}

export function paintSelection(timeline, frame) {
  if (!timeline.selection) return;
  const { context, theme, height } = timeline;
  const from = Math.max(frame.xOf(timeline.selection.begin), frame.left);
  const to = Math.min(frame.xOf(timeline.selection.end), frame.right);
  if (to < from) return;
  context.globalAlpha = 0.13;
  context.fillStyle = theme.accent;
  context.fillRect(from, 0, to - from, height);
  context.globalAlpha = 1;
  context.fillRect(from, 0, 1.5, height);
  context.fillRect(to - 1.5, 0, 1.5, height);
}

// A triangle over each column of a lane that has a hit, in the lane's upper edge.
export function paintHits(timeline, frame) {
  if (timeline.hits.length === 0) return;
  const { context, theme } = timeline;
  context.fillStyle = theme.hit;
  const last = new Map();
  for (const { at, row } of timeline.hits) {
    const x = Math.round(frame.xOf(at));
    if (x < frame.left || x > frame.right || last.get(row) === x) continue;
    last.set(row, x);
    const y = timeline.yOf(row);
    context.fillRect(x - 1, y - 3, 3, row.height + 5);
    context.beginPath();
    context.moveTo(x - 6, y - 6);
    context.lineTo(x + 7, y - 6);
    context.lineTo(x + 0.5, y + 4);
    context.fill();
  }
}
