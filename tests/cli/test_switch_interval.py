"""--switch-interval: one that is set, several that the script is run at, and who set another one."""
import json
import re
import signal
import unittest

from cli_case import CliCase, Result, needs_gil

SAY = "import sys; print(f'{round(sys.getswitchinterval() * 1e6)}\\n', end='')"


class SwitchInterval(CliCase):
    def sweep(self, *arguments: str, **keys: object) -> tuple[Result, dict]:
        """Runs at several intervals. The result, and what --json says of all."""
        running = self.start(*arguments, **keys)
        result = running.finish()
        self.assertNotIn("internal error", result.err, result)
        return result, result.report

    def rows(self, result: Result) -> dict[str, list[str]]:
        """The rows of the table, by interval."""
        table = (result.err + result.summary).split("switch interval      ")[-1]
        return {match[1]: match[2].split() for match in re.finditer(r"^([\d.]+ [mu]?s)  +(\S.*)$", table, re.M)}

    def test_one_is_set(self) -> None:
        result = self.run_gilscope("--switch-interval", "250us", "-c", SAY)
        self.assert_ended(result, 0, "250\n")
        self.assertNotIn("all the time", result.summary)
        result = self.run_gilscope("-t", "2", "--switch-interval", "0.01s", "-c", SAY)
        self.assert_ended(result, 0, "10000\n10000\n")

    @needs_gil
    def test_the_script_is_run_at_each(self) -> None:
        script = self.write("app.py", SAY + "\nprint(f'{sys.argv[1:]} {__name__}\\n', end='')")
        result, report = self.sweep("-t", "2", "--switch-interval", "5ms,1ms,100us", script, "--its", "own")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(sorted(re.findall(r"^\d+$", result.out, re.M)), ["100"] * 2 + ["1000"] * 2 + ["5000"] * 2)
        self.assertEqual(result.out.count("['--its', 'own'] __main__"), 6)
        self.assertIn("run 2 of 3, switch interval 1.00 ms", result.err)
        rows = self.rows(result)
        self.assertEqual(list(rows), ["5.00 ms", "1.00 ms", "100 us"], result)
        runs = report["switch_intervals"]
        self.assertEqual([run["switch_interval_ns"] for run in runs], [5_000_000, 1_000_000, 100_000])
        self.assertEqual(report["command"].split("/")[0], "gilscope run -t 2 --switch-interval 5ms,1ms,100us ")
        for run, row in zip(runs, rows.values()):
            one = run["report"]
            self.assertEqual((run["exit_status"], run["changes"], run["final_interval_ns"]),
                             (0, [], run["switch_interval_ns"]))
            self.assertEqual(run["wall_ns"], one["wall_ns"])
            self.assertEqual(run["hand_overs"], sum(gil["hand_overs"] for gil in one["gils"]))
            self.assertEqual(run["longest_wait_ns"], max(thread["longest_wait_ns"] for thread in one["threads"]))
            self.assertEqual(run["wait_p99_ns"], max(thread["wait_p99_ns"] for thread in one["threads"]))
            self.assertAlmostEqual(run["speed"], runs[0]["wall_ns"] / run["wall_ns"])
            self.assertEqual(row[-1], f"{run['hand_overs']:,}")
        self.assertFalse(report["interrupted"])

    def test_who_sets_another_is_named(self) -> None:
        self.write("library.py", """
            import sys

            def hurry():
                sys.setswitchinterval(0.00002)
            """)
        script = self.write("app.py", "import library\nlibrary.hurry()\n")
        line = "The switch interval was not 1.00 ms all the time: "
        result = self.run_gilscope("--switch-interval", "1ms", script)
        self.assertIn(line, result.summary)
        self.assertRegex(result.summary, r"library\.py:4 hurry set it to 20\.0 us\.")
        result, report = self.sweep("--switch-interval", "1ms,2ms", script)
        self.assertEqual(result.status, 0, result)
        said = re.sub(r"\s+", " ", result.err)
        self.assertIn(line, said)
        self.assertEqual(len(re.findall(r"library\.py:4 hurry set it to 20\.0 us\.", said)), 2, result)
        for run in report["switch_intervals"]:
            (change,) = run["changes"]
            self.assertEqual((change["line"], change["function"], change["interval_ns"]), (4, "hurry", 20_000))
            self.assertTrue(change["file"].endswith("library.py"))
            self.assertEqual(run["final_interval_ns"], 20_000)

    def test_gilscopes_own_calls_are_not_the_scripts(self) -> None:
        # A second thread makes the probe rehearse contention, for which it sets an interval and puts it back.
        code = "import threading; t = threading.Thread(target=lambda: None); t.start(); t.join(); " + SAY
        result = self.run_gilscope("--switch-interval", "1ms", "-c", code)
        self.assert_ended(result, 0, "1000\n")
        self.assertNotIn("all the time", result.summary)

    def test_the_function_does_what_it_did(self) -> None:
        code = ("import sys\nfor wrong in (0, -1, 'x'):\n  try: sys.setswitchinterval(wrong)\n"
                "  except Exception as error: print(type(error).__name__, error)\n"
                "print(sys.setswitchinterval(0.5), sys.getswitchinterval(), sys.setswitchinterval.__name__)")
        theirs = self.run_python("-c", code)
        ours = self.run_gilscope("--switch-interval", "1ms", "-c", code)
        self.assertEqual((ours.status, ours.out), (0, theirs.out), ours)

    def test_a_run_that_fails(self) -> None:
        script = self.write("app.py", "import os, signal, sys\nif sys.getswitchinterval() < 0.002:\n"
                                      "  os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(3)")
        result, report = self.sweep("--switch-interval", "5ms,1ms", script)
        self.assertEqual(result.status, 3, result)
        self.assertIn("5.00 ms: exit status 3.", result.err)
        self.assertIn("it died of SIGKILL", result.err)
        first, second = report["switch_intervals"]
        self.assertEqual((first["exit_status"], second["exit_status"], second["report"]), (3, 137, None))

    def test_ctrl_c_shows_what_is_there(self) -> None:
        script = self.write("app.py", "import sys, time\nif sys.getswitchinterval() < 0.002:\n"
                                      "  print('now', flush=True)\n  while True: time.sleep(1)")
        running = self.start("--switch-interval", "5ms,1ms,1us", script)
        running.wait_for("now")
        running.send(signal.SIGINT)
        result = running.finish()
        self.assertEqual(result.status, 130, result)
        self.assertEqual(list(self.rows(result)), ["5.00 ms"])
        self.assertIn("Interrupted", result.err)
        self.assertTrue(result.report["interrupted"])
        self.assertEqual(len(result.report["switch_intervals"]), 1)

    def test_json_to_standard_output(self) -> None:
        result = self.run_gilscope("-q", "--switch-interval", "5ms,1ms", "--json", "-", "-c", "pass", json_file=None)
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertEqual(len(json.loads(result.out)["switch_intervals"]), 2)

    def test_what_makes_no_sense_is_refused(self) -> None:
        for value in ("", "5", "fast", "5ms,", "0ms", "-1ms"):
            self.assert_refused(self.run_gilscope("--switch-interval", value, "-c", "print(1)"), "--switch-interval")
        two = ("--switch-interval", "5ms,1ms")
        for options in (("-o", "run.gil"), ("--html", "run.html"), ("--no-trace",), ("--live",),
                        ("--budget", "lost==0")):
            self.assert_refused(self.run_gilscope(*two, *options, "-c", "print(1)"), "leave out one of them")
        self.assert_refused(self.run_gilscope(*two, "-", stdin=b"print(1)"), "standard input")


if __name__ == "__main__":
    unittest.main()
