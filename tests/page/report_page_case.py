"""Runs whose pages several tests look at, and what the tests ask of each page."""

from __future__ import annotations

import json
from typing import Any

from page_case import PageCase

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
            early, late = gilscope.region("inner early"), gilscope.region("inner late")
            early.__enter__(), late.__enter__()
            sum(range(10_000))
            early.__exit__(None, None, None)
            sum(range(10_000))
            late.__exit__(None, None, None)
    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    gc.collect()
"""


class ReportPageCase(PageCase):
    """Records `scripts` once: their pages can be opened by their names, their numbers are `reports`."""
    scripts = {"two": TWO_THREADS}
    reports: dict[str, dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.reports = {name: cls.record(name, script) for name, script in cls.scripts.items()}

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

    def selected(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        self.ask("page.select(0, trace.now)")
        return json.loads((self.folder / f"{name}.json").read_text()), self.ask(self.SELECTED)

    def visible(self) -> tuple[float, float]:
        begin, end = self.ask("return [view.begin, view.end]")
        return begin, end
