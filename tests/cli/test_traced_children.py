"""--children: processes that a script makes are traced, and the script does not notice."""
import json
import os
import signal
import textwrap
import unittest
from typing import Any

from cli_case import CliCase, Result, needs_gil

PRELUDE = textwrap.dedent("""
    import concurrent.futures, multiprocessing, os, signal, subprocess, sys, threading
    def work(n):
        total = 0
        for i in range(n): total += i
        return total
    def child(code): return subprocess.run([sys.executable, "-c", code], check=True)
    """)


@needs_gil
class TracedChildren(CliCase):
    def trace(self, text: str, *options: str, status: int = 0, **keys: Any) -> Result:
        script = self.write("app.py", PRELUDE + textwrap.dedent(text))
        result = self.run_gilscope("--children", *options, script, **keys)
        self.assert_ended(result, status)
        self.assert_processes(result.report)
        return result

    def assert_processes(self, report: dict[str, Any]) -> None:
        processes = report["processes"]
        by_pid = {process["pid"] for process in processes}
        self.assertEqual(processes[0]["begin_ns"], 0)
        ids = [gil for process in processes for gil in process["gils"]]
        self.assertEqual(ids, sorted(gil["id"] for gil in report["gils"]))
        for index, process in enumerate(processes):
            self.assertLessEqual(process["begin_ns"] + process["wall_ns"], report["wall_ns"] + 1, process)
            gils = [gil for gil in report["gils"] if gil["process"] == index]
            self.assertEqual([gil["id"] for gil in gils], process["gils"])
            self.assertEqual(process["turns"], sum(gil["turns"] for gil in gils))
            self.assertGreater(process["turns"], 0, process)
            if index > 0:
                self.assertIn(process["parent_pid"], by_pid, process)
            # One machine, one clock: both were read within a few microseconds, unless the reader was put off its core.
            self.assertLess(abs(process["clock_error_ns"]), 1_000_000_000, process)
        for thread in report["threads"]:
            self.assertIn(thread["gil"], processes[thread["process"]]["gils"])

    def children_of(self, result: Result) -> list[dict[str, Any]]:
        return result.report["processes"][1:]

    def test_a_fork(self) -> None:
        result = self.trace("""
            if (pid := os.fork()) == 0:
                work(1000)
                sys.exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assertEqual(result.out, "7\n")
        forked, = self.children_of(result)
        self.assertEqual((forked["exit_status"], forked["ended"]), (7, "exited"))
        self.assertEqual(forked["parent_pid"], result.report["processes"][0]["pid"])
        self.assertEqual(result.report["untraced"], [])

    def test_os_exit_and_threads_in_a_fork(self) -> None:
        result = self.trace("""
            def f():
                if (pid := os.fork()) == 0:
                    t = threading.Thread(target=work, args=(1000,), name="inside"); t.start(); t.join()
                    os._exit(3)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
            t = threading.Thread(target=f); t.start(); t.join()
            """)
        forked, = self.children_of(result)
        self.assertEqual(forked["exit_status"], 3)
        self.assertTrue(any(name.startswith("inside of ") for name in result.thread_names), result.thread_names)

    def test_a_child_of_a_child(self) -> None:
        result = self.trace("""
            for depth in range(3):
                pid = os.fork()
                if pid: sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) + 1)
            child("pass")
            sys.exit(10)
            """, status=13)
        processes = result.report["processes"]
        self.assertEqual([process["exit_status"] for process in processes], [13, 12, 11, 10, 0])
        self.assertEqual([process["parent_pid"] for process in processes[1:]], [process["pid"] for process in processes[:-1]])

    def test_a_killed_child_ends_early(self) -> None:
        result = self.trace("""
            if (pid := os.fork()) == 0:
                work(1000)
                os.kill(os.getpid(), signal.SIGKILL)
            os.waitpid(pid, 0)
            """)
        forked, = self.children_of(result)
        self.assertEqual((forked["ended"], forked["exit_status"]), ("killed", None))
        self.assertIn("ended early: killed, or crashed", result.summary)

    def test_a_terminated_child_is_whole(self) -> None:
        result = self.trace("""
            end, begin = os.pipe()
            if (pid := os.fork()) == 0:
                os.write(begin, b".")
                while True: signal.pause()
            os.read(end, 1)
            os.kill(pid, signal.SIGTERM)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assertEqual(result.out, "-15\n")
        forked, = self.children_of(result)
        self.assertEqual((forked["ended"], forked["exit_status"]), ("exited", 143))

    def test_a_program(self) -> None:
        script = self.write("app.py", PRELUDE + textwrap.dedent("""
            code = "import sys, os; print(sys.argv, sys.orig_argv[1:], sys.flags, sys.executable, sys.path, input(), sorted(os.environ)); sys.exit(5)"
            for options in ([], ["-I"], ["-E", "-s", "-B"], ["-X", "utf8", "-W", "error"], ["-u", "-O"]):
                run = subprocess.run([sys.executable, *options, "-c", code, "x", "-y"], input="line", text=True, capture_output=True, env={**os.environ, "SEEN": "1"})
                print(run.returncode, run.stdout, run.stderr)
            print(subprocess.run([sys.executable, "-V"], capture_output=True, text=True))
            print(subprocess.run([sys.executable, "--wrong"], capture_output=True, text=True))
            print(subprocess.run([sys.executable, "-"], input="raise SystemExit('said')", capture_output=True, text=True))
            print(subprocess.run([sys.executable, "no_such_file.py"], capture_output=True, text=True))
            """))
        result = self.assert_like_python(script, options=("--children",))
        ended = [process["exit_status"] for process in self.children_of(result)]
        self.assertEqual([status for status in ended if status == 5], [5] * 5)

    def test_descriptors_and_signals_of_a_program(self) -> None:
        script = self.write("app.py", PRELUDE + textwrap.dedent("""
            end, begin = os.pipe()
            os.set_inheritable(begin, True)
            code = f"import os; os.write({begin}, b'through'); print(os.get_inheritable({begin}), sorted(map(int, os.listdir('/proc/self/fd')))[:3])"
            print(subprocess.run([sys.executable, "-c", code], pass_fds=[begin], capture_output=True, text=True))
            print(os.read(end, 100))
            print(subprocess.run([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT)"], capture_output=True).returncode)
            print(subprocess.run([sys.executable, "-c", "import os; os.abort()"], capture_output=True).returncode)
            print(subprocess.run([sys.executable, "-c", "print(1)"], close_fds=False, capture_output=True))
            print(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", "raise SystemExit(4)"], os.environ), 0)[1]))
            """))
        self.assert_like_python(script, options=("--children",))

    def test_exec_in_a_fork(self) -> None:
        result = self.trace("""
            if (pid := os.fork()) == 0:
                try: os.execv("/no/such/program", ["x"])
                except OSError: pass
                os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit(9)"])
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assertEqual(result.out, "9\n")
        self.assertEqual([process["ended"] for process in self.children_of(result)], ["replaced", "exited"])
        self.assertEqual(len({process["pid"] for process in self.children_of(result)}), 1)

    def test_the_start_methods(self) -> None:
        for method, names in (("fork", "Fork"), ("spawn", "Spawn"), ("forkserver", "ForkServer")):
            with self.subTest(method=method):
                result = self.trace(f"""
                    def main():
                        context = multiprocessing.get_context({method!r})
                        processes = [context.Process(target=work, args=(1000,)) for _ in range(2)]
                        processes.append(context.Process(target=sys.exit, args=(6,), name="leaves"))
                        for process in processes: process.start()
                        for process in processes: process.join()
                        print([process.exitcode for process in processes])
                    if __name__ == "__main__": main()
                    """)
                self.assertEqual(result.out, "[0, 0, 6]\n")
                ended = {process["name"]: process["exit_status"] for process in self.children_of(result) if process["name"]}
                self.assertLessEqual({f"{names}Process-1": 0, f"{names}Process-2": 0, "leaves": 6}.items(), ended.items(), result)

    def test_pools(self) -> None:
        result = self.trace("""
            def main():
                multiprocessing.set_start_method("fork")  # the default until 3.13
                with multiprocessing.Pool(3) as pool:
                    print(sum(pool.map(work, [100] * 30)))
                    pool.close()
                    pool.join()  # else the end of the with kills them, wherever they are
                with concurrent.futures.ProcessPoolExecutor(3) as pool: print(sum(pool.map(work, [100] * 30)))
            if __name__ == "__main__": main()
            """)
        self.assertEqual(result.out, "148500\n148500\n")
        names = [process["name"] or "" for process in self.children_of(result)]
        self.assertEqual(sum(name.startswith("ForkPoolWorker-") for name in names), 3, names)
        self.assertIn("3 x ForkPoolWorker", result.summary)
        self.assertEqual({process["ended"] for process in self.children_of(result)}, {"exited"})

    def test_the_module_in_every_child(self) -> None:
        result = self.trace("""
            import gilscope
            def region(n):
                with gilscope.region("child"): return gilscope.stats()["probe"]["verified"]
            def main():
                for method in ("fork", "spawn"):
                    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
                        print(pool.submit(region, 1).result())
            if __name__ == "__main__": main()
            """)
        self.assertEqual(result.out, "True\nTrue\n")
        self.assertEqual([(region["name"], region["count"]) for region in result.report["regions"]], [("child", 2)])

    def test_many_short_children(self) -> None:
        result = self.trace("""
            for i in range(60):
                if (pid := os.fork()) == 0: os._exit(i % 7)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == i % 7
            """)
        self.assertEqual([process["exit_status"] for process in self.children_of(result)], [i % 7 for i in range(60)])

    def test_a_child_that_outlives_the_run(self) -> None:
        result = self.trace("""
            end, begin = os.pipe()
            if os.fork() == 0:
                os.setsid()
                for number in (0, 1, 2): os.close(number)
                os.write(begin, b".")
                os.read(os.open(os.environ["GATE"], os.O_RDONLY), 1)
                os._exit(0)
            os.read(end, 1)
            """, env=self.gate())
        forked, = self.children_of(result)
        self.assertEqual((forked["ended"], forked["exit_status"]), ("running", None))
        os.close(os.open(self.folder / "gate", os.O_WRONLY))  # lets it end

    def gate(self) -> dict[str, str]:
        from cli_case import environment
        os.mkfifo(self.folder / "gate")
        return environment(GATE=str(self.folder / "gate"))

    def test_the_file_is_one_and_says_the_same(self) -> None:
        result = self.trace("child('pass')\nif (pid := os.fork()) == 0: os._exit(0)\nos.waitpid(pid, 0)", "-o", "run.gil")
        self.assertEqual(sorted(path.name for path in self.folder.glob("run.gil*")), ["run.gil"])
        told = self.gilscope("report", "run.gil", "--json", "-")
        self.assertEqual(json.loads(told.out), result.report)
        for option, name in (("--perfetto", "run.pftrace"), ("--chrome", "run.json.chrome"), ("--gecko", "run.gecko"), ("--html", "run.html"), ("--picture", "run.svg")):
            drawn = self.gilscope("report", "run.gil", "-q", option, name)
            self.assertEqual((drawn.status, drawn.err), (0, ""), drawn)
            self.assertGreater((self.folder / name).stat().st_size, 0)

    def test_a_killed_run_is_merged_by_report(self) -> None:
        script = self.write("app.py", PRELUDE + textwrap.dedent("""
            if (pid := os.fork()) == 0: os._exit(2)
            os.waitpid(pid, 0)
            print("ready", flush=True)
            while True: signal.pause()
            """))
        running = self.start("--children", "-o", "run.gil", script, json_file=None)
        running.wait_for("ready")
        running.finish(kill=True)
        self.assertTrue((self.folder / "run.gil.children").is_dir())
        report = json.loads(self.gilscope("report", "run.gil", "--json", "-").out)
        self.assertEqual([process["ended"] for process in report["processes"]], ["killed", "exited"])
        # The next run to this file is not mixed up with it.
        self.trace("pass", "-o", "run.gil")
        self.assertFalse((self.folder / "run.gil.children").exists())

    def test_a_child_that_cannot_write(self) -> None:
        result = self.trace("""
            import resource
            if (pid := os.fork()) == 0:
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
                if (inner := os.fork()) == 0: os._exit(4)
                os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]))
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assertEqual(result.out, "4\n")
        self.assertEqual(len(result.report["untraced"]), 1, result)
        self.assertIn("process", result.summary)
        self.assertIn("not traced", result.summary)

    def test_a_child_that_closes_every_descriptor(self) -> None:
        result = self.trace("""
            if (pid := os.fork()) == 0:
                mine = os.open("mine.txt", os.O_RDWR | os.O_CREAT)
                for number in range(3, 1024):
                    if number != mine: os.dup2(mine, number)
                work(1000)
                os.write(mine, b"mine")
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        self.assertEqual((result.out, (self.folder / "mine.txt").read_text()), ("0\n", "mine"))
        self.assertEqual([process["ended"] for process in self.children_of(result)], ["killed"])

    def test_without_the_option_nothing_is_told_apart(self) -> None:
        result = self.run_gilscope("-c", "import os, sys\nif (pid := os.fork()) == 0: os._exit(0)\nos.waitpid(pid, 0)")
        self.assertNotIn("processes", result.report)

    def test_what_does_not_go_together(self) -> None:
        self.assert_refused(self.gilscope("run", "--no-trace", "--children", "-c", "pass"), "--no-trace")


if __name__ == "__main__":
    unittest.main()
