"""Runs each demo of scripts/ with the real binary, small. Asserts status 0 and what the lines say, no durations.

Needs the binary's path in the environment variable GILSCOPE.
"""
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli_case import needs_gil

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
NUMBER = r"[\d,]+(?:\.\d+)?"


class Demos(unittest.TestCase):
    def run_demo(self, name: str, *arguments: str, options: tuple[str, ...] = ()) -> str:
        command = [os.environ["GILSCOPE"], "run", *options, str(SCRIPTS / f"demo_{name}.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("Traceback", done.stderr)
        for line in done.stdout.splitlines():
            self.assertTrue(len(line) <= 80 or line.startswith("/"), f"wider than a terminal: {line}")
        return done.stdout

    def assert_lines(self, output: str, *patterns: str) -> None:
        """Each pattern matches a whole line, in this order. A `#` stands for a number, a space for any blanks."""
        rest = output
        for pattern in patterns:
            expression = re.escape(pattern).replace(r"\#", NUMBER).replace(r"\ ", r"[ ]+")
            match = re.search(rf"^[ ]*{expression}[ ]*$", rest, re.M)
            self.assertIsNotNone(match, f"no line '{pattern}' in what is left:\n{rest}")
            rest = rest[match.end():]

    def test_countdown(self) -> None:
        output = self.run_demo("countdown", "100000")
        output = re.sub(r" +[#]+$", "", output, flags=re.M)  # the bars
        three = ("once # s #", "twice in a row # s 1.00", "on two threads # s #")
        self.assert_lines(output, "Count down from 100,000 in Python, 5,000,000 natively; # cores", "Python", *three,
                          "native, GIL held", *three, "native, GIL released", *three)

    def test_io(self) -> None:
        output = self.run_demo("io", "3", "--wait", "0.02", "--count", "20000")
        self.assert_lines(output, "3 in a row 3 threads threads / in a row", "sleep # s # s #",
                          "wait for a socket # s # s #", "compute # s # s #")

    @needs_gil
    def test_convoy(self) -> None:
        output = self.run_demo("convoy", "20")
        self.assert_lines(output, "1 alone 4,000 # us # # us # ms", "2 with a counter 20 # us # # us # ms",
                          "3 ... at 0.1 ms 400 # us # # us # ms", "one read, with a counter / alone: #; at 0.1 ms: #")

    def test_both_ways(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            numbers = Path(folder) / "numbers.json"
            output = self.run_demo("both_ways", "20000000", options=("--json", str(numbers)))
            report = json.loads(numbers.read_text())
        self.assertEqual([region["count"] for region in report["regions"]], [1, 1, 1])
        self.assert_lines(output, "1 sleeps # ms # ms #", "2 is in C, holding the GIL # ms # ms #",
                          "3 is in C, GIL released # ms # ms #")

    def test_grayscale(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            gray = Path(folder) / "gray.png"
            output = self.run_demo("grayscale", "--size", "160x90", "--output", str(gray))
            self.assert_lines(output, "160 x 90 pixels of 3 bytes, # cores", "Python, every pixel # ms 1",
                              "kernel, GIL held, median of 9 # ms #", "kernel, GIL released, median of 9 # ms #",
                              "kernel, all cores, median of 9 # ms #",
                              "All four results are equal. The gray picture:", str(gray))
            self.assertEqual(gray.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
            again = subprocess.run([os.environ["GILSCOPE"], "run", str(SCRIPTS / "demo_grayscale.py"), str(gray)],
                                   capture_output=True, text=True, cwd=folder, timeout=600)
            self.assertEqual(again.returncode, 2)
            self.assertIn("has no colours", again.stderr)

    def test_processes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            numbers = Path(folder) / "numbers.json"
            output = self.run_demo("processes", "100000", options=("--children", "--json", str(numbers)))
            report = json.loads(numbers.read_text())
        output = re.sub(r" +[#]+$", "", output, flags=re.M)
        self.assert_lines(output, "Count down from 100,000; # cores", "twice in a row # s 1.00", "on two threads # s #",
                          "in two processes, fork # s #", "in two processes, spawn # s #",
                          "to a process and back: 1 byte # ms, 32 MiB # ms")
        names = {process["name"] for process in report["processes"]}
        self.assertEqual(len(report["processes"]), 6)
        self.assertLessEqual({"fork 1", "fork 2", "spawn 1", "spawn 2"}, names)

    def test_lock(self) -> None:
        output = self.run_demo("lock", "20000")
        self.assertRegex(output, r"^Count to 20,000; \d+ cores, GIL (on|off)\n")
        self.assert_lines(output, "one thread two threads two / twice one", "each for itself # s # s #",
                          "one counter and its lock # s # s #")

    def test_every_demo_is_here(self) -> None:
        names = {path.stem.removeprefix("demo_") for path in SCRIPTS.glob("demo_*.py")}
        tested = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertEqual(names - tested, set())


if __name__ == "__main__":
    unittest.main()
