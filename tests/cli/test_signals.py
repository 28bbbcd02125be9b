"""Ctrl-C, SIGTERM and other signals. The script says when it is ready; nothing here waits for time to pass."""
import signal
import time
import unittest

from cli_case import BUSY, GILSCOPE, CliCase, Result, needs_gil

READY = "print('ready\\n', end='', flush=True)\n"
# In C from "ready" on: no bytecode in between that could be interrupted.
C_CALL = ("import collections, itertools, os, time\n"
          "collections.deque(itertools.chain(map(os.write, [1], [b'ready\\n']), {}), maxlen=0)")
SLEEP = C_CALL.format("map(time.sleep, [1000])")
HOLD_GIL = C_CALL.format("itertools.repeat(0)")
SIGINT, SIGTERM = signal.SIGINT, signal.SIGTERM


class Interrupt(CliCase):
    def test_a_busy_and_a_sleeping_script(self) -> None:
        for body in (BUSY, "time.sleep(1000)", "threading.Event().wait()", "signal.pause()", "input()"):
            with self.subTest(body=body):
                running = self.start("-c", f"import signal, threading, time\n{READY}{body}")
                running.wait_for("ready")
                running.send_to_all(SIGINT)
                result = self.finish(running)
                self.assert_ended(result, 130, "ready\n")
                self.assertEqual(result.err.splitlines()[-1], "KeyboardInterrupt", result)
                self.assertEqual(result.err.count("Traceback"), 1, result)

    def test_the_script_cleans_up(self) -> None:
        for caught, status in (("except KeyboardInterrupt: print('caught')", 0), ("finally: print('caught')", 130),
                               ("except KeyboardInterrupt: print('caught'); raise SystemExit(4)", 4)):
            code = f"import atexit; atexit.register(print, 'bye')\ntry:\n  {READY}  {BUSY}\n{caught}"
            running = self.start("-c", code)
            running.wait_for("ready")
            running.send(SIGINT)
            self.assert_ended(self.finish(running), status, "ready\ncaught\nbye\n")

    def test_all_threads_get_it(self) -> None:
        for arguments in (("-t", "4", "-c", READY + BUSY),
                          ("-t", "4", "--call", "f", "-c", f"def f(i, n):\n  {READY}  {BUSY}"),
                          ("-t", "4", "--no-trace", "-c", READY + BUSY)):
            with self.subTest(arguments=arguments):
                running = self.start(*arguments)
                running.wait_for("ready", 4)
                running.send(SIGINT)
                result = self.finish(running)
                self.assertEqual((result.status, result.report["exit_status"]), (130, 130), result)
                for index in range(4):
                    self.assertIn(f"Exception in thread worker-{index}:\n", result.err)
                self.assertEqual(result.err.count("\nKeyboardInterrupt\n"), 4, result)

    def test_threads_that_catch_it_and_end(self) -> None:
        running = self.start("-t", "3", "-c", f"try:\n  {READY}  {BUSY}\nexcept KeyboardInterrupt: print('caught\\n', end='')")
        running.wait_for("ready", 3)
        running.send(SIGINT)
        self.assert_ended(self.finish(running), 130, "ready\n" * 3 + "caught\n" * 3)

    def test_a_second_one_ends_at_once(self) -> None:
        stubborn = f"try:\n  {READY}  {BUSY}\nexcept KeyboardInterrupt: print('no', flush=True)\n{BUSY}"
        for options in ((), ("--no-trace",)):
            with self.subTest(options=options):
                running = self.start(*options, "-t", "2", "-c", SLEEP)
                running.wait_for("ready", 2)
                running.send(SIGINT)
                running.wait_for_error("threads have not ended yet")
                running.send(SIGINT)
                self._assert_ended_at_once(self.finish(running))
        running = self.start("-t", "2", "-c", stubborn)
        running.wait_for("ready", 2)
        running.send(SIGINT)
        running.wait_for("no", 2)
        running.send(SIGINT)
        self._assert_ended_at_once(self.finish(running))

    def test_a_second_one_where_python_cannot_be_interrupted(self) -> None:
        for options in ((), ("--no-trace",), ("-t", "2")):
            with self.subTest(options=options):
                running = self.start(*options, "-c", HOLD_GIL)
                running.wait_for("ready")
                running.send_until_it_ends(SIGINT)
                self._assert_ended_at_once(self.finish(running))

    def test_one_that_was_caught_is_no_first_one(self) -> None:
        code = f"for i in range(3):\n  try:\n    if i == 0: {READY}    {BUSY}\n  except KeyboardInterrupt: print('caught', flush=True)"
        for options in ((), ("--no-trace",)):
            running = self.start(*options, "-c", code)
            running.wait_for("ready")
            for count in range(3):
                running.send(SIGINT)
                running.wait_for("caught", count + 1)
                time.sleep(1.1)  # two within a second are one who means it
            result = self.finish(running)
            self.assertEqual((result.status, result.report["exit_status"]), (0, 0), result)

    def test_at_the_end_of_the_script(self) -> None:
        # "ready" only when the main thread waits for this one: a Ctrl-C a little earlier is lost in python3, too.
        code = ("import os, threading, time\ndef f():\n  threading.main_thread().join()\n  asleep = 0\n"
                "  while asleep < 20:\n    time.sleep(0.001)\n"
                "    with open(f'/proc/self/task/{os.getpid()}/stat') as state:\n"
                "      asleep = asleep + 1 if ') S ' in state.read() else 0\n"
                f"  os.write(1, b'ready')\n  {BUSY}\nthreading.Thread(target=f).start()")
        ended = []
        for start in (self.start, self.start_python):
            running = start("-c", code)
            running.wait_for("ready")
            running.send(SIGINT)
            ended.append(self.finish(running))
        ours, theirs = ended
        self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out), ours)
        self.assertIn("KeyboardInterrupt", ours.err)
        self.assertIn("verified on CPython", ours.summary)

    def test_a_handler_of_the_script(self) -> None:
        code = ("import os, signal\nsignal.signal(signal.SIGINT, lambda *a: (os.write(1, b'mine\\n'), seen.append(1)))\n"
                f"seen = []\n{READY}while len(seen) < 3: signal.pause()\nprint('end')")
        for arguments in (("-c", code), ("--no-trace", "-c", code)):
            running = self.start(*arguments)
            running.wait_for("ready")
            for count in range(3):  # one after the other: none of them ends the program
                running.send(SIGINT)
                running.wait_for("mine", count + 1)
            result = self.finish(running)
            self.assertEqual((result.status, result.out.splitlines()[-1]), (0, "end"), result)

    def test_default_and_ignored_by_the_script(self) -> None:
        running = self.start("-c", f"import signal; signal.signal(2, signal.SIG_DFL)\n{READY}{BUSY}")
        running.wait_for("ready")
        running.send(SIGINT)
        self.assertEqual(self.finish(running).status, -2)
        running = self.start("-c", f"import signal; signal.signal(2, signal.SIG_IGN)\n{READY}input(); print('end')")
        running.wait_for("ready")
        running.send(SIGINT)
        self.assert_ended(self.finish(running, b"\n"), 0, "ready\nend\n")

    def test_ignored_from_the_start(self) -> None:
        running = self.start_shell("trap '' INT; exec \"$@\"", "sh", GILSCOPE, "run", "-c", READY + "input(); print('end')")
        running.wait_for("ready")
        running.send(SIGINT)
        result = running.finish(b"\n")
        self.assertEqual((result.status, result.out), (0, "ready\nend\n"), result)

    def test_asyncio(self) -> None:
        code = ("import asyncio\nasync def main():\n  try:\n    print('ready', flush=True); await asyncio.sleep(1000)\n"
                "  except asyncio.CancelledError: print('cancelled'); raise\nasyncio.run(main())")
        running = self.start("-c", code)
        running.wait_for("ready")
        running.send(SIGINT)
        result = self.finish(running)
        self.assert_ended(result, 130, "ready\ncancelled\n")

    def test_a_kernel(self) -> None:
        for options in ((), ("-t", "2")):
            for release in (True, False):
                with self.subTest(options=options, release=release):
                    code = f"import gilscope.kernels as k\n{READY}k.countdown(10**15, release_gil={release})"
                    running = self.start(*options, "-c", code)
                    running.wait_for("ready")
                    running.send(SIGINT)
                    self.assert_ended(self.finish(running), 130)

    def _assert_ended_at_once(self, result: Result) -> None:
        self.assertEqual((result.status, result.summary, result.report), (130, "", None), result)
        self.assertIn("ended at once by a second Ctrl-C", result.err)


