"""The page of a run, in a real browser: what is drawn, and what keys, mouse and touch do."""

from __future__ import annotations

from page_case import main, needs_browser
from pixels import Pixels, colour_of
from report_page_case import ReportPageCase


@needs_browser
class ReportLanes(ReportPageCase):
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

    def test_a_turn_is_seen_on_its_own_however_long_the_run(self) -> None:
        self.open("two")
        self.ask("const lane = laneOf('ticking'); view.fit(lane.take[3], lane.drop(3), 0.2)")
        begin, end = self.visible()
        take, drop = self.ask("const lane = laneOf('ticking'); return [lane.take[3], lane.drop(3)]")
        self.assertLessEqual(begin, take)
        self.assertGreaterEqual(end, drop)

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


if __name__ == "__main__":
    main()
