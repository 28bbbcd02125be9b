"""Measures how long the page of a run takes to open in headless Chromium, and to draw while one moves about in it.

    bench_page.py build/release/bin/write_page [--turns N ...] [--threads N]

Open: from the navigation until the lanes are drawn. Frames: what drawing takes, and how long one waits from one frame
to the next, while the view is moved at each frame for so many frames at each zoom.
"""
import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "page"))

from browser import Browser, find_browser  # noqa: E402

MOVE = """(async () => {
  const { timeline } = window.gilscopePage, { view } = timeline;
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const result = {};
  for (const [zoom, share] of [['whole', 1 / 1.2], ['a tenth', 0.1], ['a thousandth', 0.001]]) {
    view.set(view.limit * 0.02, view.limit * (0.02 + share));
    const paints = [], frames = [];
    await next();
    let last = performance.now();
    for (let i = 0; i < %d; ++i) {
      view.pan(i %% 40 < 20 ? 0.01 : -0.01);
      await next();
      const now = performance.now();
      frames.push(now - last);
      paints.push(timeline.lastFrameMs);
      last = now;
    }
    const at = (list, share) => list.sort((a, b) => a - b)[Math.floor((list.length - 1) * share)];
    result[zoom] = [at(paints, 0.5), at(paints, 0.95), at(frames, 0.5), at(frames, 0.95)];
  }
  return result;
})()"""


def measure(page: Path, frames: int) -> None:
    with Browser() as browser:
        started = time.monotonic()
        browser.open(page)
        browser.wait_for("window.gilscopePage && window.gilscopePage.isReady")
        browser.settle()
        opened = time.monotonic() - started
        browser.wait_for("window.gilscopePage.isComplete")
        complete = time.monotonic() - started
        print(f"  open {opened:.2f} s, histograms {complete:.2f} s", flush=True)
        for zoom, (paint, paint95, frame, frame95) in browser.run(MOVE % frames).items():
            print(f"  {zoom:13} drawing {paint:5.1f} ms (p95 {paint95:5.1f}), frame to frame {frame:5.1f} ms (p95 {frame95:5.1f})")
        if browser.errors:
            sys.exit("\n".join(browser.errors))


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a page takes to open, and to draw.")
    parser.add_argument("write_page", help="the program that writes a page of a generated run")
    parser.add_argument("--turns", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--frames", type=int, default=120)
    options = parser.parse_args()
    if find_browser() is None:
        sys.exit("bench_page.py: no Chromium is installed (scripts/setup.sh installs it)")
    with tempfile.TemporaryDirectory() as folder:
        for turns in options.turns:
            page = Path(folder) / "page.html"
            started = time.monotonic()
            subprocess.run([options.write_page, str(turns), str(options.threads), str(page)], check=True)
            size = page.stat().st_size
            print(f"{turns:,} turns, {options.threads} threads: {size / 1e6:.1f} MB, {size / turns:.1f} bytes a turn, "
                  f"written in {time.monotonic() - started:.1f} s", flush=True)
            measure(page, options.frames)


if __name__ == "__main__":
    main()
