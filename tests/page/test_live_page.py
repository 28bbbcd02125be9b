"""The live page in a real browser: lanes that move while the run goes on, and the full report when it has ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from browser import Browser, find_browser
from page_case import HAS_GIL

GILSCOPE = os.environ.get("GILSCOPE", "")
PATIENCE_S = 300.0

# Two threads that fight for the GIL, until a line comes on standard input.
FIGHT = """
import sys, threading
done = threading.Event()
def work():
    while not done.is_set():
        sum(range(1000))
workers = [threading.Thread(target=work, name=f"worker-{i}") for i in (1, 2)]
for worker in workers: worker.start()
sys.stdin.readline()
done.set()
for worker in workers: worker.join()
"""
# One call that keeps the GIL until a byte comes: read() of a ctypes.PyDLL does not let go of it.
HOLD = """
import ctypes
print("holding", flush=True)
ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(1), 1)
"""
JS = "window.gilscopePage"


class LiveRun:
    """A run with a live page, which it serves until finish(): however long a browser takes to fetch the report."""

    def __init__(self, script: str, *options: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="gilscope-live-")
        self.json_file = Path(self.folder.name) / "run.json"
        self.process = subprocess.Popen(
            [GILSCOPE, "run", "--live=web", "--stay", "--json", str(self.json_file), *options, "-c", script], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stderr.readline()
        assert line.startswith("gilscope: live at http://127.0.0.1:"), line
        self.address = line.split()[-1]
        self.origin = self.address.split("/?")[0]

    def tell_to_end(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        """To be called when the browser has the report."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, (out, err)
        return json.loads(self.json_file.read_text())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()


