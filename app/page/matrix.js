// Who waited for whom: a table whose cells are darker the longer, with the numbers in them.
import { make, section } from './dom.js';
import { groups, percentText, plain, timeText } from './format.js';
import { letterOf } from './theme.js';

const kMost = 24;  // rows and columns; the rest is in the report's JSON

// rows: [{waiter, nobody_ns, holder_ns: {index: ns}}], as the report has them; nameOf(index).
export function matrixTable(caption, rows, nameOf) {
  const sum = (row) => row.nobody_ns + Object.values(row.holder_ns).reduce((total, ns) => total + ns, 0);
  const waiters = [...rows].sort((a, b) => sum(b) - sum(a)).slice(0, kMost).sort((a, b) => a.waiter - b.waiter);
  const byHolder = new Map();
  for (const row of rows) {
    for (const [holder, ns] of Object.entries(row.holder_ns)) byHolder.set(+holder, (byHolder.get(+holder) ?? 0) + ns);
  }
  const holders = [...byHolder].sort((a, b) => b[1] - a[1]).slice(0, kMost).map(([holder]) => holder).sort((a, b) => a - b);
  const most = Math.max(1, ...waiters.flatMap((row) => holders.map((holder) => row.holder_ns[holder] ?? 0)));
  const letter = (index) => make('th', { scope: 'col', title: nameOf(index) }, `${letterOf(index)} ${short(nameOf(index))}`);
  const cell = (ns, of) => {
    if (!ns) return make('td', { class: 'number' }, '');
    const element = make('td', { class: 'number heat', title: `${groups(ns)} ns, ${percentText(ns / of)} of its waiting` }, timeText(ns));
    element.style.setProperty('--heat', (0.08 + 0.92 * Math.sqrt(ns / most)).toFixed(3));
    element.classList.toggle('hot', ns / most > 0.2);
    return element;
  };
  const body = waiters.map((row) => make('tr', {},
    make('th', { scope: 'row' }, `${letterOf(row.waiter)} ${short(nameOf(row.waiter))}`),
    ...holders.map((holder) => cell(row.holder_ns[holder], sum(row))),
    make('td', { class: 'number' }, row.nobody_ns ? timeText(row.nobody_ns) : ''),
    make('td', { class: 'number strong', title: `${groups(sum(row))} ns` }, timeText(sum(row)))));
  const left = rows.length - waiters.length;
  return make('div', { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': caption },
    make('table', { class: 'matrix' }, make('caption', {}, caption),
      make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'waits ↓  holds →'), ...holders.map(letter),
        make('th', { scope: 'col', title: 'hand-overs, and turns that were lost' }, 'nobody held it'), make('th', { scope: 'col' }, 'in all'))),
      make('tbody', {}, ...body)),
    left > 0 || byHolder.size > holders.length
      ? make('p', { class: 'explanation' }, `The ${kMost} threads that waited longest; ${left} more waited.`) : null);
}
function short(name) {
  const text = plain(name);
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}

export function matrixSection(report) {
  const nameOf = (index) => report.threads.find((thread) => thread.index === index)?.name ?? `thread ${index}`;
  const tables = report.gils.map((gil) => {
    const rows = report.waited_for.filter((row) => row.gil === gil.id);
    const caption = report.gils.length > 1 ? `Who waited for whom, GIL ${gil.id}` : 'Who waited for whom';
    return rows.length > 0 ? matrixTable(caption, rows, nameOf) : null;
  });
  return section('waited-for', 'Who waited for whom', 'How long the thread of a row waited while that of a column held the GIL.', ...tables);
}
