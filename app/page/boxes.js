// Lanes that are zoomed in: each turn as a box with why it ended, its drop requests, and the hand-overs between lanes.
import { kAsked, kGave, kWaiting } from './lane.js';
import { kThreadColours, letterOf } from './theme.js';
import { placeShort, plain } from './format.js';

export function turnColour(theme, lane) {
  return lane.thread.colour < kThreadColours ? theme.threads[lane.thread.colour] : theme.others;
}

// Text in [from, to), cut to its width; nothing when there is no room for a few characters.
export function textIn(context, text, from, to, y, colour) {
  const room = Math.floor((to - from - 8) / 7.6);
  if (room < 3) return;
  context.fillStyle = colour;
  context.fillText(text.length > room ? `${text.slice(0, room - 1)}…` : text, from + 4, y);
}

// The waits' second cue: stripes. One pattern for each theme.
export function waitPattern(context, theme, ratio) {
  if (theme.pattern) return theme.pattern;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6 * ratio;
  const ink = tile.getContext('2d');
  ink.scale(ratio, ratio);
  ink.fillStyle = theme.wait;
  ink.fillRect(0, 0, 6, 6);
  ink.strokeStyle = theme['wait-line'];
  ink.lineWidth = 1.6;
  ink.beginPath();
  for (const shift of [-6, 0, 6]) {
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
  }
  ink.stroke();
  theme.pattern = context.createPattern(tile, 'repeat');
  theme.pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return theme.pattern;
}

export function paintTurns(context, lane, frame, y, height) {
  const { view, theme, xOf, left, right, trace } = frame;
  const clip = (x) => Math.min(Math.max(x, left), right);
  const lifeFrom = clip(xOf(lane.life.begin));
  context.fillStyle = theme.lane;
  context.fillRect(lifeFrom, y, Math.max(clip(xOf(lane.life.end)) - lifeFrom, 0), height);
  const first = Math.max(lane.taken(view.begin) - 1, 0);
  const colour = turnColour(theme, lane);
  const pattern = waitPattern(context, theme, frame.ratio);
  for (let i = first; i < lane.count && lane.want(i) < view.end; ++i) {
    const want = clip(xOf(lane.want(i)));
    const take = clip(xOf(lane.take[i]));
    if (take > want) {
      context.fillStyle = pattern;
      context.fillRect(want, y + height * 0.35, Math.max(take - want, 1), height * 0.65);
    }
    if (lane.end[i] === kWaiting || lane.take[i] > view.end) continue;
    const drop = clip(xOf(lane.drop(i)));
    if (lane.drop(i) < view.begin) continue;
    context.fillStyle = colour;
    context.fillRect(take, y, Math.max(drop - take, 1), height);
    if (drop - take > 3) {
      context.fillStyle = theme.paper;
      context.fillRect(drop - 1, y, 1, height);
    }
    paintEnd(context, lane, i, frame, take, drop, y, height);
    const place = trace.places[lane.place[i]];
    if (drop - take > 70 && place && lane.place[i] !== 0) {
      textIn(context, placeShort(place), take, drop - 16, y + height / 2, theme['on-color']);
    }
  }
}

function paintEnd(context, lane, i, frame, take, drop, y, height) {
  const { theme, xOf, left, right } = frame;
  if (drop - take > 16 && drop < right) {
    const reason = lane.end[i] === kGave ? 'G' : lane.end[i] === kAsked ? 'A' : '';
    context.fillStyle = theme['on-color'];
    context.font = frame.boldFont;
    context.fillText(reason, drop - 13, y + height / 2);
    context.font = frame.font;
  }
  const request = lane.requestOf(i);
  if (request === null) return;
  const x = xOf(request.at);
  if (x < left || x > right) return;
  context.fillStyle = theme.request;
  if (drop - take < 24) {
    context.fillRect(x - 1, y, 2, 6);
    return;
  }
  context.fillRect(x - 1, y, 3, height);
  context.beginPath();
  context.moveTo(x - 5, y);
  context.lineTo(x + 6, y);
  context.lineTo(x + 0.5, y + 7);
  context.fill();
}

export function paintHolders(context, gil, frame, y, height) {
  const { view, theme, xOf, left, right } = frame;
  const clip = (x) => Math.min(Math.max(x, left), right);
  context.fillStyle = theme.lane;
  context.fillRect(left, y, right - left, height);
  for (let n = Math.max(gil.taken(view.begin) - 1, 0); n < gil.count && gil.take[n] < view.end; ++n) {
    const lane = gil.laneOf(n);
    const from = clip(xOf(gil.take[n]));
    const to = clip(xOf(gil.dropOf(n)));
    if (gil.dropOf(n) < view.begin) continue;
    context.fillStyle = turnColour(theme, lane);
    context.fillRect(from, y, Math.max(to - from, 1), height);
    const letter = letterOf(lane.thread.index);
    const text = to - from > 60 ? `${letter}  ${plain(lane.thread.name)}` : letter;
    if (to - from > 14) textIn(context, text, from, Math.max(to, from + 34), y + height / 2, theme['on-color']);
  }
}

// Arrows from the lane that let go to the lane that took.
export function paintHandOvers(context, gil, frame, middleOf) {
  const { view, theme, xOf } = frame;
  const last = gil.taken(view.end);
  context.strokeStyle = context.fillStyle = theme.ink;
  context.lineWidth = 1.5;
  for (let n = Math.max(gil.taken(view.begin), 1); n < last; ++n) {
    if (!gil.handedOver[n]) continue;
    const from = middleOf(gil.laneOf(n - 1));
    const to = middleOf(gil.laneOf(n));
    if (from === null || to === null) continue;
    const x0 = xOf(gil.dropOf(n - 1));
    const x1 = xOf(gil.take[n]);
    const down = to > from ? 1 : -1;
    const tip = to - down * 10;
    context.beginPath();
    context.moveTo(x0, from);
    context.lineTo(x1, tip - down * 6);
    context.stroke();
    context.beginPath();
    context.moveTo(x1 - 4, tip - down * 6);
    context.lineTo(x1 + 4, tip - down * 6);
    context.lineTo(x1, tip);
    context.fill();
  }
}
