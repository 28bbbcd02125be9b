// What one sees of a single thing on the lanes: a tooltip under the pointer, and the panel of a turn that was chosen.
import { kAsked, kGave, kOpen, kWaiting } from './lane.js';
import { make, replaceChildren } from './dom.js';
import { bytesText, groups, momentText, placeLong, placeShort, plain, timeText } from './format.js';
import { keptWaiting } from './numbers.js';
import { letterOf } from './theme.js';

export function laneName(lane) { return plain(`${letterOf(lane.thread.index)} ${lane.thread.name}`); }

const kEnds = { [kGave]: 'gave it away', [kAsked]: 'was asked to', [kOpen]: 'still holds it', [kWaiting]: 'still waits' };

// [[what, text]] of a turn.
export function turnFacts(trace, lane, turn) {
  const rows = [];
  const end = lane.end[turn];
  const place = trace.placeWithCallers(lane.place[turn]);
  rows.push(['wait', timeText(trace.ns(lane.wait(turn)))]);
  if (end !== kWaiting) rows.push(['hold', timeText(trace.ns(lane.hold(turn)))]);
  rows.push(['ended', kEnds[end]]);
  const request = lane.requestOf(turn);
  if (request !== null) {
    const after = lane.drop(turn) - request.at;
    rows.push(['drop requests', `${request.count}${request.count === 255 ? ' or more' : ''}`]);
    rows.push(['obeyed after', timeText(trace.ns(after))]);
  }
  if (place.length > 0) rows.push(['dropped at', placeLong(place[0])]);
  place.slice(1, 4).forEach((one) => rows.push(['called by', placeLong(one)]));
  rows.push(['want', momentText(trace.ns(lane.want(turn)))]);
  if (end !== kWaiting) {
    rows.push(['take', momentText(trace.ns(lane.take[turn]))]);
    rows.push(['drop', momentText(trace.ns(lane.drop(turn)))]);
  }
  return rows;
}
function spanFacts(trace, row, spans, i) {
  const rows = [['length', timeText(trace.ns(spans.end[i] - spans.begin[i]))], ['begin', momentText(trace.ns(spans.begin[i]))]];
  if (row.of === 'kernel') {
    rows.unshift(['GIL', spans.holdsGil[i] ? 'holds it' : 'releases it'], ['bytes', bytesText(spans.more[i])]);
  }
  if (row.of === 'region' || row.of === 'kernel') {
    // With any GIL, by the thread that it is on.
    const [from, to] = [{ hint: 0 }, { hint: 0 }];
    const [hold, wait] = row.thread.lanes.reduce(([held, waited], lane) => {
      lane.sumBefore(spans.begin[i], from);
      lane.sumBefore(spans.end[i], to);
      [from.hint, to.hint] = [0, 0];
      return [held + to.hold - from.hold, waited + to.wait - from.wait];
    }, [0, 0]);
    rows.push(['hold', timeText(trace.ns(hold))], ['wait', timeText(trace.ns(wait))]);
  }
  if (row.of === 'collection') rows.unshift(['generation', String(spans.name[i])], ['objects', groups(spans.detail[i])]);
  if (row.kind === 'tiles') rows.unshift(['tile', String(spans.more[i])], ['call', String(spans.detail[i])]);
  return rows;
}

function list(rows) {
  return make('dl', { class: 'facts' }, ...rows.flatMap(([what, text]) => [make('dt', {}, what), make('dd', {}, text)]));
}