@unittest.skipUnless(HAS_GIL, "without a GIL there are no turns to draw")
@unittest.skipIf(find_browser() is None, "there is no Chromium: apt-get install chromium")
class LivePage(unittest.TestCase):
    def start(self, script: str, *options: str) -> tuple[LiveRun, Browser]:
        run = LiveRun(script, *options)
        self.addCleanup(run.close)
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(run.address)
        return run, browser

    def wait_for_lanes(self, browser: Browser, turns: int = 1) -> None:
        browser.wait_for(f"{JS} && {JS}.isReady && {JS}.trace.turns >= {turns}")

    def assert_quiet(self, browser: Browser, run: LiveRun) -> None:
        """No error, no violation of the policy, and nothing asked of anybody but the run's own server."""
        self.assertEqual(browser.errors, [])
        self.assertEqual([url for url in browser.requests if not url.startswith((run.origin + "/", "data:"))], [])

    def lane_pixels(self, browser: Browser) -> list[int]:
        """The colours in the middle of the first GIL's lane, packed, from left to right."""
        return browser.run(f"""(() => {{
            const timeline = {JS}.timeline;
            timeline.paint();
            const row = timeline.rows.find((one) => one.kind === 'gil');
            const y = Math.round((timeline.yOf(row) + row.height * 0.9) * timeline.ratio);
            const x = Math.ceil(timeline.labels * timeline.ratio) + 2;
            const data = timeline.context.getImageData(x, y, timeline.canvas.width - x, 1).data;
            const colours = [];
            for (let i = 0; i < data.length; i += 4) colours.push(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
            return colours;
        }})()""")

    def test_follows_the_run_and_becomes_its_report(self) -> None:
        run, browser = self.start(FIGHT)
        self.wait_for_lanes(browser, 30)
        self.assertNotIn("token", browser.run("location.href"))
        self.assertEqual(browser.run("document.querySelector('.live-state').textContent"), "● live")
        self.assertIn("it goes on", browser.run("document.querySelector('.about').textContent"))
        before = self.lane_pixels(browser)
        self.assertGreater(len(set(before)), 1, "the GIL's lane has the colours of its holders")
        end = browser.run(f"{JS}.timeline.view.end")
        browser.wait_for(f"{JS}.timeline.view.end > {end} * 1.3")
        self.assertNotEqual(self.lane_pixels(browser), before)
        run.tell_to_end()
        browser.wait_for(f"{JS}.isComplete")
        report = run.finish()
        self.assert_quiet(browser, run)
        self.assert_is_report(browser, report)

    def assert_is_report(self, browser: Browser, report: dict[str, Any]) -> None:
        self.assertEqual(browser.run(f"{JS}.report"), report)
        ended = sum(gil["turns"] - gil.get("open_turns", 0) for gil in report["gils"])
        self.assertLessEqual(abs(browser.run(f"{JS}.trace.turns") - ended), len(report["gils"]))
        self.assertEqual(browser.run("document.body.dataset.mode"), "report")
        self.assertFalse(browser.run("document.querySelector('.live-controls').checkVisibility()"))
        # The lanes add up to what the report says of each thread.
        for row in report["threads"]:
            sums = browser.run(f"""(() => {{
                const trace = {JS}.trace;
                const lane = trace.thread({row['index']}).lanes.find((one) => one.gil.id === {row['gil']});
                return [lane.count, trace.ns(lane.holdSum[lane.count]), trace.ns(lane.waitSum[lane.count])];
            }})()""")
            self.assertEqual(sums[0], row["turns"])
            self.assertLessEqual(abs(sums[1] - row["hold_ns"]), 1)
            self.assertLessEqual(abs(sums[2] - row["wait_ns"]), 1)

    def test_a_hold_is_drawn_while_it_goes_on(self) -> None:
        run, browser = self.start(HOLD)
        self.assertEqual(run.process.stdout.readline(), "holding\n")
        self.wait_for_lanes(browser)
        # Once what was before has come, nothing is recorded, but the lane grows: its right is the holder's colour.
        view = f"{JS}.timeline.view"
        turns = -1
        while turns != (turns := browser.run(f"{JS}.trace.turns")):
            limit = browser.run(f"{view}.limit")
            browser.wait_for(f"{view}.limit > {limit} + {JS}.trace.ticks(2e9)")
            browser.wait_for(f"{view}.begin * 0.25 + {view}.end * 0.75 > {limit}")
        colours = self.lane_pixels(browser)
        right = colours[len(colours) * 3 // 4:-4]
        self.assertEqual(len(set(right)), 1)
        idle = browser.run("parseInt(getComputedStyle(document.documentElement).getPropertyValue('--lane').trim().slice(1), 16)")
        self.assertNotEqual(right[0], idle)
        run.tell_to_end()
        browser.wait_for(f"{JS}.isComplete")
        self.assert_is_report(browser, run.finish())
        self.assert_quiet(browser, run)

    def test_pause_slow_motion_and_present(self) -> None:
        run, browser = self.start(FIGHT)
        self.wait_for_lanes(browser, 20)
        browser.key(" ")
        browser.wait_for("document.querySelector('.pause').textContent.includes('resume')")
        view = f"[{JS}.timeline.view.begin, {JS}.timeline.view.end]"
        shown = browser.run(view)
        turns = browser.run(f"{JS}.trace.turns")
        browser.wait_for(f"{JS}.trace.turns > {turns} + 20")  # the run goes on
        self.assertEqual(browser.run(view), shown)            # the picture does not
        browser.wait_for("/\\d s behind/.test(document.querySelector('.live-state').textContent)")
        browser.run("(() => { const s = document.querySelector('.live-controls select'); s.value = String(1 / 100);"
                    " s.dispatchEvent(new Event('change')); document.querySelector('.pause').click(); })()")
        browser.wait_for(f"{JS}.timeline.view.end > {shown[1]}")
        slow = browser.run(f"({JS}.timeline.view.end - {shown[1]}) / ({JS}.trace.now - {shown[1]})")
        self.assertLess(slow, 1)
        browser.run("document.querySelector('.present').click()")
        browser.wait_for("document.querySelector('.live-state').textContent === '● live'")
        # Looking elsewhere stops the following, and the end of the run does not take one away from there.
        browser.run(f"{JS}.scroller.focus()")
        browser.key("Home")
        browser.key("w")
        shown = browser.run(view)
        run.tell_to_end()
        browser.wait_for(f"{JS}.isComplete")
        self.assertEqual(browser.run(view), shown)
        self.assert_is_report(browser, run.finish())
        self.assert_quiet(browser, run)

    def test_a_page_that_is_loaded_again_has_all(self) -> None:
        run, browser = self.start(FIGHT)
        self.wait_for_lanes(browser, 30)
        first = browser.run(f"{JS}.trace.threads.find(Boolean).lanes[0].take[0]")
        browser.run(f"{JS}.old = true")
        browser.open(run.origin + "/")
        browser.wait_for(f"{JS} && !{JS}.old")
        self.wait_for_lanes(browser, 30)
        self.assertEqual(browser.run(f"{JS}.trace.threads.find(Boolean).lanes[0].take[0]"), first)
        run.tell_to_end()
        browser.wait_for(f"{JS}.isComplete")
        self.assert_is_report(browser, run.finish())

    def test_a_run_that_dies_leaves_its_lanes(self) -> None:
        run, browser = self.start(FIGHT)
        self.wait_for_lanes(browser, 30)
        turns = browser.run(f"{JS}.trace.turns")
        run.process.kill()
        until = time.monotonic() + PATIENCE_S  # the browser's own log has an error then
        while "connection is lost" not in browser.run("document.body.textContent"):
            self.assertLess(time.monotonic(), until, "the page does not say that the connection is lost")
            time.sleep(0.02)
        self.assertGreaterEqual(browser.run(f"{JS}.trace.turns"), turns)
        self.assertGreater(len(set(self.lane_pixels(browser))), 1)

    def test_names_are_text(self) -> None:
        name = "</script><img src=x onerror=alert(1)>\u2028'\""
        run, browser = self.start(FIGHT + f"\nimport gilscope\ngilscope.mark({name!r})\n"
                                  f"threading.current_thread().name = {name!r}\nsys.stdin.readline()\n")
        self.wait_for_lanes(browser, 5)
        run.tell_to_end()
        browser.wait_for(f"{JS}.trace.names.length > 1")
        run.tell_to_end()
        browser.wait_for(f"{JS}.isComplete")
        self.assertEqual(browser.run("document.querySelectorAll('img').length"), 0)
        self.assertIn(name, browser.run(f"{JS}.trace.names"))
        self.assert_is_report(browser, run.finish())
        self.assert_quiet(browser, run)


if __name__ == "__main__":
    unittest.main()
