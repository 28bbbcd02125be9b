"""What the run would take without the GIL: the same from the run and from its file, and within what must hold."""
import json
import subprocess
import unittest
from typing import Any

from cli_case import GILSCOPE, CliCase, needs_gil

TWO_THREADS = """
import threading
def spin():
    for _ in range(300000): pass
threads = [threading.Thread(target=spin) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


class Estimate(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = str(self.folder / "run.gil")

    def recorded(self, *options: str) -> dict[str, Any]:
        result = self.run_gilscope("-o", self.file, *options, "-c", TWO_THREADS)
        self.assertEqual(result.status, 0, result)
        return result.report

    def reported(self, *options: str) -> dict[str, Any]:
        done = subprocess.run([GILSCOPE, "report", self.file, "--json", "-", *options], capture_output=True, check=True)
        return json.loads(done.stdout)

    @needs_gil
    def test_the_file_says_what_the_run_said(self) -> None:
        estimate = self.recorded("--cores", "3", "--price", "1.5")["estimate"]
        self.assertEqual((estimate["cores"], estimate["price"]), (3, 1.5))
        self.assertEqual(self.reported("--cores", "3", "--price", "1.5")["estimate"], estimate)
        self.assertEqual(self.reported()["estimate"]["price"], 1)
        self.assertEqual(self.reported()["estimate"]["cores"], self.reported()["cores"])

    # Where each thread has a core, everything happens as early as it did, or earlier; and no thread is faster.
    @needs_gil
    def test_it_lies_between_the_longest_thread_and_the_run(self) -> None:
        report = self.recorded("--cores", "8")
        estimate = report["estimate"]
        self.assertLessEqual(estimate["wall_ns"], 1.001 * report["wall_ns"])
        self.assertLessEqual(estimate["least_ns"], estimate["wall_ns"])
        self.assertGreaterEqual(1.001 * estimate["least_ns"], max(thread["hold_ns"] for thread in report["threads"]))
        self.assertGreater(self.reported("--cores", "8", "--price", "2")["estimate"]["wall_ns"], estimate["wall_ns"])
        self.assertIn(estimate["bound_by"], ("cores", "threads", "outside"))
        self.assertIn(estimate["thread"], [thread["index"] for thread in report["threads"]])

    @needs_gil
    def test_one_thread_takes_as_long_as_it_did(self) -> None:
        report = self.run_gilscope("-c", "import time\nfor _ in range(5):\n  time.sleep(0.002)\n  sum(range(1000))").report
        self.assertAlmostEqual(report["estimate"]["wall_ns"] / report["wall_ns"], 1, delta=0.001)

    def test_what_is_wrong_is_said(self) -> None:
        for option, value in (("--cores", "0"), ("--cores", "many"), ("--price", "-1"), ("--price", "")):
            done = subprocess.run([GILSCOPE, "run", option, value, "-c", "1"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(option, done.stderr)


if __name__ == "__main__":
    unittest.main()
