"""The views for other people's tools: what each file says is what --json says, and what the other files say.

The Perfetto trace is read with the official protobuf classes, where a Python has them: this one, or the one that
GILSCOPE_PERFETTO_PYTHON names. (The unit tests read it field by field in any case.)
"""
import collections
import importlib.util
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from cli_case import CliCase, needs_gil

Json = dict[str, Any]

WORK = """
    import gc, time
    import gilscope
    from gilscope import image, kernels

    def spin(n):
        with gilscope.region("spin \\"quoted\\""):
            while n:
                n -= 1
            time.sleep(0)  # gives the GIL here

    for turn in range(6):
        spin(300_000)
        gilscope.mark("a mark")
        time.sleep(0.001)
    early, late = gilscope.region("early"), gilscope.region("late")
    early.__enter__(), late.__enter__()
    spin(1_000)
    early.__exit__(None, None, None)
    spin(1_000)
    late.__exit__(None, None, None)
    gc.collect()
    kernels.grayscale(image.Image(64, 64, 3))
    """


def perfetto_python() -> str | None:
    if importlib.util.find_spec("perfetto") is not None:
        return sys.executable
    return os.environ.get("GILSCOPE_PERFETTO_PYTHON")


def ns(microseconds: float) -> int:
    return round(microseconds * 1000)


