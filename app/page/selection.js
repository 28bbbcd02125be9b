// The numbers of the part of the run that is selected.
import { make, replaceChildren, table } from './dom.js';
import { groups, momentText, percentText, timeText } from './format.js';
import { laneName } from './details.js';
import { matrixTable } from './matrix.js';
import { matrixRow, spanNumbers, waitedFor } from './numbers.js';
import { inSlices } from './work.js';

export class SelectionPanel {
  constructor(timeline, element, close) {
    this.timeline = timeline;
    this.element = element;
    this.close = close;
    this.number = 0;
  }
  get trace() { return this.timeline.trace; }

  hide() {
    ++this.number;
    this.element.hidden = true;
    this.numbers = null;
  }

  show() {
    const { trace, timeline } = this;
    const { begin, end } = timeline.selection;
    const mine = ++this.number;
    const numbers = this.numbers = spanNumbers(trace, begin, end);
    const matrices = make('div', { class: 'matrices' }, make('p', { class: 'explanation' }, 'who waited for whom: working it out …'));
    this.element.hidden = false;
    replaceChildren(this.element,
      make('h2', {}, `Selected: ${timeText(numbers.wall)}`),
      make('p', { class: 'explanation' }, `${momentText(trace.ns(Math.max(begin, 0)))} to ${momentText(trace.ns(end))}. A turn counts where it was taken. `,
        make('button', { type: 'button', onclick: () => timeline.view.fit(begin, end, 0) }, 'show it alone (F)'), ' ',
        make('button', { type: 'button', onclick: this.close }, 'no selection (Esc)')),
      ...numbers.gils.map((gil) => this.gilPart(gil, numbers)), matrices);
    this.fillMatrices(matrices, numbers, begin, end, mine);
  }

  gilPart({ gil, lanes, ...its }, numbers) {
    const ofWall = (ns) => `${percentText(ns / numbers.wall)}, ${timeText(ns)}`;
    const several = numbers.gils.length > 1;
    const figures = [['GIL busy', ofWall(its.held)], ['somebody waits', ofWall(its.contended)], ['turns', groups(its.turns)],
      ['gave', groups(its.gave)], ['asked', groups(its.asked)], ['hand-overs', groups(its.handOvers)]];
    const time = (title, key) => ({ title, number: true, of: (row) => timeText(row[key]), hint: (row) => `${groups(row[key])} ns`, sort: (row) => row[key] });
    const share = (title, key) => ({ title, number: true, of: (row) => percentText(row[key] / row.life), sort: (row) => row[key] / row.life });
    const count = (title, key) => ({ title, number: true, of: (row) => groups(row[key]), sort: (row) => row[key] });
    return make('div', {},
      make('dl', { class: 'figures' }, ...figures.map(([what, text]) => make('div', {}, make('dt', {}, what), make('dd', {}, text)))),
      table(several ? `Threads in this part, GIL ${gil.id}` : 'Threads in this part', [
        { title: 'thread', of: (row) => laneName(row.lane), sort: (row) => row.lane.thread.index },
        count('turns', 'turns'), count('gave', 'gave'), count('asked', 'asked'), share('holds', 'hold'), share('waits', 'wait'),
        share('outside', 'outside'), time('hold', 'hold'), time('wait', 'wait'), time('outside', 'outside'),
      ], lanes.filter((lane) => lane.life > 0)));
  }

  async fillMatrices(element, numbers, begin, end, mine) {
    const { trace } = this;
    const tables = [];
    for (const { gil, lanes } of numbers.gils) {
      const rows = await inSlices(waitedFor(gil, begin <= 0 ? -Infinity : begin, end), () => this.number === mine);
      if (rows === undefined) return;
      if (rows.length === 0) continue;
      const waitOf = new Map(lanes.map((row) => [row.lane, row.wait]));
      const asReport = rows.map((row) => matrixRow(trace, row, gil, waitOf.get(row.lane)))
        .filter((row) => row.nobody_ns > 0 || Object.keys(row.holder_ns).length > 0);
      const nameOf = (index) => trace.thread(index).name;
      tables.push(matrixTable(numbers.gils.length > 1 ? `Who waited for whom in this part, GIL ${gil.id}` : 'Who waited for whom in this part', asReport, nameOf));
      gil.matrix = asReport;
    }
    if (this.number !== mine) return;
    replaceChildren(element, ...(tables.length > 0 ? tables : [make('p', { class: 'explanation' }, 'Nobody waited.')]));
  }
}
