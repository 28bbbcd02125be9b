"""The page of a run, in a real browser: its numbers are the report's, of the whole run and of its parts."""

from __future__ import annotations

import json

from page_case import main, needs_browser
from report_page_case import EVERYTHING, TWO_THREADS, ReportPageCase


@needs_browser
class ReportNumbers(ReportPageCase):
    scripts = {"two": TWO_THREADS, "all": EVERYTHING}

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
