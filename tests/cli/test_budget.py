"""--budget and --junit: what a continuous integration sees of a bound that is broken, and of a budget that is met."""
import json
import re
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from cli_case import GILSCOPE, CliCase, Result, needs_gil

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

# A call that computes natively for a while, holding the GIL or releasing it.
KERNEL = """
    import sys
    from gilscope import kernels

    def resize(release_gil):
        kernels.countdown(1_000_000, release_gil=release_gil)

    resize(sys.argv[1] == "release")
    """

# Two threads that hand the GIL to and fro, each known by its name.
NAMED = """
    import threading

    turns = [threading.Semaphore(1), threading.Semaphore(0)]

    def play(own, other):
        for _ in range(20):
            turns[own].acquire()
            turns[other].release()

    threads = [threading.Thread(target=play, args=(i, 1 - i), name=name)
               for i, name in enumerate(["ping <&>\\x07", "pong"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    """


class Budget(CliCase):
    def verdicts(self, result: Result) -> list[str]:
        """The lines about the budget, which come last."""
        lines = [line for line in (result.err + result.summary).split("\n") if line.startswith("budget ")]
        return lines

    def junit(self, name: str = "out.xml") -> dict[str, str | None]:
        """The cases by name, and why each failed; counts and structure are checked."""
        root = ElementTree.parse(self.folder / name).getroot()
        self.assertEqual(root.tag, "testsuites")
        (suite,) = root
        cases = {}
        for case in suite:
            self.assertEqual(case.tag, "testcase")
            self.assertTrue(case.attrib["classname"].startswith("gilscope.budget."))
            self.assertGreaterEqual(float(case.attrib["time"]), 0)
            failure = case.find("failure")
            cases[case.attrib["name"]] = None if failure is None else failure.attrib["message"]
        for element in (root, suite):
            self.assertEqual(int(element.attrib["tests"]), len(cases))
            self.assertEqual(int(element.attrib["failures"]), sum(why is not None for why in cases.values()))
        return cases

    @needs_gil
    def test_a_call_that_must_release_the_gil(self) -> None:
        self.write("app.py", KERNEL)
        budget = ("--budget", "gives(resize) >= 1")
        met = self.run_gilscope(*budget, "app.py", "release")
        self.assert_ended(met, 0)
        self.assertEqual(self.verdicts(met), ["budget met: 1 bound"])
        broken = self.run_gilscope(*budget, "--junit", "out.xml", "app.py", "hold")
        self.assertEqual(broken.status, 4, broken)
        self.assertEqual(broken.report["exit_status"], 0)  # the script's own
        (line,) = self.verdicts(broken)
        self.assertTrue(line.startswith("budget broken: gives(resize) >= 1: 0"), line)
        self.assertIn(line.split(": ", 2)[2], self.junit()["gives(resize) >= 1"])

    @needs_gil
    def test_the_script_of_the_readme(self) -> None:
        script = str(SCRIPTS / "check_smooth.py")
        for hold, status in ((), 0), (("--hold",), 4):
            result = self.run_gilscope("--budget", "gives(smooth) >= 1", script, "--size", "64", *hold)
            self.assertEqual(result.status, status, result)

    @needs_gil
    def test_measured_values_are_those_of_the_json(self) -> None:
        self.write("app.py", NAMED)
        names = {"turns": 0, "thread(pong).turns": 0, "sum(threads.gave)": 0, "gil(0).hand_overs": 0}
        result = self.run_gilscope("--budget", ", ".join(f"{name} < 1" for name in names), "--budget", "lost == 0",
                                   "-o", "run.gil", "app.py")
        self.assertEqual(result.status, 4, result)
        report = result.report
        expected = {
            "turns": report["gils"][0]["turns"],
            "thread(pong).turns": next(row["turns"] for row in report["threads"] if row["name"] == "pong"),
            "sum(threads.gave)": sum(row["gave"] for row in report["threads"]),
            "gil(0).hand_overs": report["gils"][0]["hand_overs"],
        }
        said = {}
        for line in self.verdicts(result):
            name, value = re.fullmatch(r"budget broken: (.*) < 1: (\d+(?:,\d{3})*)(?:, .*)?", line).groups()
            said[name] = int(value.replace(",", ""))
        self.assertEqual(said, {name: value for name, value in expected.items() if value >= 1})

    @needs_gil
    def test_a_kept_run_can_be_checked_later(self) -> None:
        self.write("app.py", NAMED)
        self.assert_ended(self.run_gilscope("-o", "run.gil", "app.py"), 0)
        met = self.gilscope("report", "run.gil", "-q", "--budget", "thread(pong).turns >= 20, lost == 0")
        self.assertEqual((met.status, met.out, met.err), (0, "", "budget met: 2 bounds\n"), met)
        broken = self.gilscope("report", "run.gil", "-q", "--budget", "thread(*ing*).longest_hold < 1ns",
                               "--junit", "out.xml", "--json", "-")
        self.assertEqual(broken.status, 4, broken)
        self.assertIn('thread "ping <&>?"', broken.err)
        json.loads(broken.out)
        self.assertIn('thread "ping <&>?"', self.junit()["thread(*ing*).longest_hold < 1ns"])

    def test_the_scripts_own_failure_wins(self) -> None:
        result = self.run_gilscope("--budget", "turns < 1", "-c", "raise SystemExit(7)")
        self.assert_ended(result, 7)
        self.assertEqual(len(self.verdicts(result)), 1, result)
        result = self.run_gilscope("--budget", "turns < 1", "-c", "1 / 0")
        self.assertEqual(result.status, 1, result)

    def test_what_did_not_occur_is_not_met_in_silence(self) -> None:
        result = self.run_gilscope("--budget", "longest_wait(nobody) < 1s, gives(nowhere) == 0", "-c", "pass")
        self.assertEqual(result.status, 4, result)
        (line,) = self.verdicts(result)
        self.assertIn('nothing to measure: no entry of threads in this run is of a thread "nobody"', line)

    @needs_gil
    def test_lost_turns_break_a_budget_that_does_not_allow_them(self) -> None:
        script = self.write("app.py", """
            import time
            for _ in range(60_000):
                time.sleep(0)
            """)
        few = ("-o", "run.gil", "--trace-limit", "64k")
        broken = self.run_gilscope(*few, "--budget", "turns > 0", script)
        self.assertGreater(broken.report["gils"][0]["lost"], 0)
        self.assertEqual(broken.status, 4, broken)
        (line,) = self.verdicts(broken)
        self.assertTrue(line.startswith("budget broken: the numbers are exact: "), line)
        met = self.run_gilscope(*few, "--budget", "turns > 0, lost > 0", script)
        self.assert_ended(met, 0)
        self.assertRegex(self.verdicts(met)[0], r"^budget met: 2 bounds, though [\d,]+ turns lost$")

    def test_a_wrong_budget_is_told_before_the_script_starts(self) -> None:
        wrong = {"longest_hod<50ms": "did you mean 'longest_hold'?",
                 "longest_hold<20%": "cannot be compared with a percentage",
                 "longest_hold<50": "give the limit a unit",
                 "lost==0 wait<1s": "no unit",
                 "": "needs a bound"}
        for budget, why in wrong.items():
            result = self.run_gilscope("--budget", budget, "-c", "print('it ran')")
            self.assertEqual((result.status, result.out, result.summary), (2, "", ""), result)
            self.assertIn(why, result.err)
            self.assertIn("^", result.err.split("\n")[2])
        for options, why in ((("--junit", "out.xml"), "--budget"),
                             (("--no-trace", "--budget", "lost==0"), "--no-trace records nothing"),
                             (("--no-locations", "--budget", "gives(f)>0"), "--no-locations records no places"),
                             (("--budget", "lost==0", "--junit", "no/such/out.xml"), "no folder"),
                             (("--budget", "lost==0", "--junit", "run.json"), "would overwrite")):
            result = self.run_gilscope(*options, "-c", "print('it ran')", json_file="run.json", cwd=self.folder)
            self.assert_refused(result, why)
        self.assertFalse((self.folder / "out.xml").exists())

    def test_junit_goes_to_standard_output(self) -> None:
        result = self.run_gilscope("-q", "--budget", "lost==0", "--junit", "-", "-c", "pass")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(ElementTree.fromstring(result.out.encode()).attrib["tests"], "2")

    def test_the_script_may_change_its_folder(self) -> None:
        self.run_gilscope("--budget", "lost==0", "--junit", "out.xml", "-c", "import os; os.chdir('/')")
        self.assertEqual(self.junit(), {"lost==0": None, "the numbers are exact": None})

    @needs_gil
    def test_the_help_names_every_number(self) -> None:
        done = subprocess.run([GILSCOPE, "help", "budget"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        report = self.run_gilscope("-t", "2", "-c", "pass").report
        for row in ("gils", "threads"):
            for key, value in report[row][0].items():
                if isinstance(value, (int, float)):
                    self.assertRegex(done.stdout, rf"\b{key}\b")


if __name__ == "__main__":
    unittest.main()
