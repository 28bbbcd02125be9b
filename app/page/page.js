// The page: puts lanes, tables and controls together. A report fills it once (report.js); whoever shows a run that goes
// on appends to page.trace, and calls update() and, at its end, setReport().
import { bindKeys, Input } from './input.js';
import { make, replaceChildren } from './dom.js';
import { Minimap } from './minimap.js';
import { SelectionPanel } from './selection.js';
import { Timeline } from './timeline.js';
import { Tooltip, TurnPanel } from './details.js';
import { processesSection } from './processes.js';
import { cards, gilsSection, head, listSections, proofSection, threadsSection } from './tables.js';
import { countLengths, histogramFigure } from './histogram.js';
import { groups } from './format.js';
import { inSlices } from './work.js';
import { matrixSection } from './matrix.js';
import { search } from './search.js';
import { section } from './dom.js';
import { switchTheme } from './theme.js';
import { legend, help } from './legend.js';

// How a page begins, by its mode (the body's data-mode).
export const starts = {};

export class Page {
  constructor(trace) {
    this.trace = trace;
    this.head = make('div', {});
    this.progress = make('p', { class: 'progress', role: 'status', 'aria-live': 'polite' });
    this.sections = make('main', {});
    this.canvas = make('canvas', { 'aria-hidden': 'true' });
    this.spacer = make('div', { class: 'spacer' });
    this.scroller = make('div', { class: 'lanes', tabindex: '0', role: 'application',
      'aria-label': 'Timeline. W and S zoom, A and D move, arrows likewise, F shows the selection, 0 the whole run, N and P the next and previous turn, question mark all keys. The tables below say the same in numbers.' },
    this.canvas, this.spacer);
    this.minimapCanvas = make('canvas', { class: 'minimap', role: 'img', 'aria-label': 'The whole run; the frame is the part that is shown' });
    this.searchInput = make('input', { type: 'search', placeholder: 'search place, thread', 'aria-label': 'Search a place, a thread, a region or a mark' });
    this.searchResult = make('span', { class: 'result', role: 'status' });
    this.tooltipElement = make('div', { class: 'tooltip', hidden: true });
    this.turnElement = make('section', { class: 'panel', hidden: true, 'aria-label': 'The chosen turn' });
    this.selectionElement = make('section', { class: 'panel', hidden: true, 'aria-label': 'The selected part' });
    this.helpElement = help(() => { this.helpElement.hidden = true; });
    this.controls = make('div', { class: 'controls' });
    this.lanesSection = make('section', { class: 'timeline', 'aria-label': 'Timeline' }, this.toolbar(), this.minimapCanvas,
      this.scroller, legend(), this.turnElement, this.selectionElement);
    document.getElementById('loading')?.remove();
    document.body.append(make('div', { class: 'page' }, this.head, this.progress, this.lanesSection, this.sections),
      this.tooltipElement, this.helpElement);
    this.timeline = new Timeline(trace, this.scroller, this.canvas, this.spacer);
    this.minimap = new Minimap(this.timeline, this.minimapCanvas);
    this.timeline.onFrame = () => this.minimap.paint();
    this.tooltip = new Tooltip(trace, this.tooltipElement);
    this.turnPanel = new TurnPanel(trace, this.turnElement, (lane, turn) => this.chooseTurn(lane, turn, true), () => this.chooseNone());
    this.selectionPanel = new SelectionPanel(this.timeline, this.selectionElement, () => this.selectNone());
    this.input = new Input(this.timeline, {
      hover: (event, hit) => this.tooltip.show(event, hit),
      leave: () => this.tooltip.hide(),
      click: (hit) => this.click(hit),
      select: () => this.selectionPanel.show(),
    });
    this.searches = 0;
    this.hit = -1;
    bindKeys(this.keys());
  }

