"""The page of a run, in a real browser: what is drawn, what keys and mouse do, and that its numbers are the report's."""

from __future__ import annotations

import json
import re
import unittest
from typing import Any, Callable

from browser import BrowserError
from page_case import PageCase, main, needs_browser
from pixels import Pixels, colour_of

# Each tick sleeps until `computing` has held the GIL since: it lets go of it only on request, so there is a wait before each,
# however busy the machine is.
TWO_THREADS = """
    import threading, time
    begun, steps, ticked = threading.Event(), 0, False
    def compute():
        global steps
        begun.set()
        while not ticked:
            sum(range(2000))
            steps += 1
    def ticks():
        global ticked
        begun.wait()
        for _ in range(40):
            before = steps
            while steps == before:
                time.sleep(0.002)
        ticked = True
    threads = [threading.Thread(target=compute, name="computing"), threading.Thread(target=ticks, name="ticking")]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""

EVERYTHING = """
    import gc, threading, time, gilscope
    from gilscope import kernels
    def work():
        with gilscope.region("outer"):
            for i in range(5):
                with gilscope.region(f"inner {i}"):
                    gilscope.mark("step")
                    kernels.countdown(2_000_000, num_threads=2)
                    kernels.countdown(2_000_000, release_gil=False, num_threads=1)
    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    gc.collect()
