// How long waits and holds are: a histogram over a logarithmic axis, for all turns. Counted in slices.
import { make } from './dom.js';
import { groups, timeText } from './format.js';

const kPerDecade = 5;
const kDecades = 12;  // 1 ns to 1000 s

// A generator: yields after some of the work, returns counts by bin. `lengthOf(lane, i)` in ticks.
export function* countLengths(trace, lengthOf, accepts) {
  const bins = new Float64Array(kPerDecade * kDecades);
  let zero = 0;
  let work = 0;
  for (const gil of trace.gils) {
    for (const lane of gil?.lanes ?? []) {
      for (let i = 0; i < lane.recorded; ++i) {
        if (++work % 200000 === 0) yield;
        if (!accepts(lane, i)) continue;
        const ns = lengthOf(lane, i) * trace.nsPerTick;
        if (ns < 1) ++zero;
        else ++bins[Math.min(bins.length - 1, Math.floor(Math.log10(ns) * kPerDecade))];
      }
    }
  }
  return { bins, zero };
}

// As bars; `kind` names their colour in the page's style.
export function histogramFigure(title, { bins, zero }, kind) {
  const used = [...bins.keys()].filter((i) => bins[i] > 0);
  const note = zero > 0 ? `${groups(zero)} took no time at all` : '';
  if (used.length === 0) return make('figure', {}, make('figcaption', {}, `${title}: ${note || 'none'}`));
  const first = Math.floor(used[0] / kPerDecade) * kPerDecade;
  const last = Math.ceil((used.at(-1) + 1) / kPerDecade) * kPerDecade;
  const most = Math.max(...bins);
  const edge = (i) => 10 ** (i / kPerDecade);
  const bars = [];
  for (let i = first; i < last; ++i) {
    const text = `${timeText(edge(i))} to ${timeText(edge(i + 1))}: ${groups(bins[i])}`;
    const bar = make('div', { class: `bar ${kind}`, title: text, role: 'img', 'aria-label': text });
    bar.style.height = bins[i] > 0 ? `${Math.max(2, bins[i] / most * 100)}%` : '0';
    bars.push(bar);
  }
  const labels = [];
  for (let i = first; i <= last; i += kPerDecade) {
    const label = make('span', {}, timeText(edge(i)).replace('.00', '').replace('.0', ''));
    label.style.left = `${(i - first) / (last - first) * 100}%`;
    labels.push(label);
  }
  return make('figure', {}, make('figcaption', {}, title, make('small', {}, ` most in one bar: ${groups(most)}${note ? `; ${note}` : ''}`)),
    make('div', { class: 'bars' }, ...bars), make('div', { class: 'axis', 'aria-hidden': 'true' }, ...labels));
}
