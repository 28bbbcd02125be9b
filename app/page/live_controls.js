// Pause, speed, and the way back to the present, for lanes that move. Not for where they are: playhead.js.
import { make } from './dom.js';

const kSpeeds = [[1, '1×'], [1 / 4, '1/4'], [1 / 10, '1/10'], [1 / 100, '1/100'], [1 / 1000, '1/1000'], [1 / 10000, '1/10000']];

export class LiveControls {
  constructor(playhead, timeline, nsOf) {
    this.playhead = playhead;
    this.timeline = timeline;
    this.nsOf = nsOf;
    this.state = make('span', { class: 'live-state', role: 'status', 'aria-live': 'off' });
    this.pauseButton = make('button', { type: 'button', class: 'pause', title: 'Pause, resume (Space)', onclick: () => this.pauseOrResume() });
    this.speed = make('select', { 'aria-label': 'Speed of the lanes', title: 'Speed of the lanes: the run goes on as it does', onchange: () => this.changeSpeed() },
      ...kSpeeds.map(([value, text]) => make('option', { value }, text)));
    this.presentButton = make('button', { type: 'button', class: 'present', title: 'Follow the run again', onclick: () => this.toPresent() }, 'now ▸');
    this.element = make('span', { class: 'live-controls' }, this.state, this.pauseButton, this.speed, this.presentButton);
    this.isOver = false;
    this.show();
  }

  pauseOrResume() {
    if (this.playhead.paused || !this.timeline.view.follow) {
      // From what is on the screen.
      if (!this.timeline.view.follow) this.playhead.at = Math.min(this.timeline.view.end, this.playhead.now);
      this.playhead.resume();
      this.timeline.view.follow = true;
    } else {
      this.playhead.pause();
    }
    this.show();
  }
  changeSpeed() {
    this.playhead.setSpeed(Number(this.speed.value));
    this.timeline.view.follow = true;
    this.show();
  }
  toPresent() {
    this.playhead.toPresent();
    this.speed.value = '1';
    this.timeline.view.follow = true;
    this.show();
  }

  // The run has ended: what is left is to move about in its report.
  end() {
    this.isOver = true;
    this.element.hidden = true;
  }

  show() {
    const { playhead } = this;
    const { follow } = this.timeline.view;
    const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    set(this.pauseButton, playhead.paused || !follow ? '▶ resume' : '❚❚ pause');
    const behind = this.nsOf(playhead.behind);
    const isPresent = follow && playhead.isPresent;
    // One digit is as much as can be read while it changes.
    set(this.state, isPresent ? '● live' : `${(behind / 1e9).toFixed(1)} s behind`);
    this.state.classList.toggle('is-live', isPresent);
    this.presentButton.disabled = isPresent;
  }
}
