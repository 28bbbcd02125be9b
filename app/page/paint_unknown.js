// Parts of the run of which the page does not have all turns: stripes over all lanes, so that nobody takes them for idle.
import { kRulerHeight } from './layout.js';

export function paintUnknown(timeline, frame) {
  const { context, theme, height } = timeline;
  for (const { begin, end } of timeline.unknown) {
    const from = Math.max(frame.xOf(begin), frame.left);
    const to = Math.min(frame.xOf(end), frame.right);
    if (to <= from) continue;
    context.save();
    context.beginPath();
    context.rect(from, kRulerHeight, Math.max(to - from, 1), height - kRulerHeight);
    context.clip();
    context.fillStyle = theme.paper;
    context.globalAlpha = 0.6;
    context.fillRect(from, kRulerHeight, to - from, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    context.beginPath();
    // In step with the canvas, not with the part: two that abut look like one.
    for (let x = Math.floor((from - height) / 12) * 12; x < to; x += 12) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    if (to - from > 140) {
      context.fillStyle = theme.ink;
      context.font = frame.smallFont;
      context.fillText('not shown live', from + 8, kRulerHeight + 12);
    }
    context.restore();
  }
}
