"""A run that is kept: the file says what the run said, however the run ended."""
import json
import resource
import signal
import textwrap
import unittest
from pathlib import Path
from typing import Any

from cli_case import GILSCOPE, SANITIZE, CliCase, Result, needs_gil
from laws import check_laws, check_summary

CONTENDED = """
    import threading
    def work():
        for _ in range(300_000): pass
    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
SPANS = """
    import gilscope, gc, os
    from gilscope import kernels
    with gilscope.region("outer"):
        gilscope.mark("here")
        with gilscope.region("inner"):
            os.stat("/")
        kernels.mandelbrot(64, 64, release_gil=True, num_threads=2)
        kernels.mandelbrot(64, 64, release_gil=False)
        gc.collect()
    gilscope.mark("here")
"""
SUB_INTERPRETERS = """
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _interpreters as interpreters
    import os
    for _ in range(3):
        one = interpreters.create()
        interpreters.run_string(one, "import os\\nfor _ in range(100): os.stat('/')")
        interpreters.destroy(one)
"""
# Goes on until it gets a line.
UNTIL_TOLD = """
    import os, sys, threading, time
    def read():
        while True: os.stat("/")
    threading.Thread(target=read, name="reader", daemon=True).start()
    print("ready", flush=True)
    sys.stdin.readline()
