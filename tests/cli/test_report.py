"""What gilscope says after a run: the summary on stderr, --json, and where neither may get in the way."""
import json
import os
import pty
import subprocess
import unittest

from cli_case import GILSCOPE, CliCase, environment, needs_gil

NUMBER = (int, float)
GIL_KEYS = ("id turns takes_counted lost held_ns contended_ns overlaps hand_overs drop_requests requested_turns obeyed_p99_ns "
            "obeyed_max_ns gave asked hand_over_p50_ns hand_over_p99_ns hand_over_max_ns unattributed_ns").split()
THREAD_KEYS = ("index native_id gil turns life_ns hold_ns wait_ns outside_ns longest_wait_ns wait_p50_ns wait_p99_ns hold_p50_ns "
               "hold_p99_ns longest_hold_ns gave asked").split()
SPIN = "for _ in range(200000): pass"


class JsonReport(CliCase):
    @needs_gil
    def test_keys_and_types(self) -> None:
        report = self.run_gilscope("-t", "2", "-c", SPIN).report
        self.assertIs(type(report["gilscope"]), str)
        self.assertIs(type(report["python"]["version"]), str)
        for key in ("free_threaded", "gil_enabled"):
            self.assertIs(type(report["python"][key]), bool)
        for key in ("cores", "wall_ns", "exit_status"):
            self.assertIs(type(report[key]), int, key)
        for gil in report["gils"]:
            for key in GIL_KEYS:
                self.assertIs(type(gil[key]), int, key)
        for thread in report["threads"]:
            self.assertIs(type(thread["name"]), str)
            for key in THREAD_KEYS:
                self.assertIs(type(thread[key]), int, key)
        for key in "kernels collections waited_for blockers longest_waits obeyed_latest giving".split():
            self.assertIs(type(report[key]), list, key)
        probe = report["probe"]
        self.assertIs(probe["verified"], True)
        self.assertGreater(probe["pair_cost_ns"], 0)
        self.assertTrue(0 < probe["own_cost_share"] < 1)
        self.assertEqual(report["cores"], len(os.sched_getaffinity(0)))

    def test_standard_output_comes_after_the_scripts_own(self) -> None:
        result = self.run_gilscope("--json", "-", "-c", "import os; print('own'); os.write(1, b'raw\\n')", json_file=None)
        first, second, rest = result.out.split("\n", 2)
        self.assertEqual({first, second}, {"own", "raw"})
        self.assertEqual(json.loads(rest)["exit_status"], 0)
        self.assertIn("verified", result.summary)

    def test_it_replaces_an_old_file_and_follows_a_link(self) -> None:
        real = self.write("real.json", "old")
        real.chmod(0o600)
        (self.folder / "link.json").symlink_to("real.json")
        self.run_gilscope("--json", "link.json", "-c", "pass", json_file=None)
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.assertEqual(json.loads(real.read_text())["exit_status"], 0)
        self.assertEqual(sorted(os.listdir(self.folder)), ["link.json", "real.json"])

    def test_a_relative_name_is_where_the_run_began(self) -> None:
        (self.folder / "other").mkdir()
        self.run_gilscope("--json", "here.json", "-c", "import os; os.chdir('other')", json_file=None)
        self.assertEqual(sorted(os.listdir(self.folder)), ["here.json", "other"])

    def test_what_cannot_be_written_is_said_before_the_script_starts(self) -> None:
        (self.folder / "folder").mkdir()
        (self.folder / "file").write_text("x")
        for name in ("missing/run.json", "folder", "file/run.json", "/proc/run.json", "folder/"):
            with self.subTest(name=name):
                self.assert_refused(self.gilscope("run", "--json", name, "-c", "print('ran')"), f"'{name}'")
        if os.geteuid() != 0:
            (self.folder / "folder").chmod(0o500)
            self.assert_refused(self.gilscope("run", "--json", "folder/run.json", "-c", "print('ran')"), "Permission denied")

    def test_a_full_disk(self) -> None:
        result = self.gilscope("run", "--json", "/dev/full", "-c", "print('ran')")
        self.assertEqual((result.status, result.out), (2, "ran\n"), result)
        self.assertIn("cannot write '/dev/full': No space left on device", result.summary)
        with open("/dev/full", "wb") as full:
            result = self.run_gilscope("--json", "-", "-c", "pass", json_file=None, stdout=full)
        self.assertEqual(result.status, 2, result)

    def test_a_folder_that_goes_away_leaves_nothing_half_written(self) -> None:
        (self.folder / "gone").mkdir()
        result = self.gilscope("run", "--json", "gone/run.json", "-c", "import os; os.rmdir('gone')")
        self.assertEqual(result.status, 2, result)
        self.assertIn(f"cannot write '{self.folder}/gone/run.json'", result.summary)
        self.assertEqual(os.listdir(self.folder), [])

    def test_names_that_are_not_utf8(self) -> None:
        code = "import gilscope, threading\nt = threading.Thread(target=int, name='\\udcff\\x00\\n\"\\\\'); t.start(); t.join()"
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0)
        self.assertEqual(len(result.report["threads"]), 2)

    def test_regions_and_marks(self) -> None:
        code = ("import gilscope\nfor i in range(3):\n  with gilscope.region('load größe'): gilscope.mark('checkpoint')\n"
                "s = gilscope.stats()\nassert s['marks'] == [{'name': 'checkpoint', 'count': 3}], s\nprint(sorted(s))")
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0, f"{sorted(result.report)}\n")
        self.assertEqual([(r["name"], r["count"]) for r in result.report["regions"]], [("load größe", 3)])
        self.assertIn("load größe", result.summary)
        self.assertIn("checkpoint", result.summary)

    @needs_gil
    def test_numbers_mean_what_they_say(self) -> None:
        # Twenty times: gives the GIL until the other one has had it, which keeps it until it is asked for it.
        code = """
import threading, time
steps, stop = 0, False
def spin():
    global steps
    while not stop: steps += 1
spinner = threading.Thread(target=spin)
spinner.start()
for _ in range(20):
    before = steps
    while steps == before: time.sleep(0)
stop = True
spinner.join()
"""
        report = self.run_gilscope("-c", code).report
        gil = report["gils"][0]
        main, spin = report["threads"]
        self.assertGreaterEqual(gil["drop_requests"], 20)
        self.assertGreaterEqual(spin["asked"], 20)
        self.assertGreater(gil["contended_ns"], 0)
        self.assertGreater(main["wait_ns"], 0)
        self.assertGreaterEqual(gil["hand_overs"], spin["asked"])
        waited = {row["waiter"]: row["holder_ns"] for row in report["waited_for"]}
        self.assertEqual(list(waited[main["index"]]), [str(spin["index"])])  # nobody else kept it waiting
        interval_ns = 5_000_000  # went by before each request, with the other one holding
        self.assertGreater(waited[main["index"]][str(spin["index"])], 20 * interval_ns * 0.9)
        self.assertTrue(report["blockers"] and report["longest_waits"] and report["obeyed_latest"] and report["giving"])
        self.assertEqual(report["longest_waits"][0]["wait_ns"], max(t["longest_wait_ns"] for t in report["threads"]))

    @needs_gil
    def test_who_was_waited_for_is_known_however_long_the_turn_that_waited_is_held(self) -> None:
        """A turn is recorded at its end: what it waited for must not be forgotten until then."""
        code = """
            import gilscope, threading
            from gilscope import kernels
            enough = False
            def look():
                global enough
                enough = any(wait["wait_ns"] > 50_000_000 for wait in gilscope.stats()["longest_waits"])
            there = threading.Barrier(2, look)
            def hold():
                there.wait()
                while not enough:  # the first time, unless one of them comes too late to wait for the other
                    kernels.countdown(200_000_000, release_gil=False)
                    there.wait()
            threads = [threading.Thread(target=hold, name=name) for name in "ab"]
            for one in threads: one.start()
            for one in threads: one.join()
            """
        report = self.run_gilscope(self.write("hold.py", code)).report
        wait = report["longest_waits"][0]
        late, other = sorted((thread["index"] for thread in report["threads"] if thread["name"] in "ab"),
                             key=lambda index: index != wait["thread"])
        self.assertEqual((wait["thread"], wait["holder"]), (late, other))
        row = next(row for row in report["waited_for"] if row["waiter"] == late)
        self.assertGreaterEqual(row["holder_ns"][str(other)], wait["holder_ns"])