  toolbar() {
    const button = (text, label, action) => make('button', { type: 'button', 'aria-label': label, title: label, onclick: action }, text);
    this.searchInput.addEventListener('input', () => this.find(this.searchInput.value));
    this.searchInput.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.nextHit(event.shiftKey ? -1 : 1);
    });
    return make('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Timeline controls' },
      button('−', 'Zoom out (S)', () => this.timeline.view.zoom(2)), button('+', 'Zoom in (W)', () => this.timeline.view.zoom(0.5)),
      button('whole run', 'Show the whole run (0)', () => this.timeline.view.whole()),
      this.searchInput, button('◀', 'Previous hit', () => this.nextHit(-1)), button('▶', 'Next hit (Enter)', () => this.nextHit(1)),
      this.searchResult, this.controls,
      button('◐', 'Light or dark', () => {
        switchTheme();
        this.timeline.themeChanged();
      }), button('?', 'Help (?)', () => { this.helpElement.hidden = !this.helpElement.hidden; }));
  }

  keys() {
    const { view } = this.timeline;
    const moving = (action) => () => {
      view.follow = false;
      action();
    };
    const zoomIn = moving(() => view.zoom(1 / 1.5, this.pointerShare()));
    const zoomOut = moving(() => view.zoom(1.5, this.pointerShare()));
    const left = moving(() => view.pan(-0.15));
    const right = moving(() => view.pan(0.15));
    return {
      w: zoomIn, s: zoomOut, a: left, d: right, ArrowLeft: left, ArrowRight: right,
      '+': zoomIn, '=': zoomIn, '-': zoomOut,
      ArrowUp: () => { this.scroller.scrollTop -= 60; }, ArrowDown: () => { this.scroller.scrollTop += 60; },
      f: moving(() => this.fit()), 0: moving(() => view.whole()), Home: moving(() => view.set(0, view.length)),
      End: moving(() => view.set(view.limit - view.length, view.limit)),
      '/': () => this.searchInput.focus(), '?': () => { this.helpElement.hidden = !this.helpElement.hidden; },
      Escape: () => this.escape(), n: () => this.nextHit(1), p: () => this.nextHit(-1),
      '.': () => this.step(1), ',': () => this.step(-1), ']': () => this.stepGil(1), '[': () => this.stepGil(-1),
    };
  }
  // Keys zoom where the pointer is, as the wheel does.
  pointerShare() { return this.input.pointerShare ?? 0.5; }

  // New records have been appended, and are settled.
  update() {
    this.timeline.dataChanged();
    if (this.timeline.selection) this.selectionPanel.show();
  }

  // The numbers of the whole run, as --json has them, and the facts beside them.
  setReport(report, facts) {
    this.report = report;
    document.title = `${facts.command || 'a run'} - gilscope`;
    replaceChildren(this.head, head(report, facts), report.probe.verified || report.gils.length > 0 ? cards(report) : null);
    const goThread = (index) => {
      const row = this.timeline.rows.find((one) => one.kind === 'lane' && one.thread.index === index);
      if (row) this.timeline.reveal(row);
      this.scroller.focus();
    };
    this.histograms = make('div', { class: 'histograms' });
    replaceChildren(this.sections, processesSection(report), threadsSection(report, goThread), matrixSection(report),
      ...listSections(report, (...at) => this.goTo(...at)),
      section('lengths', 'How long waits and holds are', 'Every turn counts once; both axes begin at nothing, that of time is logarithmic.', this.histograms),
      gilsSection(report), proofSection(report, facts));
    this.lanesSection.hidden = report.gils.length === 0 && this.trace.turns === 0 && !this.isLive;
  }
  async countHistograms() {
    const waits = await inSlices(countLengths(this.trace, (lane, i) => lane.wait(i), (lane, i) => lane.wait(i) > 0));
    const holds = await inSlices(countLengths(this.trace, (lane, i) => lane.hold(i), () => true));
    replaceChildren(this.histograms, histogramFigure('Waits', waits, 'wait'), histogramFigure('Holds', holds, 'hold'));
  }

  // A moment of the report on a thread's lane; `part` of the turn that begins or goes on then.
  goTo(index, gil, ns, part) {
    const lane = this.trace.thread(index).lanes.find((one) => one.gil.id === gil);
    if (!lane) return;
    const at = this.trace.ticks(ns);
    let turn = lane.taken(at);
    if (part === 'hold' || turn === lane.count) turn = Math.max(turn - 1, 0);
    // The report's moment is rounded to a nanosecond: the turn whose want or request is nearest.
    const distance = (i) => (i < 0 || i >= lane.count ? Infinity
      : Math.abs((part === 'wait' ? lane.want(i) : lane.requestOf(i)?.at ?? Infinity) - at));
    turn = [turn - 1, turn, turn + 1].reduce((best, i) => (distance(i) < distance(best) ? i : best), turn);
    this.chooseTurn(lane, turn, true);
    this.lanesSection.scrollIntoView({ block: 'start' });
  }

  click(hit) {
    if (hit?.lane && hit.turn >= 0) this.chooseTurn(hit.lane, hit.turn);
    else this.chooseNone();
  }
  chooseTurn(lane, turn, shows = false) {
    const { timeline } = this;
    timeline.chosen = { lane, turn };
    if (shows) {
      timeline.view.follow = false;
      const [begin, end] = [lane.want(turn), lane.drop(turn)];
      const { view } = timeline;
      if (end - begin < view.length / 200 || end - begin > view.length || begin < view.begin || end > view.end) {
        view.fit(begin, end, 0.8);
      }
      const row = timeline.rowOfLane.get(lane);
      if (row) timeline.reveal(row);
    }
    this.turnPanel.show(lane, turn);
    timeline.changed();
  }
  chooseNone() {
    this.timeline.chosen = null;
    this.turnPanel.hide();
    this.timeline.changed();
  }
  step(by) {
    const { chosen, view, rows } = this.timeline;
    if (!chosen) {
      // Whoever has no mouse begins with the first turn that is shown.
      const row = rows.find((one) => one.lane && one.lane.taken(view.begin) < one.lane.taken(view.end));
      if (row) this.chooseTurn(row.lane, row.lane.taken(view.begin), true);
      return;
    }
    const turn = chosen.turn + by;
    if (turn >= 0 && turn < chosen.lane.count) this.chooseTurn(chosen.lane, turn, true);
  }
  stepGil(by) {
    const chosen = this.timeline.chosen;
    if (!chosen) return;
    const { gil } = chosen.lane;
    const n = gil.positionOf(chosen.lane, chosen.turn) + by;
    if (n >= 0 && n < gil.count) this.chooseTurn(gil.laneOf(n), gil.turn[n], true);
  }

  select(begin, end) {
    this.timeline.selection = { begin, end };
    this.selectionPanel.show();
    this.timeline.changed();
  }
  selectNone() {
    this.timeline.selection = null;
    this.selectionPanel.hide();
    this.timeline.changed();
  }
  fit() {
    const { selection, chosen, view } = this.timeline;
    if (selection) view.fit(selection.begin, selection.end, 0);
    else if (chosen) view.fit(chosen.lane.want(chosen.turn), chosen.lane.drop(chosen.turn), 0.3);
  }
  escape() {
    if (!this.helpElement.hidden) this.helpElement.hidden = true;
    else if (document.activeElement === this.searchInput) {
      this.searchInput.blur();
      this.scroller.focus();
    } else if (this.timeline.selection) this.selectNone();
    else if (this.timeline.chosen) this.chooseNone();
    else this.find(this.searchInput.value = '');
  }

  async find(text) {
    const mine = ++this.searches;
    this.searchResult.textContent = text === '' ? '' : 'searching …';
    const found = await inSlices(search(this.timeline, text), () => this.searches === mine);
    if (found === undefined || this.searches !== mine) return;
    this.timeline.hits = found.hits;
    this.hit = -1;
    const more = found.left > 0 ? ` and ${groups(found.left)} more` : '';
    this.searchResult.textContent = text.trim() === '' ? '' : found.hits.length === 0 ? 'nothing found' : `${groups(found.hits.length)} found${more}`;
    this.timeline.changed();
  }
  nextHit(by) {
    const { hits } = this.timeline;
    if (hits.length === 0) return;
    if (this.hit < 0) {
      // The first one that is not left of what is shown.
      const first = hits.findIndex((hit) => hit.at >= this.timeline.view.begin);
      this.hit = by > 0 ? Math.max(first, 0) : (first <= 0 ? hits.length : first) - 1;
    } else this.hit = (this.hit + by + hits.length) % hits.length;
    const hit = hits[this.hit];
    this.searchResult.textContent = `${groups(this.hit + 1)} of ${groups(hits.length)}`;
    this.timeline.reveal(hit.row);
    if (hit.lane && !hit.isThread) this.chooseTurn(hit.lane, hit.turn, true);
    else if (hit.begin !== undefined) this.timeline.view.fit(hit.begin, hit.end, 0.5);
    else this.timeline.view.reveal(hit.at);
  }
}
