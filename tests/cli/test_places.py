"""Where in the code: the call that does not let go of the GIL is named, with the line that made it."""
import textwrap
import unittest
from pathlib import Path
from typing import Any

from cli_case import CliCase, needs_gil

# One thread wants the GIL every millisecond, while the main thread makes a call that takes it for long: again, if that thread
# got no core meanwhile to want it on.
BESIDE_TICKER = """
import gilscope, sys, threading, time
stop, ticking = threading.Event(), threading.Event()
def tick():
    while not stop.is_set():
        time.sleep(0.001)
        ticking.set()
ticker = threading.Thread(target=tick, name="ticker")
ticker.start()
ticking.wait()
here = next(number for number, line in enumerate(open(__file__), 1) if line.endswith("# here\\n"))
def is_here(late):
    place = late["place"]
    at_this_line = place is None or any(one["line"] == here for one in [place, *place["callers"]])
    return at_this_line and late["after_ns"] > 20_000_000  # beside what the call itself takes
for _ in range(20):
{call}
    if any(map(is_here, gilscope.stats()["obeyed_latest"])): break
stop.set()
ticker.join()
"""


@needs_gil
class BlockingCall(CliCase):
    def place_obeyed_late(self, call: str, *options: str) -> tuple[dict[str, Any] | None, int]:
        """The place of the drop request that was obeyed latest of those that were made in the call, and its line: the one of
        the script that ends with '# here'."""
        script = self.write("app.py", BESIDE_TICKER.format(call=textwrap.indent(call, "    ")))
        result = self.run_gilscope(*options, script)
        self.assert_ended(result, 0)
        assert result.report is not None
        line = 1 + next(i for i, text in enumerate(script.read_text().splitlines()) if text.endswith("# here"))
        for late in result.report["obeyed_latest"]:  # on a busy machine others may have been off the core for longer
            place = late["place"]
            if place is None or line in [one["line"] for one in (place, *place["callers"])]:
                self.assertGreater(late["after_ns"], 20_000_000, result)
                return place, line
        raise AssertionError(f"line {line} is not among those that obeyed late\n{result}")

    def assert_names_line(self, call: str) -> None:
        place, line = self.place_obeyed_late(call)
        assert place is not None
        self.assertEqual((Path(place["file"]).name, place["line"]), ("app.py", line))

    def test_regular_expression(self) -> None:
        self.assert_names_line("import re\npattern = re.compile('(a+)+$')\npattern.match('a' * 25 + 'b')  # here")

    def test_checksums_of_small_pieces(self) -> None:
        self.assert_names_line("import collections, itertools, zlib\npieces = itertools.repeat(bytes(4096), 400_000)\n"
                               "collections.deque(map(zlib.crc32, pieces), maxlen=0)  # here")

    def test_kernel_that_holds(self) -> None:
        self.assert_names_line("from gilscope import kernels\n"
                               "kernels.countdown(600_000_000, release_gil=False, num_threads=1)  # here")

    def test_library_function_names_its_caller(self) -> None:
        place, line = self.place_obeyed_late("import re\nre.compile('(a+)+$')\n"
                                               "def find():\n    re.match('(a+)+$', 'a' * 25 + 'b')  # here\nfind()")
        assert place is not None
        self.assertIn("re", Path(place["file"]).parts[-2:][0])
        caller = place["callers"][-1]
        self.assertEqual((Path(caller["file"]).name, caller["line"], caller["function"]), ("app.py", line, "find"))

    def test_without_locations_there_is_none(self) -> None:
        place, _ = self.place_obeyed_late("sum(range(40_000_000))  # here", "--no-locations")
        self.assertIsNone(place)


@needs_gil
class Ledger(CliCase):
    def test_gives_that_win_nothing_are_named(self) -> None:
        script = self.write("app.py", """
            import os, threading
            source = os.open("/dev/zero", os.O_RDONLY)
            for _ in range(1000):
                os.read(source, 1)
            """)
        report = self.run_gilscope(script).report
        assert report is not None
        reads = [entry for entry in report["giving"]
                 if entry["place"] and Path(entry["place"]["file"]).name == "app.py" and entry["place"]["line"] == 4]
        self.assertEqual([entry["count"] for entry in reads], [1000])


if __name__ == "__main__":
    unittest.main()