"""


@needs_gil
class KeptRuns(CliCase):
    def record(self, script: str, *options: str, **keys: Any) -> tuple[Result, Path]:
        path = self.folder / "run.gil"
        result = self.run_gilscope("-o", path, *options, self.write("script.py", script), **keys)
        return result, path

    def report(self, path: Path, is_cut: bool = False) -> tuple[dict[str, Any], str]:
        """What `gilscope report` says, as JSON and as the summary; the laws hold in it. Where threads still ran when
        the run was cut, takes are ahead of turns."""
        json_file = self.folder / "report.json"
        result = self.gilscope("report", str(path), "--json", str(json_file))
        self.assertEqual((result.status, result.err), (0, ""), result)
        report = json.loads(json_file.read_text())
        if report["probe"]["verified"]:
            broken = [law for law in check_laws(report) if not (is_cut and law.startswith("law 4: GIL"))]
            self.assertEqual(broken + check_summary(result.out, report), [], result)
        return report, result.out

    def assert_same(self, script: str, *options: str) -> dict[str, Any]:
        result, path = self.record(script, *options)
        self.assertEqual(result.status, 0, result)
        report, _ = self.report(path)
        self.assertEqual((self.folder / "report.json").read_bytes(), (self.folder / "run.json").read_bytes())
        return report

    def test_report_says_what_the_run_said(self) -> None:
        report = self.assert_same(CONTENDED)
        self.assertEqual(len(report["threads"]), 4)
        self.assertTrue(any(thread["name"] == "worker 2" for thread in report["threads"]))

    def test_regions_marks_and_kernels(self) -> None:
        report = self.assert_same(SPANS)
        self.assertEqual([region["name"] for region in report["regions"]], ["outer", "inner"])
        self.assertEqual(report["marks"], [{"name": "here", "count": 2}])

    def test_sub_interpreters(self) -> None:
        self.assert_same(SUB_INTERPRETERS)

    def test_threads_of_ours(self) -> None:
        self.assert_same("sum(range(10**6))", "-t", "4")

    def test_numbers_in_between_change_nothing(self) -> None:
        self.assert_same("""
            import gilscope, os
            for _ in range(50):
                for _ in range(500): os.stat("/")
                gilscope.stats()
        """)

    def test_every_view_is_the_same_from_run_and_report(self) -> None:
        perfetto = self.folder / "run.pftrace"
        result, path = self.record(CONTENDED, "--perfetto", str(perfetto))
        again = self.folder / "again.pftrace"
        self.assertEqual(self.gilscope("report", "-q", str(path), "--perfetto", str(again)).status, 0)
        self.assertEqual(perfetto.read_bytes(), again.read_bytes())
        self.run_gilscope("--perfetto", again, self.folder / "script.py")  # without -o
        self.assertGreater(again.stat().st_size, 1000)

    def test_at_the_limit_the_rest_is_lost(self) -> None:
        result, path = self.record("import os\nfor _ in range(300_000): os.stat('/')", "--trace-limit", "100k")
        self.assertEqual(result.status, 0, result)
        self.assertLessEqual(path.stat().st_size, 100 * 1024)
        report, summary = self.report(path)
        self.assertGreater(report["gils"][0]["lost"], 100_000)
        self.assertGreaterEqual(report["gils"][0]["takes_counted"], 300_000)
        self.assertEqual((self.folder / "report.json").read_bytes(), (self.folder / "run.json").read_bytes())
        self.assertIn("lost", summary)

    @unittest.skipIf("thread" in SANITIZE, "the sanitizer writes large files of its own")
    def test_a_file_size_limit_of_the_process(self) -> None:
        path = self.folder / "run.gil"
        limit = 60_000
        result = self.run_gilscope(
            "-o", path, "-c", "import os\nfor _ in range(300_000): os.stat('/')",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(result.status, 0, result)
        self.assertLessEqual(path.stat().st_size, limit)
        report, _ = self.report(path)
        self.assertGreater(report["gils"][0]["lost"], 0)

    def test_a_full_disk(self) -> None:
        fill = self.write("fill.sh", """
            mount -t tmpfs -o size=256k tmpfs disk || exit 77
            "$1" run -o disk/run.gil -c "import os
            for _ in range(300_000): os.stat('/')" || exit
            "$1" report disk/run.gil --json report.json
            """)
        (self.folder / "disk").mkdir()
        result = self.start_shell('exec unshare --user --map-root-user --mount sh "$@"', "sh", str(fill), GILSCOPE).finish()
        if not (self.folder / "report.json").exists() and ("unshare" in result.err or result.status == 77):
            self.skipTest("this system lets nobody mount a small file system")
        self.assertEqual(result.status, 0, result)
        self.assertIn("the disk is full", result.err + result.summary + result.out)
        gil, = json.loads((self.folder / "report.json").read_text())["gils"]
        self.assertGreater(gil["turns"], 0)
        self.assertGreater(gil["turns"] + gil["lost"], 300_000)

    def wait_for_turns(self, path: Path, turns: int) -> None:
        """Until so many can be read from the file of a run that goes on."""
        json_file = self.folder / "so_far.json"
        while True:
            result = self.gilscope("report", "-q", str(path), "--json", str(json_file))
            if result.status == 0 and sum(gil["turns"] for gil in json.loads(json_file.read_text())["gils"]) > turns:
                return

    def assert_ends(self, ending: str, status: int, has_end: bool, number: int | None = None) -> dict[str, Any]:
        """A run that ends so leaves a file that can be read."""
        path = self.folder / "run.gil"
        script = self.write("script.py", textwrap.dedent(UNTIL_TOLD) + textwrap.dedent(ending))
        running = self.start("-o", path, script)
        running.wait_for("ready")
        self.wait_for_turns(path, 1_000)
        if number is not None:
            running.send(number)
        is_cut = number == signal.SIGTERM
        result = self.finish(running, stdin=b"\n", laws=has_end and not is_cut)
        self.assertEqual(result.status, status, result)
        report, summary = self.report(path, is_cut)
        self.assertGreater(report["gils"][0]["turns"], 1_000)
        if has_end and result.report is not None:
            self.assertEqual(report, result.report)
        if not has_end:
            self.assertIn("The trace ends early", summary)
            self.assertIsNone(report["exit_status"])
        return report

    def test_killed(self) -> None:
        self.assert_ends("while True: pass", -signal.SIGKILL, False, signal.SIGKILL)

    def test_the_time_on_cores_of_a_killed_run_is_not_that_of_its_begin(self) -> None:
        path = self.folder / "run.gil"
        code = "import os, signal\nfor i in range(20_000_000): pass\nos.kill(os.getpid(), signal.SIGKILL)"
        result = self.finish(self.start("-o", path, "-c", code))
        self.assertEqual(result.status, -signal.SIGKILL, result)
        main = self.report(path)[0]["threads"][0]
        if "on_cpu_ns" in main:  # else its last record was too old
            self.assertGreater(main["on_cpu_ns"] + main["runnable_ns"], main["life_ns"] / 2, main)

    def test_terminated(self) -> None:
        report = self.assert_ends("while True: pass", -signal.SIGTERM, True, signal.SIGTERM)
        self.assertEqual(report["exit_status"], 128 + signal.SIGTERM)

    @unittest.skipIf(SANITIZE, "the sanitizers have a handler of their own")
    def test_crashed(self) -> None:
        self.assert_ends("os.kill(os.getpid(), 11)", -signal.SIGSEGV, False)

    @unittest.skipIf(SANITIZE, "the sanitizers have a handler of their own")
    def test_aborted(self) -> None:
        self.assert_ends("os.abort()", -signal.SIGABRT, False)

    def test_left_at_once(self) -> None:
        self.assertEqual(self.assert_ends("os._exit(5)", 5, True)["exit_status"], 5)

    def test_left(self) -> None:
        self.assertEqual(self.assert_ends("import sys; sys.exit(7)", 7, True)["exit_status"], 7)

    def test_interrupted(self) -> None:
        self.assert_ends("while True: time.sleep(1)", 130, True, signal.SIGINT)

    def test_a_forked_child_leaves_the_file_alone(self) -> None:
        report = self.assert_same("""
            import os, sys, gilscope
            for how in range(3):
                pid = os.fork()
                if pid == 0:
                    for _ in range(20_000): os.stat("/")
                    if how == 0: os._exit(0)
                    if how == 1: sys.exit(0)
                    break
                os.waitpid(pid, 0)
            else:
                for _ in range(1000): os.stat("/")
        """)
        self.assertLess(report["gils"][0]["turns"], 15_000)

    def test_nothing_recorded_is_a_trace_too(self) -> None:
        path = self.folder / "run.gil"
        self.run_gilscope("-o", path, "-c", "pass")
        report, _ = self.report(path)
        self.assertTrue(report["probe"]["verified"])

    def test_while_it_goes_on(self) -> None:
        path = self.folder / "run.gil"
        running = self.start("-o", path, self.write("script.py", textwrap.dedent(UNTIL_TOLD)))
        running.wait_for("ready")
        self.wait_for_turns(path, 1_000)
        report, summary = self.report(path)
        self.assertIn("still going on", summary)
        again = self.gilscope("run", "-o", str(path), "-c", "pass")
        self.assert_refused(again, "another run is writing it")
        result = self.finish(running, stdin=b"\n")
        self.assertEqual(result.status, 0, result)
        ended, _ = self.report(path)
        self.assertGreater(ended["gils"][0]["turns"], report["gils"][0]["turns"])

    def test_an_old_file_is_replaced(self) -> None:
        path = self.folder / "run.gil"
        path.write_bytes(b"x" * 1_000_000)
        self.run_gilscope("-o", path, "-c", "pass")
        self.report(path)
        self.assertLess(path.stat().st_size, 100_000)

    def test_in_the_folder_where_it_was_started(self) -> None:
        (self.folder / "elsewhere").mkdir()
        self.run_gilscope("-o", "run.gil", "-c", "import os; os.chdir('elsewhere')")
        self.report(self.folder / "run.gil")


class Damage(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "run.gil"
        script = self.write("script.py", CONTENDED)
        self.run_gilscope("-o", self.path, script)
        self.bytes = self.path.read_bytes()

    def report_of(self, content: bytes) -> Result:
        self.path.write_bytes(content)
        return self.gilscope("report", str(self.path))

    def test_cut_off_anywhere(self) -> None:
        shown = 0
        for size in range(len(self.bytes) - 1, 0, -max(1, len(self.bytes) // 60)):
            result = self.report_of(self.bytes[:size])
            self.assertIn(result.status, (0, 2), result)
            if result.status == 0:
                shown += 1
                self.assertIn("ends early", result.out, result)
            else:
                self.assertEqual(len(result.err.splitlines()), 1, result)
        self.assertGreater(shown, 0)

    def test_damaged_where_it_says(self) -> None:
        at = len(self.bytes) - 200
        changed = bytearray(self.bytes)
        changed[at] ^= 0x40
        result = self.report_of(bytes(changed))
        self.assertEqual(result.status, 0, result)
        self.assertRegex(result.out.replace("\n", " "), r"damaged\s+at\s+byte\s+\d+")

    def test_what_is_no_trace(self) -> None:
        newer = self.bytes[:8] + bytes([9, 0, 0, 0])
        for content, texts in ((b"", ["is empty", "record it again"]), (b"#!/bin/sh\n" * 10, ["no gilscope trace"]),
                               (self.bytes[:5], ["damaged"]), (self.bytes[:16], ["nothing that can be read"])):
            self.assert_refused(self.report_of(content), str(self.path), *texts)
        crc = crc32c(newer)
        self.assert_refused(self.report_of(newer + crc.to_bytes(4, "little")), "9.0", "1.1", "newer")
        self.assert_refused(self.gilscope("report", str(self.folder)), "folder")
        self.assert_refused(self.gilscope("report", str(self.folder / "missing.gil")), "No such file")
        self.assert_refused(self.gilscope("report"), "needs the name of a trace")


def crc32c(content: bytes) -> int:
    crc = 0xFFFF_FFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F6_3B78 if crc & 1 else 0)
    return crc ^ 0xFFFF_FFFF


class CommandLine(CliCase):
    def test_refused(self) -> None:
        script = self.write("script.py", "print('it ran')")
        for arguments, texts in (
            (["-o", "-", "script.py"], ["standard output", "run.gil"]),
            (["-o", "run.gil", "--json", "run.gil", "script.py"], ["-o", "--json", "run.gil"]),
            (["-o", "run.gil", "--json", "./run.gil", "script.py"], ["-o", "--json"]),
            (["-o", "script.py", "script.py"], ["overwrite the script"]),
            (["-o", str(self.folder), "script.py"], ["folder"]),
            (["-o", "none/run.gil", "script.py"], ["there is no folder"]),
            (["-o", "/dev/full", "script.py"], ["device"]),
            (["-o", "", "script.py"], ["-o needs"]),
            (["-o", "run.gil", "--trace-limit", "lots", "script.py"], ["lots", "500MB"]),
            (["-o", "run.gil", "--trace-limit", "10", "script.py"], ["64k"]),
            (["--trace-limit", "1MB", "script.py"], ["add -o FILE"]),
            (["-o", "run.gil", "--no-trace", "script.py"], ["--no-trace records nothing"]),
            (["--perfetto", "p", "--no-trace", "script.py"], ["--no-trace records nothing"]),
        ):
            with self.subTest(arguments):
                self.assert_refused(self.gilscope("run", *arguments), *texts)
        self.assertEqual(script.read_text(), "print('it ran')")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["script.py"])

    def test_a_report_does_not_overwrite_its_trace(self) -> None:
        path = self.folder / "run.gil"
        self.run_gilscope("-o", path, "-c", "pass")
        self.assert_refused(self.gilscope("report", "run.gil", "--json", "run.gil"), "overwrite the trace")

    def test_json_alone_on_standard_output(self) -> None:
        path = self.folder / "run.gil"
        self.run_gilscope("-o", path, "-c", "pass")
        result = self.gilscope("report", str(path), "--json", "-")
        self.assertIn("gils", json.loads(result.out))

    def test_help_teaches(self) -> None:
        self.assertIn("gilscope run -o run.gil", self.gilscope("report", "--help").out)
        self.assertIn("--trace-limit", self.gilscope("run", "--help").out)


if __name__ == "__main__":
    unittest.main()
