// The page of a run that goes on: the lanes follow the present, or a moment behind it, and the numbers come along. When
// the run has ended, the page becomes its full report.
import { decode } from './report.js';
import { bindKeys } from './input.js';
import { cards, head } from './tables.js';
import { groups } from './format.js';
import { inSlices } from './work.js';
import { LiveControls } from './live_controls.js';
import { LiveFeed } from './live_feed.js';
import { make, replaceChildren } from './dom.js';
import { Page, starts } from './page.js';
import { Playhead } from './playhead.js';
import { Trace } from './trace.js';

const kShownNs = 5e9;          // of the run, at first
const kFrameMs = 40;           // the run needs the cores more than its picture does
const kTablesMs = 2000;        // they are read, not watched
const kMostLagNs = 300e6;
const kMostCounted = 300_000;  // turns, for the histograms

class LivePage {
  constructor() {
    const trace = new Trace();
    const page = this.page = window.gilscopePage = new Page(trace);
    page.isLive = true;
    page.progress.textContent = 'waiting for the run …';
    this.note = make('p', { class: 'progress', role: 'status', hidden: true });
    page.lanesSection.before(this.note);
    this.playhead = new Playhead();
    this.controls = new LiveControls(this.playhead, page.timeline, (ticks) => trace.ns(ticks));
    page.controls.append(this.controls.element);
    bindKeys({ ' ': () => this.controls.pauseOrResume() });
    this.feed = new LiveFeed(trace, {
      numbers: (report, facts) => this.showNumbers(report, facts),
      end: (report) => { this.ended = report; },
      state: (text) => this.say(text),
      anew: () => this.forgetTurns(),
    });
    this.tablesAt = -Infinity;
    page.timeline.view.follow = true;
  }

  async run() {
    this.feed.open('/events');
    let last = performance.now();
    for (;;) {
      const now = await nextFrame();
      if (now - last < kFrameMs) continue;
      if (await inSlices(this.feed.take())) await this.takeIn();
      this.move(now - last);
      last = now;
      if (this.ended) return this.becomeReport();
    }
  }

  async takeIn() {
    const { page, feed } = this;
    await inSlices(page.trace.settle(false));
    page.timeline.unknown = feed.unknown;
    // The view is moved below: it would jump with the data.
    const { view } = page.timeline;
    const { follow } = view;
    view.follow = false;
    page.update();
    view.follow = follow;
    if (this.placed !== undefined) this.placed = view.length;
    this.playhead.setNow(page.trace.now);
    this.playhead.mostLag = page.trace.ticks(kMostLagNs);
    if (!page.isReady && page.trace.turns > 0) {
      page.isReady = true;
      this.span = page.trace.ticks(kShownNs);
      this.playhead.toPresent();
      page.progress.hidden = true;
    }
    if (feed.turnsUnknown > 0) {
      page.progress.hidden = false;
      page.progress.textContent = `${groups(feed.turnsUnknown)} turns are not shown while the run goes on: there are more than a browser takes. The report at the end has them all.`;
    }
  }

  move(ms) {
    const { playhead, page } = this;
    const { view } = page.timeline;
    playhead.advance(page.trace.ticks(ms * 1e6));
    if (view.follow && page.isReady) {
      // Whoever zooms while the lanes follow sees more or less of the run from then on.
      if (this.placed !== undefined && Math.abs(view.length - this.placed) > 1) this.span = view.length;
      view.set(Math.max(playhead.at - this.span, 0), playhead.at);
      this.placed = view.length;
    } else {
      this.placed = undefined;
      if (view.length > 1 && page.isReady) this.span = view.length;
    }
    this.controls.show();
  }

  showNumbers(report, facts) {
    const { page } = this;
    const now = performance.now();
    this.facts = facts;
    if (now - this.tablesAt < kTablesMs || page.sections.contains(document.activeElement) || page.sections.matches(':hover')) {
      if (page.report) replaceChildren(page.head, head(report, facts), cards(report));
      return;
    }
    this.tablesAt = now;
    page.setReport(report, facts);
    if (page.trace.turns <= kMostCounted) page.countHistograms();
    else replaceChildren(page.histograms, make('p', {}, 'They are counted when the run has ended.'));
  }

  say(text) {
    this.note.textContent = text;
    this.note.hidden = text === '';
  }
  forgetTurns() {
    this.page.timeline.hits = [];
    this.page.chooseNone();
  }

  async becomeReport() {
    const { page, feed } = this;
    this.say('The run has ended: fetching its report …');
    let text = null;
    try {
      const answer = await fetch('/report');
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      text = await answer.text();
    } catch (error) {
      this.say(`The run has ended, but its report could not be fetched (${error.message}). What has come until then stays here.`);
    }
    feed.close();
    this.controls.end();
    const whole = page.timeline.view.follow && this.playhead.isPresent;
    page.timeline.view.follow = false;
    if (text === null) {
      page.setReport(this.ended, this.facts ?? { ...feed.latest });
    } else {
      await this.take(text);
      this.say('');
    }
    page.isLive = false;
    document.body.dataset.mode = 'report';
    if (whole) page.timeline.view.whole();
    await page.countHistograms();
    page.isComplete = true;
  }

  // The report's own page has everything: its data replace all that came while the run went on.
  async take(text) {
    const { page, feed } = this;
    const report = new DOMParser().parseFromString(text, 'text/html');
    const json = (id) => JSON.parse(report.getElementById(id).textContent);
    const facts = json('facts');
    const numbers = json('report');
    const trace = new Trace();
    trace.setFacts(facts);
    for (const row of numbers.threads) trace.expect(row.index, row.gil, row.turns);
    page.progress.hidden = false;
    await inSlices(decode({ trace, progress: page.progress }, [...report.querySelectorAll('script.records')]));
    page.progress.hidden = true;
    const { chosen } = page.timeline;
    Object.assign(page.trace, trace);
    feed.unknown = page.timeline.unknown = [];
    page.timeline.hits = [];
    page.setReport(numbers, facts);
    page.update();
    page.chooseNone();
    const again = chosen && sameTurn(page.trace, chosen);
    if (again) page.chooseTurn(again.lane, again.turn);
    if (page.searchInput.value !== '') page.find(page.searchInput.value);
  }
}

function sameTurn(trace, { lane, turn }) {
  const same = trace.threads[lane.thread.index]?.lanes.find((one) => one.gil.id === lane.gil.id);
  const at = same ? same.taken(lane.take[turn]) - 1 : -1;
  return at >= 0 && same.sequence[at] === lane.sequence[turn] ? { lane: same, turn: at } : null;
}

// A page that is not seen gets no frames, and shall not fall behind.
function nextFrame() {
  return new Promise((resolve) => {
    const done = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      resolve(performance.now());
    };
    const frame = requestAnimationFrame(done);
    const timer = setTimeout(done, 500);
  });
}

starts.live = () => new LivePage().run();