"""

# Names of all kinds. The page's own text must stay what it is.
EVIL = "</script><img src=x onerror=alert(1)>\u2028\u202e\"'&"


@needs_browser
class ReportPage(PageCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.reports = {"two": cls.record("two", TWO_THREADS), "all": cls.record("all", EVERYTHING)}

    def same_numbers(self, report: dict[str, Any], numbers: dict[str, Any]) -> None:
        """What the page has worked out of the turns is what the report says."""
        names = {"held": "held_ns", "contended": "contended_ns", "handOvers": "hand_overs", "turns": "turns",
                 "gave": "gave", "asked": "asked", "hold": "hold_ns", "wait": "wait_ns", "outside": "outside_ns",
                 "life": "life_ns"}
        expected = {"gils": {str(gil["id"]): gil for gil in report["gils"]},
                    "threads": {f"{row['index']} {row['gil']}": row for row in report["threads"]}}
        for kind, rows in numbers.items():
            self.assertEqual(set(expected[kind]), set(rows))
            for key, row in rows.items():
                for name, number in row.items():
                    self.assertEqual(expected[kind][key][names[name]], number, (kind, key, name))

    SELECTED = """
        const numbers = page.selectionPanel.numbers;
        const pick = (row, keys) => Object.fromEntries(keys.map((key) => [key, row[key]]));
        return {
          gils: Object.fromEntries(numbers.gils.map((gil) => [gil.gil.id,
            pick(gil, ['held', 'contended', 'handOvers', 'turns', 'gave', 'asked'])])),
          threads: Object.fromEntries(numbers.gils.flatMap((gil) => gil.lanes.map((row) =>
            [`${row.lane.thread.index} ${gil.gil.id}`, pick(row, ['turns', 'gave', 'asked', 'hold', 'wait', 'outside', 'life'])]))),
        };
    """

    def test_numbers_of_the_whole_run_are_the_reports(self) -> None:
        for name, report in self.reports.items():
            with self.subTest(name):
                self.open(name)
                self.assertEqual(report, self.ask("return page.report"))
                self.ask("page.select(0, trace.now)")
                self.same_numbers(report, self.ask(self.SELECTED))

    def test_parts_add_up_to_the_whole(self) -> None:
        self.open("two")
        sums = self.ask("""
            const edges = [0, 0.1, 0.11, 0.5, 0.7001, 1].map((share) => Math.round(share * trace.now));
            const total = { hold: 0, wait: 0, turns: 0, handOvers: 0, contended: 0 };
            for (let i = 0; i + 1 < edges.length; ++i) {
              page.select(i === 0 ? 0 : edges[i], edges[i + 1]);
              const [gil] = page.selectionPanel.numbers.gils;
              total.turns += gil.turns; total.handOvers += gil.handOvers; total.contended += gil.contended;
              for (const lane of gil.lanes) { total.hold += lane.hold; total.wait += lane.wait; }
            }
            return total;""")
        report = self.reports["two"]
        gil = report["gils"][0]
        self.assertEqual((gil["turns"], gil["hand_overs"]), (sums["turns"], sums["handOvers"]))
        parts = 5 * (1 + len(report["threads"]))  # each is rounded to a nanosecond
        self.assertAlmostEqual(gil["held_ns"], sums["hold"], delta=parts)
        self.assertAlmostEqual(sum(row["wait_ns"] for row in report["threads"]), sums["wait"], delta=parts)
        self.assertAlmostEqual(gil["contended_ns"], sums["contended"], delta=parts)

    def test_matrix_of_the_whole_run_is_the_reports(self) -> None:
        for name, report in self.reports.items():
            with self.subTest(name):
                self.open(name)
                self.ask("page.select(0, trace.now)")
                self.browser.wait_for("gilscopePage.selectionPanel.numbers.gils[0].gil.matrix")
                rows = self.ask("return page.selectionPanel.numbers.gils[0].gil.matrix")
                expected = [{key: value for key, value in row.items() if key != "gil"} for row in report["waited_for"]]
                self.assertEqual(expected, sorted(rows, key=lambda row: row["waiter"]))

    def test_every_number_of_the_report_is_shown(self) -> None:
        self.open("all")
        ids = self.ask("return [...document.querySelectorAll('main section')].map((one) => one.id)")
        for key in ("threads", "blockers", "giving", "kernels", "regions", "marks", "collections", "gils", "proof"):
            self.assertIn(key, ids)
        report = self.reports["all"]
        gil = report["gils"][0]
        titles = self.ask("return [...document.querySelectorAll('[title]')].map((one) => one.title).join('\\n')")
        for number in (gil["held_ns"], gil["contended_ns"], *(row["hold_ns"] for row in report["threads"]),
                       *(row["tiles_ns"] for row in report["kernels"]), *(row["wall_ns"] for row in report["regions"])):
            self.assertIn(f"{number:,} ns", titles)
        self.assertIn(f"{gil['turns']:,}", self.text(".cards"))
        self.assertIn("verified on CPython", self.text(".proof"))

    def pixels(self) -> Pixels:
        return Pixels(self.browser.picture())

    def test_a_hold_and_a_wait_are_drawn(self) -> None:
        self.open("two")
        for width, height in ((1280, 720), (1920, 1080)):
            self.browser.resize(width, height)
            self.browser.settle()
            longest = self.ask("""
                document.querySelector('.lanes').scrollIntoView({ block: 'center' });
                const find = (length) => {
                  let best = null;
                  for (const row of timeline.rows) for (let i = 0; row.lane && i < row.lane.recorded; ++i) {
                    if (!best || length(row.lane, i) > length(best.row.lane, best.turn)) best = { row, turn: i };
                  }
                  return best;
                };
                const show = async ({ row, turn }, from, to) => {
                  view.fit(from, to, 1);
                  timeline.reveal(row);
                  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                  return { ...pointOf(row, from), right: pointOf(row, to).x, height: row.height, colour: timeline.theme.threads[row.thread.colour] };
                };
                const hold = find((lane, i) => lane.hold(i));
                window.nextOne = async () => {
                  const wait = find((lane, i) => lane.wait(i));
                  const { lane } = wait.row;
                  return { ...await show(wait, lane.want(wait.turn), lane.take[wait.turn]), stripes: [timeline.theme.wait, timeline.theme['wait-line']] };
                };
                return show(hold, hold.row.lane.take[hold.turn], hold.row.lane.drop(hold.turn));""")
            box = (longest["x"] + 2, longest["y"] + longest["height"] - 8, longest["right"] - longest["x"] - 30, 6)
            self.assertGreater(self.pixels().share(colour_of(longest["colour"]), *box), 0.9)  # drop requests may cross it
            wait = self.ask("return window.nextOne()")
            seen = self.pixels().colours(wait["x"] + 4, wait["y"] + wait["height"] - 10, wait["right"] - wait["x"] - 8, 8)
            for colour in wait["stripes"]:
                self.assertIn(colour_of(colour), seen)
        self.browser.resize(1280, 720)

    def test_zoomed_out_lanes_show_exact_shares(self) -> None:
        """A column that a thread held for a part of the time is filled as high as that part, whatever the zoom."""
        self.open("two")
        shares = self.ask("""
            const row = timeline.rows.find((one) => one.kind === 'lane' && one.thread.name === 'computing');
            view.whole();
            const frame = timeline.frame();
            const canvas = new OffscreenCanvas(frame.columns, 100);
            const context = canvas.getContext('2d');
            timeline.painter.lane(context, row.lane, frame, 0, 0, frame.columns, 100);
            const { data } = context.getImageData(0, 0, frame.columns, 100);
            const pixels = new Uint32Array(data.buffer);
            const { colour } = row.thread;
            const from = { hint: 0 }, to = { hint: 0 };
            let worst = 0;
            for (let column = 0; column < frame.columns; ++column) {
              row.lane.sumBefore(frame.moment(column), from);
              row.lane.sumBefore(frame.moment(column + 1), to);
              const share = (to.hold - from.hold) / (frame.moment(column + 1) - frame.moment(column));
              let filled = 0;
              for (let y = 0; y < 100; ++y) filled += pixels[y * frame.columns + column] === timeline.theme.threadPixels[colour];
              worst = Math.max(worst, Math.abs(filled / 100 - share));
            }
            return worst;""")
        self.assertLessEqual(shares, 0.0151)  # a pixel, and something is seen of what is less

    def visible(self) -> tuple[float, float]:
        begin, end = self.ask("return [view.begin, view.end]")
        return begin, end

    def test_keys(self) -> None:
        self.open("two")
        whole = self.visible()
        self.browser.key("w")
        near = self.visible()
        self.assertLess(near[1] - near[0], whole[1] - whole[0])
        self.browser.key("d")
        self.assertGreater(self.visible()[0], near[0])
        self.browser.key("a")
        self.browser.key("a")
        self.assertLess(self.visible()[0], near[0])
        self.browser.key("s")
        self.browser.key("s")
        self.assertEqual(whole, self.visible())
        self.ask("page.select(trace.now * 0.25, trace.now * 0.5)")
        self.browser.key("f")
        self.assertAlmostEqual(0.25, self.ask("return view.begin / trace.now"))
        self.assertAlmostEqual(0.5, self.ask("return view.end / trace.now"))
        self.browser.key("Escape")
        self.assertIsNone(self.ask("return timeline.selection"))
        self.browser.key("0")
        self.assertEqual(whole, self.visible())
        self.browser.key("?")
        self.assertIn("zoom in and out", self.text(".help"))
        self.browser.key("Escape")
        self.assertTrue(self.ask("return document.querySelector('.help').hidden"))

    def centre(self) -> tuple[float, float]:
        x, y = self.ask("""document.querySelector('.lanes').scrollIntoView({ block: 'center' });
            return [box().left + (timeline.labels + timeline.width) / 2, box().top + timeline.height / 2]""")
        return x, y

    def test_mouse(self) -> None:
        self.open("two")
        whole = self.visible()
        x, y = self.centre()
        under = "return timeline.momentOf(%f - box().left)" % x
        before = self.ask(under)
        self.browser.mouse("Wheel", x, y, deltaX=0, deltaY=-300)
        self.browser.settle()
        near = self.visible()
        self.assertLess(near[1] - near[0], whole[1] - whole[0])
        self.assertAlmostEqual(before, self.ask(under), delta=1)
        self.browser.drag((x, y), (x - 100, y))
        self.browser.settle()
        self.assertGreater(self.visible()[0], near[0])
        self.browser.drag((x - 150, y), (x + 50, y), modifiers=8)  # with Shift
        selection = self.ask("return timeline.selection")
        self.assertLess(selection["begin"], selection["end"])
        self.assertIn("Selected", self.text(".panel:not([hidden])"))

    def test_touch(self) -> None:
        self.open("two")
        self.browser.send("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
        x, y = self.centre()
        whole = self.visible()
        self.browser.touch("Start", [(x - 50, y), (x + 50, y)])
        self.browser.touch("Move", [(x - 120, y), (x + 120, y)])
        self.browser.touch("Move", [(x - 200, y), (x + 200, y)])
        self.browser.touch("End", [])
        near = self.visible()
        self.assertAlmostEqual(0.25, (near[1] - near[0]) / (whole[1] - whole[0]), delta=0.01)
        self.browser.touch("Start", [(x, y)])
        self.browser.touch("Move", [(x - 60, y)])
        self.browser.touch("Move", [(x - 120, y)])
        self.browser.touch("End", [])
        self.assertGreater(self.visible()[0], near[0])
        self.browser.send("Emulation.setTouchEmulationEnabled", enabled=False)

    def test_a_turn_that_is_clicked(self) -> None:
        self.open("two")
        point = self.ask("""
            const row = timeline.rows.find((one) => one.lane && one.thread.name === 'ticking');
            let turn = 0;
            for (let i = 0; i < row.lane.recorded; ++i) if (row.lane.wait(i) > row.lane.wait(turn)) turn = i;
            view.fit(row.lane.want(turn), row.lane.drop(turn), 0.5);
            document.querySelector('.lanes').scrollIntoView({ block: 'center' });
            timeline.reveal(row);
            await new Promise((done) => requestAnimationFrame(done));
            const at = pointOf(row, (row.lane.want(turn) + row.lane.take[turn]) / 2);
            return { x: at.x, y: at.y + row.height - 6, turn };""")
        self.browser.mouse("Moved", point["x"], point["y"])
        self.assertIn("ticking waits for GIL 0", self.text(".tooltip"))
        self.browser.click(point["x"], point["y"])
        self.assertEqual(point["turn"], self.ask("return timeline.chosen.turn"))
        self.assertIn("Handed over by", self.text(".panel:not([hidden])"))
        self.browser.key("[")
        kept = self.text(".panel:not([hidden])")
        self.assertIn("It kept waiting", kept)
        self.assertIn("ticking for", kept)

    def test_spans_add_up_to_the_reports(self) -> None:
        """What the tooltip of each region says, summed over its spans, is what the report says of the name."""
        self.open("all")
        for region in self.reports["all"]["regions"]:
            if region["count"] != 2 or not region["name"].startswith("inner"):
                continue
            sums = self.ask("""
                const total = [0, 0, 0];
                for (const row of timeline.rows) {
                  if (row.of !== 'region') continue;
                  for (let i = 0; i < row.spans.count; ++i) {
                    if (trace.name(row.spans.name[i]) !== %s) continue;
                    const from = { hint: 0 }, to = { hint: 0 };
                    total[0] += row.spans.end[i] - row.spans.begin[i];
                    for (const lane of row.thread.lanes) {
                      lane.sumBefore(row.spans.begin[i], from);
                      lane.sumBefore(row.spans.end[i], to);
                      total[1] += to.hold - from.hold;
                      total[2] += to.wait - from.wait;
                    }
                  }
                }
                return total.map((ticks) => trace.ns(ticks));""" % json.dumps(region["name"]))
            self.assertEqual([region["wall_ns"], region["hold_ns"], region["wait_ns"]], sums)

    def test_a_page_that_is_cut_off_says_so(self) -> None:
        whole = (self.folder / "two.html").read_text()
        (self.folder / "half.html").write_text(whole[:len(whole) // 2])
        self.browser.open(self.folder / "half.html")
        self.browser.wait_for("document.body && document.body.innerText.includes('the file is not complete')")
        (self.folder / "bad.html").write_text(re.sub(r'(class="records"[^>]*>)[^<]*', r"\1vwAA", whole))
        self.browser.open(self.folder / "bad.html")
        self.assertRaises(BrowserError, self.browser.wait_for, "false")
        self.assertIn("This page cannot show the run: a record of kind 15", self.text(".warning"))
        self.browser.errors.clear()

    def test_longest_wait_goes_to_its_turn(self) -> None:
        self.open("two")
        self.ask("document.querySelector('#longest-waits tbody button').click()")
        wait = self.reports["two"]["longest_waits"][0]
        chosen = self.ask("""const { lane, turn } = timeline.chosen;
            return [lane.thread.index, trace.ns(lane.wait(turn)), Math.abs(trace.ns(lane.want(turn)) - %d)]""" % wait["at_ns"])
        self.assertEqual([wait["thread"], wait["wait_ns"]], chosen[:2])
        self.assertLessEqual(chosen[2], 1)

    def test_search(self) -> None:
        self.open("two")
        self.browser.key("/")
        self.browser.type("ticks")
        self.browser.wait_for("/found/.test(document.querySelector('.result').textContent)")
        hits = self.ask("return timeline.hits.map((hit) => [trace.places[hit.lane.place[hit.turn]][2], hit.lane.thread.name])")
        self.assertTrue(hits)
        for place, thread in hits:
            self.assertEqual(("ticks", "ticking"), (place, thread))
        self.browser.key("Enter", "\r")
        self.assertTrue(self.text(".result").startswith("1 of "))
        self.assertEqual("ticking", self.ask("return timeline.chosen.lane.thread.name"))
        self.browser.key("Escape")
        self.browser.key("n")
        self.assertTrue(self.text(".result").startswith("2 of "))
        self.ask("await page.find('computing')")
        self.assertEqual(["computing"], self.ask("return timeline.hits.map((hit) => hit.row.thread.name)"))
        self.ask("await page.find('nowhere at all')")
        self.assertEqual("nothing found", self.text(".result"))

    def test_light_and_dark(self) -> None:
        self.open("two")
        paper = {}
        for dark in (False, True):
            self.browser.set_dark(dark)
            self.browser.settle()
            paper[dark] = self.pixels().at(3, 300)
        self.assertLess(sum(paper[True]), 200)
        self.assertGreater(sum(paper[False]), 700)
        self.ask("document.querySelector('[aria-label=\"Light or dark\"]').click()")
        self.assertEqual(paper[False], self.pixels().at(3, 300))
        self.browser.set_dark(False)

    def test_names_are_text(self) -> None:
        script = f"""
            import threading, time, gilscope
            evil = {EVIL!r}
            namespace = {{}}
            exec(compile("import time\\ndef f():\\n    time.sleep(0.001)", evil, "exec"), namespace)
            def work():
                with gilscope.region(evil):
                    gilscope.mark(evil)
                    namespace["f"]()
            thread = threading.Thread(target=work, name=evil)
            thread.start()
            thread.join()
        """
        self.record("evil", script)
        self.open("evil")
        self.assertFalse(self.ask("return Boolean(document.querySelector('img'))"))
        self.assertIn("onerror=alert(1)", self.text("#threads"))
        self.assertNotIn("\u202e", self.ask("return document.body.innerText"))
        self.assertIn("onerror=alert(1)", self.text("#regions"))

    def test_runs_without_much(self) -> None:
        self.record("nothing", "pass")
        self.open("nothing")
        self.same_numbers(*self.selected("nothing"))
        self.record("failed", "raise SystemExit(3)", status=3)
        self.open("failed")
        self.assertIn("exit status 3", self.text("header"))

    def selected(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        self.ask("page.select(0, trace.now)")
        return json.loads((self.folder / f"{name}.json").read_text()), self.ask(self.SELECTED)

    def test_nothing_foreign_runs(self) -> None:
        self.open("two")
        self.ask("""
            const script = document.createElement('script');
            script.textContent = 'window.foreign = 1';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(image);
            await fetch('http://127.0.0.1:9/').catch(() => {});""")
        self.assertIsNone(self.ask("return window.foreign"))
        for refused in ("Executing inline script violates", "Loading the image", "Connecting to"):
            self.assertTrue(any(refused in error for error in self.browser.errors), (refused, self.browser.errors))
        self.browser.errors.clear()
        self.browser.requests.clear()

    def changed_page(self, name: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
        """Opens the page of `two` after its report and facts have been changed."""
        text = (self.folder / "two.html").read_text()
        parts = {}
        for key in ("report", "facts"):
            begin = text.index(f'id="{key}">') + len(f'id="{key}">')
            parts[key] = text[begin:text.index("</script>", begin)]
        report, facts = json.loads(parts["report"]), json.loads(parts["facts"])
        change(report, facts)
        for key, value in (("report", report), ("facts", facts)):
            text = text.replace(parts[key], json.dumps(value).replace("<", "\\u003c"))
        (self.folder / f"{name}.html").write_text(text)
        self.open(name)

    def test_a_run_that_is_not_verified_says_so_and_draws_nothing(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["probe"].update(verified=False, reason="the probe saw no take")
            facts["warnings"] = ["no numbers: the probe saw no take"]
            for key, value in report.items():
                report[key] = [] if isinstance(value, list) else value
        # The writer leaves the records out, too.
        whole = (self.folder / "two.html").read_text()
        self.addCleanup((self.folder / "two.html").write_text, whole)
        (self.folder / "two.html").write_text(re.sub(r'<script type="text/plain".*?</script>', "", whole, flags=re.S))
        self.changed_page("unverified", change)
        self.assertIn("the probe saw no take", self.text(".warning"))
        self.assertTrue(self.ask("return page.lanesSection.hidden"))
        self.assertEqual("", self.text(".cards"))

    def test_a_python_without_the_gil_says_so(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["python"].update(free_threaded=True, gil_enabled=False)
        self.changed_page("free", change)
        self.assertIn("without the GIL", self.text(".warning"))

    def test_lost_turns_are_said(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["gils"][0]["lost"] = 1234
            facts["warnings"] = ["1,234 turns lost"]
        self.changed_page("lost", change)
        self.assertIn("1,234 turns lost", self.text(".warning"))
        self.assertIn("1,234", self.text(".cards"))

    def test_a_run_that_ends_early_says_so(self) -> None:
        whole = (self.folder / "two.gil").read_bytes()
        (self.folder / "cut.gil").write_bytes(whole[:len(whole) * 2 // 3])
        self.report("cut")
        self.open("cut")
        self.assertIn("the trace ends early", self.text(".warning"))
        self.same_numbers(*self.selected("cut"))

    def test_open_turns_are_drawn_to_the_end(self) -> None:
        """Threads that wait and hold when the recording ends."""
        self.record("open", """
            import os, threading, time
            def spin():
                while True: pass
            for i in range(3): threading.Thread(target=spin, name=f"spin {i}", daemon=True).start()
            time.sleep(0.05)
        """)
        self.open("open")
        self.same_numbers(*self.selected("open"))

    def test_a_turn_is_seen_on_its_own_however_long_the_run(self) -> None:
        self.open("two")
        self.ask("const lane = laneOf('ticking'); view.fit(lane.take[3], lane.drop(3), 0.2)")
        begin, end = self.visible()
        take, drop = self.ask("const lane = laneOf('ticking'); return [lane.take[3], lane.drop(3)]")
        self.assertLessEqual(begin, take)
        self.assertGreaterEqual(end, drop)

    # What the bytes say is in page_records.h: two threads, two GILs, all taken one after the other.
    TWO_GILS = """
        const made = new trace.constructor();
        const facts = { ns_per_tick: 1, now: 100, open: [], first_name: 0, names: [''], first_place: 0, places: [['', 0, '', 0]],
          threads: [0, 1].map((index) => ({ index, native_id: index, name: `t${index}`, begin: 0, end: null })) };
        made.setFacts(facts);
        const settle = (isLast) => { for (const step of made.settle(isLast)); };
        const isTurn1 = [0xfb, 0xff, 0xff, 0xff, 0x1f];  // 1 - (2^32 - 1)
        const held = () => made.gils.map((gil) => gil.heldBefore(Infinity));
    """

    def test_a_thread_that_uses_two_gils_has_two_lanes(self) -> None:
        self.open("two")
        self.assertEqual([[0, 1], [13, 15], [0, 0]], self.ask(self.TWO_GILS + """
            made.append(0, Uint8Array.of(56, 10, 6, /* with GIL 1 */ 88, 1, 8, 15, 0, /* with GIL 0 */ 88, 0, 8, 7, 2));
            settle(true);
            return [made.threads[0].lanes.map((lane) => lane.gil.id), held(), made.gils.map((gil) => gil.contendedBefore(100))];"""))

    def test_turns_that_come_in_pieces_in_any_order(self) -> None:
        """A pass over the buffers may bring a turn before the one that another thread had earlier."""
        self.open("two")
        self.assertEqual([[0, 1, 0], [0, 1, 1], 4, 8], self.ask(self.TWO_GILS + """
            // Thread 0: turns 0 (takes 5, drops 8) and 2 (wants 9, takes 12, drops 14); thread 1: turn 1 (wants 8, takes 9, drops 12).
            made.append(0, Uint8Array.of(56, 10, 3));
            settle(false);
            made.append(0, Uint8Array.of(16, 2, 3, 2, 4));
            settle(false);
            const before = made.gils[0].count;
            made.append(1, Uint8Array.of(16, 16, 1, 3, ...isTurn1));
            settle(false);
            const [gil] = made.gils;
            const order = [...gil.lane.slice(0, gil.count)];
            if (before !== 1) throw new Error('turn 2 was taken for the one after turn 0');
            return [order, [...gil.handedOver.slice(0, gil.count)], gil.contendedBefore(100), gil.heldBefore(100)];"""))

    def test_open_turns_are_taken_back_when_their_records_come(self) -> None:
        self.open("two")
        self.assertEqual([[95, 90], [3, 4]], self.ask(self.TWO_GILS + """
            const open = (thread, want, take, sequence) => ({ thread, gil: 0, want, take, request: null, requests: 0, sequence });
            made.setFacts({ ...facts, open: [open(0, 5, 5, 0), open(1, 10, null, 0)] });
            settle(false);
            const [gil] = made.gils;
            const first = [gil.heldBefore(Infinity), gil.contendedBefore(Infinity)];
            made.append(0, Uint8Array.of(56, 10, 3));
            made.append(1, Uint8Array.of(16, 8, 4, 0, ...isTurn1));
            made.setFacts({ ...facts, open: [] });
            settle(true);
            return [first, [gil.heldBefore(Infinity), gil.contendedBefore(Infinity)]];"""))

    def test_an_open_turn_that_came_as_a_record_counts_once(self) -> None:
        self.open("two")
        self.assertEqual([1, 1, 0], self.ask(self.TWO_GILS + """
            const open = (want, take, sequence) => ({ thread: 0, gil: 0, want, take, request: null, requests: 0, sequence });
            made.append(0, Uint8Array.of(56, 10, 3));
            const counts = [open(5, 5, 0), open(4, null, 0), open(9, 9, 1)].map((one) => {
              made.setFacts({ ...facts, open: [one] });
              settle(false);
              return made.gils[0].count;
            });
            return [counts[0], counts[1], counts[2] - 2];"""))

    def test_a_million_turns(self) -> None:
        script = """
            import threading, time
            def work():
                for _ in range(250_000): time.sleep(0)
            for i in range(4):
                thread = threading.Thread(target=work, name=f"worker {i}")
                thread.start()
                if i % 2: thread.join()
            """
        report = self.record("million", script)
        self.assertGreater(report["gils"][0]["turns"], 900_000)
        self.open("million")
        self.same_numbers(*self.selected("million"))


if __name__ == "__main__":
    main()