class Terminate(CliCase):
    @needs_gil
    def test_the_summary_is_shown_and_the_signal_does_its_work(self) -> None:
        for arguments, times in ((("-c", READY + BUSY), 1), (("-t", "3", "-c", READY + BUSY), 3),
                                 (("-c", READY + "import time; time.sleep(1000)"), 1)):
            with self.subTest(arguments=arguments):
                running = self.start(*arguments)
                running.wait_for("ready", times)
                running.send(SIGTERM)
                result = self.finish(running, laws=False)
                self.assertEqual((result.status, result.report["exit_status"]), (-15, 143), result)
                self.assertIn("verified on CPython", result.summary)
                self.assert_laws_of_a_cut_run(result)

    @needs_gil
    def test_it_comes_while_threads_pass_the_gil_on(self) -> None:
        code = ("import os\nzero = os.open('/dev/zero', os.O_RDONLY)\n"
                f"def read(i, n):\n  {READY}  while True: os.read(zero, 1)")
        for _ in range(10):
            running = self.start("-t", "4", "--call", "read", "-c", code)
            running.wait_for("ready", 4)
            running.send(SIGTERM)
            result = self.finish(running)
            self.assertEqual((result.status, result.report["laws"] if "laws" in result.report else []), (-15, []), result)
            for gil in result.report["gils"]:
                self.assertEqual(gil["turns"] + gil["lost"], gil["takes_counted"], result)

    def test_the_time_on_cores_is_the_runs(self) -> None:
        code = "import os, signal\nfor i in range(3_000_000): pass\nos.kill(os.getpid(), signal.SIGTERM)\nwhile True: pass"
        result = self.finish(self.start("-c", code), laws=False)
        self.assertLess(result.report["cpu_ns"], 10 * result.report["wall_ns"], result)
        self.assertGreater(result.report["cpu_ns"], result.report["wall_ns"] / 100, result)

    def test_without_trace_and_quiet(self) -> None:
        running = self.start("--no-trace", "-c", READY + BUSY)
        running.wait_for("ready")
        running.send(SIGTERM)
        self.assertEqual(self.finish(running).status, -15)
        running = self.start("--quiet", "-c", READY + BUSY)
        running.wait_for("ready")
        running.send(SIGTERM)
        result = self.finish(running, laws=False)
        self.assertEqual((result.status, result.summary, result.err), (-15, "", ""))
        self.assertIsNotNone(result.report)

    def test_a_handler_of_the_script(self) -> None:
        code = f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(9))\n{READY}"
        running = self.start("-c", code + BUSY)
        running.wait_for("ready")
        running.send(SIGTERM)
        self.assert_ended(self.finish(running), 9)
        running = self.start("-t", "2", "--call", "f", "-c", f"{code}def f(i, n):\n  print('go', flush=True)\n  {BUSY}")
        running.wait_for("go", 2)
        running.send(SIGTERM)
        self.assert_ended(self.finish(running), 9)

    def test_what_the_script_sees(self) -> None:
        code = ("import signal\nprint(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT),\n"
                "signal.getsignal(signal.SIGPIPE), signal.pthread_sigmask(signal.SIG_BLOCK, []))")
        self.assert_like_python("-c", code)

    def test_children_die_of_it(self) -> None:
        script = self.write("app.py", """
            import multiprocessing, os, signal, subprocess, sys, time
            def child(q):
                q.put("up")
                while True: time.sleep(1000)
            if __name__ == "__main__":
                for method in ("fork", "spawn", "forkserver"):
                    context = multiprocessing.get_context(method)
                    queue = context.Queue()
                    process = context.Process(target=child, args=(queue,))
                    process.start()
                    queue.get()
                    process.terminate()
                    process.join()
                    print(method, process.exitcode)
                process = subprocess.Popen([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(1000)"],
                                           stdout=subprocess.PIPE)
                process.stdout.readline()
                process.terminate()
                print(process.wait())
                r, w = os.pipe()
                if (pid := os.fork()) == 0:
                    os.write(w, b"x")
                    while True: pass
                os.read(r, 1)
                os.kill(pid, signal.SIGTERM)
                print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assert_ended(self.run_gilscope(script), 0, "fork -15\nspawn -15\nforkserver -15\n-15\n-15\n")

    def test_other_signals(self) -> None:
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT, signal.SIGKILL):
            running = self.start("-c", READY + BUSY)
            running.wait_for("ready")
            running.send(number)
            result = self.finish(running)
            self.assertEqual((result.status, result.report), (-number, None), result)

    def test_the_script_handles_other_signals(self) -> None:
        code = ("import signal\nfor s in (signal.SIGUSR1, signal.SIGALRM, signal.SIGHUP):\n"
                "  signal.signal(s, lambda n, f: print(n))\n  signal.raise_signal(s)\n"
                "seen = []; signal.signal(signal.SIGALRM, lambda n, f: seen.append(n))\n"
                "signal.setitimer(signal.ITIMER_REAL, 1e-4)\nwhile not seen: pass\nprint(seen)")
        self.assert_like_python("-c", code)

    def assert_laws_of_a_cut_run(self, result: Result) -> None:
        """Turns go on being taken while the numbers are read: up to those, each law holds."""
        report = result.report
        self.assertTrue(report["probe"]["verified"], report)
        for gil in report["gils"]:
            self.assertLessEqual(gil["turns"] + gil["lost"], gil["takes_counted"])
            self.assertEqual(gil["overlaps"], 0)
        for thread in report["threads"]:
            self.assertEqual(thread["hold_ns"] + thread["wait_ns"] + thread["outside_ns"], thread["life_ns"])


class Faults(CliCase):
    def test_faulthandler(self) -> None:
        code = ("import faulthandler, signal, os\nfaulthandler.enable()\n"
                "def crash(): os.kill(os.getpid(), signal.SIGSEGV)\ncrash()")
        result = self.run_gilscope("-c", code)
        self.assertEqual(result.status, -11, result)
        self.assertIn("Fatal Python error: Segmentation fault", result.err)
        self.assertIn('File "<string>", line 3 in crash', result.err)
        for arguments in (("-X", "faulthandler"), ("-X", "dev")):
            code = "import faulthandler; print(faulthandler.is_enabled())"
            self.assert_ended(self.run_gilscope(*arguments, "-c", code), 0, "True\n")
        later = ("import faulthandler, threading\ndef f():\n"
                 "  faulthandler.dump_traceback_later(1e-3, exit=True); threading.Event().wait()\nf()")
        result = self.run_gilscope("-c", later)
        self.assertEqual(result.status, 1, result)
        self.assertIn("line 3 in f", result.err)
        self.assertIn("verified on CPython", result.summary)


if __name__ == "__main__":
    unittest.main()
