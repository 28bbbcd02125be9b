"""gilscope compare with a second, free-threaded gilscope: the estimate beside it, and the talk's table."""
import os
import unittest
from pathlib import Path

from cli_case import GILSCOPE, needs_gil
from compare_case import STAND_IN, CompareCase

LONGER = """
from concurrent.futures import ThreadPoolExecutor

def count(n):
    while n > 0:
        n -= 1
    return n

def sequential(work, workers):
    return [count(20_000) for _ in range(len(work) // 2)]

def threads(work, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(count, [20_000] * (len(work) // 2)))
"""
IMPORTS = """
def with_numpy(work, workers):
    import json, switched, nonesuch_module
"""


@needs_gil
class FreeThreaded(CompareCase):
    def stand_in(self) -> Path:
        path = self.write("gilscope-stand-in", STAND_IN)
        path.chmod(0o755)
        return path

    def test_without_one_the_estimate_says_what_it_does_not_know(self) -> None:
        result, report = self.compare(self.workload(LONGER), "--threads", "2", "--free-threaded", "")
        found = report["points"][0]["without_gil"]
        self.assertGreater(found["estimated_ns"], 0, result)
        self.assertLessEqual(found["estimated_least_ns"], found["estimated_ns"])
        self.assertEqual((found["price"], found["price_is_measured"], found["measured_ns"], found["estimate_error"]),
                         (1, False, None, None))
        self.assertNotIn("crowd_ns", report["points"][0])
        self.assertIsNone(report["free_threaded_python"])
        self.assertRegex(result.out, r"\nwithout the GIL +estimated +price +cores\nM, 2 threads +[\d.]+ m?s +\? ")
        self.assertNotIn("when to use", result.out)

    def test_estimate_and_measurement_side_by_side(self) -> None:
        (self.folder / "site").mkdir()
        self.write("site/switched.py", "")
        env = {**self.plain, "PYTHONPATH": str(self.folder / "site")}
        page = self.folder / "page.html"
        result, report = self.compare(self.workload(LONGER, IMPORTS), "--threads", "2", "--html", page,
                                      "--free-threaded", self.stand_in(), env=env)
        point, found = report["points"][0], self.results(report)
        estimate = point["without_gil"]
        self.assertEqual(estimate["measured_ns"], found["free-threaded"]["median"]["wall_ns"], result)
        self.assertAlmostEqual(estimate["estimate_error"], estimate["estimated_ns"] / estimate["measured_ns"] - 1)
        self.assertTrue(estimate["price_is_measured"] and estimate["price"] > 0)
        self.assertTrue(estimate["cores_are_measured"] and 1 <= estimate["cores"] <= 2)
        self.assertEqual(report["free_threaded_python"], "3.99.1")
        self.assertEqual(report["free_threaded_modules"], {"nonesuch_module": "not installed", "switched": "switches the GIL on"})
        said = " ".join(result.out.split())
        for text in ("estimated measured off price cores", "CPython 3.99.1", "when to use"):
            self.assertIn(text, said)
        self.assertIn("nogil sections", page.read_text())

    def test_each_point_of_a_sweep_has_an_estimate(self) -> None:
        result, report = self.compare(self.workload(LONGER), "--threads", "1,2", "--patterns", "threads,free-threaded",
                                      "--free-threaded", self.stand_in())
        self.assertEqual([point["without_gil"]["measured_ns"] for point in report["points"]],
                         [self.results(report, at)["free-threaded"]["median"]["wall_ns"] for at in range(2)], result)
        self.assertEqual(report["points"][0]["without_gil"]["cores"], 1)
        self.assertRegex(result.out, r"\nM, 1 thread .*\nM, 2 threads ")

    def test_a_real_one(self) -> None:
        beside = Path(GILSCOPE).with_name("gilscope-ft")
        free = os.environ.get("GILSCOPE_FREE_THREADED", str(beside) if beside.exists() else "")
        if not free:
            self.skipTest("there is no free-threaded gilscope: GILSCOPE_FREE_THREADED names one")
        result, report = self.compare(self.workload(LONGER), "--threads", "2", "--free-threaded", free)
        found = report["points"][0]["without_gil"]
        self.assertGreater(found["measured_ns"], 0, result)
        self.assertTrue(found["price_is_measured"], result)
        self.assertIn("when to use", result.out)


if __name__ == "__main__":
    unittest.main()