class Summary(CliCase):
    def test_names_the_command_without_where_its_results_go(self) -> None:
        result = self.run_gilscope("-o", self.folder / "run.gil", "--full", f"--perfetto={self.folder}/p", "-t", "1",
                                   "-c", "pass", "--json", "x")
        said = " ".join(result.summary.split())
        self.assertIn("gilscope run -t 1 -c pass --json x", said, result)

    def test_quiet(self) -> None:
        for option in ("--quiet", "-q"):
            result = self.run_gilscope(option, "-c", "import sys; print('out'); print('err', file=sys.stderr)")
            self.assertEqual((result.status, result.out, result.err, result.summary), (0, "out\n", "err\n", ""))
            self.assertEqual(result.report["exit_status"], 0)

    def test_no_trace(self) -> None:
        result = self.run_gilscope("--no-trace", "-t", "2", "-c", "raise SystemExit(3)")
        self.assertEqual(result.status, 3)
        self.assertRegex(result.summary, r"^No numbers: --no-trace was given ")
        report = result.report
        self.assertEqual((report["exit_status"], report["gils"], report["threads"]), (3, [], []))
        self.assertEqual((report["probe"]["verified"], report["probe"]["reason"]), (False, "--no-trace was given"))
        self.assertGreater(report["wall_ns"], 0)
        stats = ("import gilscope\ntry: gilscope.stats()\nexcept RuntimeError as e: print(e)\n"
                 "with gilscope.region('r'): gilscope.mark('m')")
        self.assertIn("--no-trace", self.run_gilscope("--no-trace", "-c", stats).out)

    def test_plain_in_a_pipe(self) -> None:
        result = self.run_gilscope("-t", "2", "-c", SPIN)
        self.assertNotIn("\x1b", result.summary)
        for line in result.summary.splitlines():
            self.assertLessEqual(len(line), 90, line)

    def test_colour_on_a_terminal(self) -> None:
        coloured = self._on_a_terminal()
        self.assertIn("\x1b[", coloured)
        self.assertNotIn("\x1b", self._on_a_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b", self._on_a_terminal(TERM="dumb"))
        self.assertIn("\x1b[", self._on_a_terminal(NO_COLOR=""))

    def test_ascii_where_the_locale_is_not_utf8(self) -> None:
        result = self.run_gilscope("-t", "2", "-c", SPIN, env=environment(LC_ALL="C"))
        self.assertTrue(result.summary.isascii(), result)

    def test_names_do_not_move_the_cursor(self) -> None:
        code = "import threading\nt = threading.Thread(target=int, name='\\x1b[2J\\n\\r\\tevil'); t.start(); t.join()"
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0)
        self.assertNotIn("\x1b", result.summary)

    def test_a_closed_pipe_for_the_summary(self) -> None:
        running = self.start("-c", "input()")
        running.process.stderr.close()
        running.process.stderr = None
        result = self.finish(running, b"\n")
        self.assertEqual((result.status, result.report["exit_status"]), (0, 0))

    def test_it_is_the_last_thing_said(self) -> None:
        code = "import atexit, sys; atexit.register(lambda: print('bye', file=sys.stderr)); print('body', file=sys.stderr)"
        self.assertEqual(self.run_gilscope("-c", code).err, "body\nbye\n")

    def _on_a_terminal(self, **variables: str) -> str:
        ours, theirs = pty.openpty()
        command = [GILSCOPE, "run", "-t", "2", "-c", SPIN]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=theirs, cwd=self.folder,
                              env=environment(**{"TERM": "xterm", **variables})) as process:
            os.close(theirs)
            text = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                text += piece
        os.close(ours)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"verified on CPython", text)
        return text.decode()


if __name__ == "__main__":
    unittest.main()
