// Which moment of a run that goes on is at the right edge of the lanes: the present, or one behind it after a pause or in
// slow motion. Moments are in ticks. Not for what is drawn, nor for clocks: it is told how much time went by.

export class Playhead {
  constructor() {
    this.at = 0;
    this.now = 0;        // what is known ends here
    this.speed = 1;
    this.paused = false;
    this.isPresent = true;  // it goes with the present
    // Data come in steps: the present is followed at this distance at most, so that the lanes move evenly.
    this.mostLag = 0;
  }
  get behind() { return Math.max(this.now - this.at, 0); }

  setNow(now) {
    this.now = Math.max(this.now, now);
  }
  // So many ticks went by on the viewer's clock.
  advance(ticks) {
    if (this.paused) return;
    this.at = Math.min(this.at + ticks * this.speed, this.now);
    if (this.isPresent && this.behind > this.mostLag) this.at = this.now - this.mostLag / 2;
  }

  pause() {
    this.paused = true;
    this.isPresent = false;
  }
  // Goes on from where it stands.
  resume() {
    this.paused = false;
  }
  setSpeed(speed) {
    this.speed = speed;
    this.isPresent = false;
  }
  toPresent() {
    this.paused = false;
    this.speed = 1;
    this.isPresent = true;
    this.at = this.now;
  }
}