export class Tooltip {
  constructor(trace, element) {
    this.trace = trace;
    this.element = element;
  }
  hide() { this.element.hidden = true; }
  show(event, hit) {
    const { trace } = this;
    let title = '';
    let rows = null;
    if (hit?.lane && hit.turn >= 0) {
      const moment = hit.moment;
      const waits = moment < hit.lane.take[hit.turn];
      title = `${laneName(hit.lane)} ${waits ? 'waits for' : 'holds'} GIL ${hit.lane.gil.id}`;
      rows = turnFacts(trace, hit.lane, hit.turn);
    } else if (hit?.spans && hit.span >= 0) {
      const named = hit.row.of === 'collection' ? 'garbage collection' : plain(trace.name(hit.spans.name[hit.span]));
      title = `${named} on ${plain(hit.row.thread.name)}`;
      rows = spanFacts(trace, hit.row, hit.spans, hit.span);
    } else if (hit?.row.kind === 'lane' && hit.lane) {
      title = `${laneName(hit.lane)} is outside`;
      rows = [['at', momentText(trace.ns(hit.moment))]];
    }
    this.element.hidden = rows === null;
    if (rows === null) return;
    replaceChildren(this.element, make('strong', {}, title), list(rows));
    const { innerWidth, innerHeight } = window;
    const { offsetWidth, offsetHeight } = this.element;
    const left = event.clientX + 18 + offsetWidth > innerWidth ? event.clientX - offsetWidth - 14 : event.clientX + 18;
    const top = Math.min(event.clientY + 18, innerHeight - offsetHeight - 8);
    this.element.style.left = `${Math.max(left, 4)}px`;
    this.element.style.top = `${Math.max(top, 4)}px`;
  }
}

export class TurnPanel {
  // go(lane, turn): chooses a turn and shows it.
  constructor(trace, element, go, close) {
    this.trace = trace;
    this.element = element;
    this.go = go;
    this.close = close;
  }

  show(lane, turn) {
    const { trace } = this;
    this.element.hidden = false;
    const button = (text, to, hint) => make('button', { type: 'button', title: hint, disabled: to === null,
      onclick: () => to && this.go(to.lane, to.turn) }, text);
    const { gil } = lane;
    const position = gil.positionOf(lane, turn);
    const ofGil = (n) => (position >= 0 && n >= 0 && n < gil.count ? { lane: gil.laneOf(n), turn: gil.turn[n] } : null);
    const ofLane = (i) => (i >= 0 && i < lane.count ? { lane, turn: i } : null);
    const kept = keptWaiting(lane, turn);
    const from = position > 0 && gil.handedOver[position] ? ofGil(position - 1) : null;
    const to = position >= 0 && position + 1 < gil.count && gil.handedOver[position + 1] ? ofGil(position + 1) : null;
    const latency = (a, b) => timeText(trace.ns(b.lane.take[b.turn] - a.lane.drop(a.turn)));
    const here = { lane, turn };
    const place = trace.placeWithCallers(lane.place[turn])[0];
    replaceChildren(this.element,
      make('h3', {}, `Turn ${groups(turn + 1)} of ${laneName(lane)}${place ? `, at ${placeShort(place)}` : ''}`),
      make('p', { class: 'buttons' },
        button('◀ its turn before', ofLane(turn - 1), 'key: ,'), button('its next turn ▶', ofLane(turn + 1), 'key: .'),
        button('◀ GIL’s turn before', ofGil(position - 1), 'key: ['), button('GIL’s next turn ▶', ofGil(position + 1), 'key: ]'),
        make('button', { type: 'button', onclick: this.close }, 'close')),
      make('div', { class: 'panel-parts' }, list(turnFacts(trace, lane, turn)),
        make('div', {},
          make('p', {}, from ? `Handed over by ${laneName(from.lane)}, ${latency(from, here)} after its drop. ` : 'Not handed over: nobody held the GIL while it waited last, or it did not wait. ',
            from ? button('show', from) : null),
          to ? make('p', {}, `Handed over to ${laneName(to.lane)}, which had it ${latency(here, to)} later. `, button('show', to)) : null,
          make('h4', {}, kept.length > 0 ? 'It kept waiting' : 'It kept nobody waiting'),
          kept.length > 0 ? make('ul', {}, ...kept.slice(0, 12).map((one) =>
            make('li', {}, `${laneName(one.lane)} for ${timeText(trace.ns(one.ticks))} `, button('show', one)))) : null,
          kept.length > 12 ? make('p', {}, `and ${kept.length - 12} more threads`) : null)));
  }
  hide() { this.element.hidden = true; }
}
