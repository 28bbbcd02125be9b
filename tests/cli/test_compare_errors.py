"""gilscope compare and what goes wrong: wrong results, exceptions, signals, hangs, Ctrl-C. The others go on."""
import os
import signal
import time
import unittest

from compare_case import CompareCase


class Errors(CompareCase):
    def test_one_of_each(self) -> None:
        file = self.workload("asyncio_tasks", """
import os, signal, sys

def threads(work, workers):
    return [*sequential(work, workers)[:-1], -1]

def native_held(work, workers):
    raise ValueError("no such luck")

def native_released(work, workers):
    os.kill(os.getpid(), signal.SIGSEGV)

def native_parallel(work, workers):
    print("giving up")
    sys.stdout.flush()
    os._exit(3)

def with_numba(work, workers):
    import nonesuch_module
    return sequential(work, workers)

def with_numpy(work, workers):
    return lambda: None
""")
        result, report = self.compare(file, "--size", "S", status=1)
        found = self.results(report)
        said = {name: (one["outcome"], one.get("message", "")) for name, one in found.items()}
        self.assertEqual(said["sequential"], ("measured", ""))
        self.assertEqual(said["asyncio"], ("measured", ""))
        self.assertEqual(said["threads"], ("wrong", "item 2 is -1, not 4"))
        self.assertEqual(said["native-held"][0], "failed")
        self.assertRegex(said["native-held"][1], r"^ValueError: no such luck \(mine\.py:\d+\)$")
        self.assertIn("no such luck", found["native-held"]["traceback"])
        self.assertEqual(said["native-released"][0], "failed")
        self.assertIn("it died of SIGSEGV", said["native-released"][1])
        self.assertEqual(said["native-parallel"], ("failed", "it ended with status 3 and no result: giving up"))
        self.assertEqual(said["numba"][0], "unavailable")
        self.assertIn("pip install nonesuch_module", said["numba"][1])
        self.assertEqual(said["numpy"][0], "wrong")
        table, errors = result.out.split("\nErrors\n")
        for name, one in found.items():
            is_error = one["outcome"] in ("wrong", "failed")
            self.assertEqual(f"\n{one['title']} " in table, one["outcome"] == "measured", name)
            self.assertEqual(f"\n{one['title']} " in "\n" + errors.split("\nNot run\n")[0], is_error, name)

    def test_without_a_base_nothing_is_compared(self) -> None:
        file = self.write("mine.py", 'SIZES = {"M": 1}\ndef sequential(work, workers): 1 / 0\ndef threads(work, workers): return 1')
        result, report = self.compare(file, status=1)
        self.assertEqual([one["outcome"] for one in report["points"][0]["results"]][:2], ["failed", "not run"])
        self.assertIn("no sequential result", result.out)

    def test_nan_is_where_nan_was(self) -> None:
        file = self.write("mine.py", """
SIZES = {"M": 1}
def sequential(work, workers): return {"means": [1.0, float("nan")], "n": 2}
def threads(work, workers): return {"means": [1.0, float("inf") * 0], "n": 2}
def asyncio_tasks(work, workers): return {"means": [float("nan"), 1.0], "n": 2}
""")
        _, report = self.compare(file, status=1)
        said = {name: (one["outcome"], one.get("message", "")) for name, one in self.results(report).items()}
        self.assertEqual(said["threads"], ("measured", ""))
        self.assertEqual(said["asyncio"], ("wrong", "['means'] is [nan, 1.0], not [1.0, nan]"))

    def test_a_check_of_its_own(self) -> None:
        file = self.workload("""
def check(result, expected):
    return "too short" if len(result) < len(expected) else True

def threads(work, workers):
    return [0] * len(work)

def native_held(work, workers):
    return []
""")
        _, report = self.compare(file, "--size", "S", status=1)
        found = self.results(report)
        self.assertEqual((found["threads"]["outcome"], found["native-held"]["message"]), ("measured", "too short"))

    def test_a_hang(self) -> None:
        begun = time.monotonic()
        self.compare(self.workload("threads"), "--patterns", "threads", "--size", "S")
        enough = max(5.0, 5 * (time.monotonic() - begun))  # for a run that does not hang, on this machine
        hang = "def native_held(work, workers):\n    import threading\n    threading.Event().wait()\n"
        _, report = self.compare(self.workload("threads", hang), "--size", "S", "--timeout", str(enough), status=1)
        found = self.results(report)
        self.assertEqual([found[name]["outcome"] for name in ("sequential", "threads", "native-held")],
                         ["measured", "measured", "failed"])
        self.assertIn("--timeout", found["native-held"]["message"])


class Interrupted(CompareCase):
    def test_what_is_there_is_shown(self) -> None:
        os.mkfifo(self.folder / "here")
        file = self.workload("processes", f"""
def threads(work, workers):
    import os, time
    with open({str(self.folder / "here")!r}, "w") as here:
        here.write(str(os.getpid()))
    while True: time.sleep(1)
""")
        for number in (signal.SIGINT, signal.SIGTERM):
            running = self._start([os.environ["GILSCOPE"], "compare", str(file), "--size", "S"], {})
            child = int((self.folder / "here").read_text())
            running.send(number)
            result = running.finish()
            self.assertEqual(result.status, 128 + number, result)
            self.assertIn("\nsequential ", result.out)
            self.assertIn("Interrupted", result.out)
            self.assertRegex(result.out, "threads +not reached")
            with self.assertRaises(ProcessLookupError):
                os.kill(child, 0)

    def test_nothing_is_left_behind(self) -> None:
        own = self.folder / "tmp"
        own.mkdir()
        file = self.workload("def threads(work, workers): 1 / 0")
        self.compare(file, "--size", "S", status=1, env={**self.plain, "TMPDIR": str(own)})
        self.assertEqual(list(own.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