class Formats(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.write("work.py", WORK)

    def record(self, *options: str) -> Json:
        """Runs the work, and writes every view of the kept run. Gives the JSON report."""
        self.assert_ended(self.run_gilscope("-t", "2", "-o", "run.gil", *options, "work.py"), 0)
        result = self.gilscope("report", "run.gil", "-q", "--json", "again.json", "--perfetto", "run.perfetto",
                               "--chrome", "chrome.json", "--gecko", "gecko.json")
        self.assertEqual((result.status, result.err), (0, ""), result)
        return json.loads((self.folder / "again.json").read_text())

    def chrome(self, name: str = "chrome.json") -> Json:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def chrome_slices(self) -> dict[tuple[int, str], list[Json]]:
        """By tid and name, in order."""
        slices = collections.defaultdict(list)
        for event in self.chrome()["traceEvents"]:
            if event["ph"] == "X":
                begin = ns(event["ts"])
                slices[event["tid"], event["name"]].append(
                    {"begin": begin, "end": begin + ns(event["dur"]), "args": event.get("args", {})})
        for found in slices.values():
            found.sort(key=lambda one: (one["begin"], one["end"]))
        return slices

    def assert_sum(self, total: int, expected: int, parts: int) -> None:
        """Each edge is rounded to a nanosecond."""
        self.assertLessEqual(abs(total - expected), parts + 1, f"{total} is not {expected}, with {parts} parts")

    @needs_gil
    def test_chrome_says_what_the_report_says(self) -> None:
        report = self.record()
        slices = self.chrome_slices()
        self.assertGreater(len(report["threads"]), 1)
        for thread in report["threads"]:
            holds, waits = slices[thread["native_id"], "hold"], slices[thread["native_id"], "wait"]
            self.assertEqual(len(holds), thread["turns"])
            self.assert_sum(sum(one["end"] - one["begin"] for one in holds), thread["hold_ns"], len(holds))
            self.assert_sum(sum(one["end"] - one["begin"] for one in waits), thread["wait_ns"], len(waits))
            self.assertEqual(sum(one["args"]["end"] == "asked" for one in holds), thread["asked"])
            both = sorted(holds + waits, key=lambda one: (one["begin"], one["end"]))
            for before, after in zip(both, both[1:]):
                self.assertLessEqual(before["end"], after["begin"])
        events = self.chrome()["traceEvents"]
        flows = collections.Counter(event["ph"] for event in events if event["ph"] in "sf")
        hand_overs = sum(gil["hand_overs"] for gil in report["gils"])
        self.assertEqual((flows["s"], flows["f"]), (hand_overs, hand_overs))
        for region in report["regions"]:
            spans = [one for (_, name), found in slices.items() if name == region["name"] for one in found]
            self.assertEqual(len(spans), region["count"])
            self.assert_sum(sum(one["end"] - one["begin"] for one in spans), region["wall_ns"], len(spans))
        for tid in {tid for tid, _ in slices}:
            open_until = [float("inf")]
            for one in sorted((one for (its, _), found in slices.items() if its == tid for one in found),
                              key=lambda one: (one["begin"], -one["end"])):
                while one["begin"] >= open_until[-1]:
                    open_until.pop()
                self.assertLessEqual(one["end"], open_until[-1], f"{one} does not nest")
                open_until.append(one["end"])
        marks = [event for event in events if event["ph"] == "i" and event["cat"] == "mark"]
        self.assertEqual(len(marks), sum(mark["count"] for mark in report["marks"]))
        self.assertIn("grayscale", {name for _, name in slices})
        self.assertIn("garbage collection", {name for _, name in slices})
        places = {one["args"].get("place", "") for (_, name), found in slices.items() if name == "hold" for one in found}
        self.assertTrue(any("work.py:" in place and " spin" in place for place in places), places)

    @needs_gil
    def test_gecko_says_what_the_report_says(self) -> None:
        report = self.record()
        profile = self.chrome("gecko.json")
        threads = {thread["tid"]: thread for thread in profile["threads"]}
        for thread in report["threads"]:
            its = threads[thread["native_id"]]
            self.assertEqual(its["name"], thread["name"])
            weights = [ns(weight * 1000) for weight in its["samples"]["weight"]]
            self.assertEqual(len(weights), thread["turns"])
            self.assert_sum(sum(weights), thread["hold_ns"], len(weights))
            markers = its["markers"]
            spans = collections.defaultdict(list)
            for begin, end, data in zip(markers["startTime"], markers["endTime"], markers["data"]):
                if end is not None:
                    spans[data["type"]].append(ns(end * 1000) - ns(begin * 1000))
            self.assertEqual(sorted(spans["gil-hold"]), sorted(weights))
            self.assert_sum(sum(spans["gil-wait"]), thread["wait_ns"], len(spans["gil-wait"]))

    @needs_gil
    def test_perfetto_says_what_chrome_says(self) -> None:
        python = perfetto_python()
        if python is None:
            self.skipTest("needs pip install perfetto, or GILSCOPE_PERFETTO_PYTHON=a python that has it")
        report = self.record()
        reader = Path(__file__).with_name("perfetto_official.py")
        decoded = subprocess.run([python, "-B", reader, self.folder / "run.perfetto"], stdout=subprocess.PIPE, check=True)
        trace = json.loads(decoded.stdout)
        tracks = trace["tracks"]
        open_slices: dict[int, list[Json]] = collections.defaultdict(list)
        perfetto = collections.Counter()
        flows, terminating = collections.Counter(), collections.Counter()
        for event in sorted(trace["events"], key=lambda one: one["at"]):  # stable: as trace processor sorts
            stack = open_slices[event["track"]]
            if event["type"] == "TYPE_SLICE_BEGIN":
                stack.append(event)
                flows.update(event["flows"])
                terminating.update(event["terminating"])
            elif event["type"] == "TYPE_SLICE_END":
                begin = stack.pop()
                arguments = {**begin["args"], **event["args"]}
                perfetto[self.lane(tracks, event["track"]), begin["name"], begin["at"], event["at"],
                         self.comparable(arguments)] += 1
        self.assertFalse([stack for stack in open_slices.values() if stack], "slices without an end")
        self.assertEqual(flows, terminating)
        self.assertTrue(all(count == 1 for count in flows.values()))
        self.assertEqual(len(flows), sum(gil["hand_overs"] for gil in report["gils"]))

        names = {event["tid"]: event["args"]["name"] for event in self.chrome()["traceEvents"]
                 if event["name"] == "thread_name"}
        chrome = collections.Counter()
        for (tid, name), slices in self.chrome_slices().items():
            for one in slices:
                chrome[names[tid], name, one["begin"], one["end"], self.comparable(one["args"])] += 1
        self.assertEqual(perfetto, chrome)

        counters = collections.defaultdict(list)
        for event in trace["events"]:
            if event["type"] == "TYPE_COUNTER":
                counters[tracks[str(event["track"])]["name"]].append((event["at"], event["count"]))
        from_chrome = [(ns(event["ts"]), event["args"]["threads"]) for event in self.chrome()["traceEvents"]
                       if event["ph"] == "C" and "threads" in event["args"]]
        self.assertEqual(counters["GIL 0 waiting threads"], from_chrome)
        held = sum(percent / 100 * (after - at) for (at, percent), (after, _) in
                   zip(counters["GIL 0 held %"], counters["GIL 0 held %"][1:]))
        self.assertAlmostEqual(held / 1e9, report["gils"][0]["held_ns"] / 1e9, delta=1e-5)

    @staticmethod
    def lane(tracks: Json, track: int) -> str:
        """The name that Chrome's file gives the same lane."""
        its = tracks[str(track)]
        parent = tracks.get(str(its["parent"]))
        return its["name"] if parent is None or its["parent"] == 1 else f"{parent['name']}: {its['name']}"

    @staticmethod
    def comparable(arguments: Json) -> tuple[tuple[str, str], ...]:
        """Chrome's file writes truth as JSON does."""
        words = {True: "yes", False: "no"}
        return tuple(sorted((key, words[value] if isinstance(value, bool) else str(value))
                            for key, value in arguments.items()))

    @needs_gil
    def test_run_writes_them_directly(self) -> None:
        result = self.run_gilscope("--chrome", "direct.json", "--perfetto", "direct.perfetto", "--gecko",
                                   "direct-gecko.json", "work.py")
        self.assert_ended(result, 0)
        events = self.chrome("direct.json")["traceEvents"]
        turns = sum(event["ph"] == "X" and event["name"] == "hold" for event in events)
        self.assertEqual(turns, sum(thread["turns"] for thread in result.report["threads"]))
        self.assertEqual(sum(len(thread["samples"]["time"]) for thread in self.chrome("direct-gecko.json")["threads"]),
                         turns)
        self.assertGreater((self.folder / "direct.perfetto").stat().st_size, 100)
        self.assertFalse(list(self.folder.glob("*.gil")))

    def test_help_says_where_to_open_them(self) -> None:
        for verb in ("run", "report"):
            shown = self.gilscope(verb, "--help").out
            for place in ("ui.perfetto.dev", "chrome://tracing", "profiler.firefox.com"):
                self.assertIn(place, shown)

    def test_refusals(self) -> None:
        self.assert_refused(self.gilscope("run", "--no-trace", "--chrome", "c.json", "work.py"), "--no-trace")
        self.assert_refused(self.gilscope("run", "--chrome", "c.json", "--gecko", "c.json", "work.py"), "--gecko", "c.json")
        self.assert_refused(self.gilscope("run", "--perfetto", "missing/p", "work.py"), "missing")


if __name__ == "__main__":
    unittest.main()
