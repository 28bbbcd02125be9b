"""-t N and --call: whole scripts and functions on native threads, and threads that the script starts itself."""
import unittest

from cli_case import GILSCOPE, SANITIZE, CliCase, needs_gil


class Threads(CliCase):
    def test_the_whole_script_on_each_thread(self) -> None:
        script = self.write("app.py", """
            import gilscope, sys, threading
            barrier = gilscope.__dict__.setdefault("barrier", threading.Barrier(gilscope.thread_count))
            seen = gilscope.__dict__.setdefault("seen", [])
            mine = gilscope.thread_index  # a global of its own
            barrier.wait()                # all of them are here at once
            seen.append((mine, gilscope.thread_index, gilscope.thread_count, __name__, __file__, id(globals()),
                         id(sys._getframe().f_code), threading.get_ident(), sys.argv))
            barrier.wait()
            if mine == 0:
                for row in sorted(seen):
                    assert row[:5] == (row[0], row[0], len(seen), "__main__", sys.argv[1]), row
                print(*(len({str(row[i]) for row in seen}) for i in (0, 5, 6, 7, 8)))
            """)
        for count in (1, 2, 8, 64):
            with self.subTest(count=count):
                result = self.run_gilscope("-t", str(count), script, str(script))
                self.assert_ended(result, 0, f"{count} {count} 1 {count} 1\n")
                workers = {f"worker-{i}" for i in range(count)} if count > 1 else set()
                self.assertEqual(sorted(result.thread_names), sorted({"main"} | workers))

    @unittest.skipIf(SANITIZE, "1024 threads need too much memory under a sanitizer")
    def test_a_thousand_and_twenty_four_threads(self) -> None:
        result = self.run_gilscope("-t", "1024", "-c", "import gilscope; print(f'{gilscope.thread_index}\\n', end='')")
        self.assert_ended(result, 0)
        self.assertEqual(sorted(map(int, result.out.split())), list(range(1024)))
        self.assertEqual(len(result.report["threads"]), 1025)

    @unittest.skipIf(SANITIZE, "a sanitizer reserves more memory than the limit allows")
    def test_too_many_threads_for_the_machine(self) -> None:
        line = 'ulimit -v 2000000; exec "$@"'
        result = self.start_shell(line, "sh", GILSCOPE, "run", "-t", "1024", "-c", "print('ran')").finish()
        self.assertEqual((result.status, result.out), (2, ""), result)
        self.assertRegex(result.err, r"gilscope: only \d+ of 1024 threads could be started .*; ask for fewer with -t")

    def test_each_kind_of_source(self) -> None:
        self.write("app/__main__.py", "print(f'{__name__} {__file__[-15:]} {__package__}\\n', end='')")
        self.write("tell.py", "print(f'{__name__} {__file__[-7:]}\\n', end='')")
        for arguments, line in ((("tell.py",), "__main__ tell.py"), (("-m", "tell"), "__main__ tell.py"),
                                (("-c", "print(__name__ + '\\n', end='')"), "__main__"), (("app",), "__main__ app/__main__.py "),
                                (("-",), "__main__")):
            with self.subTest(arguments=arguments):
                result = self.run_gilscope("-t", "3", *arguments, stdin=b"print(__name__ + '\\n', end='')")
                self.assert_ended(result, 0, 3 * (line + "\n"))

    def test_a_main_block_runs_on_each_thread(self) -> None:
        script = self.write("app.py", """
            from dataclasses import dataclass
            import enum, typing
            @dataclass
            class Point:
                x: int = 1
            class Colour(enum.Enum):
                RED = 1
            class Pair(typing.NamedTuple):
                a: int
            def work() -> None: print(Point(), Colour.RED.name, Pair(2))
            if __name__ == "__main__":
                work()
            """)
        self.assert_ended(self.run_gilscope("-t", "4", script), 0, "Point(x=1) RED Pair(a=2)\n" * 4)

    def test_what_threading_says_of_a_worker(self) -> None:
        code = ("import gilscope, threading\nme = threading.current_thread()\n"
                "assert me is not threading.main_thread() and not me.daemon and me in threading.enumerate()\n"
                "assert me.name == f'worker-{gilscope.thread_index}', me\n"
                "l = threading.local(); l.x = 1\nt = threading.Thread(target=print, args=('.',)); t.start(); t.join()")
        result = self.run_gilscope("-t", "4", "-c", code)
        self.assert_ended(result, 0, ".\n" * 4)
        self.assertEqual(sum(name.startswith("Thread-") for name in result.thread_names), 4, result)

    def test_asyncio_and_subprocess_on_workers(self) -> None:
        code = ("import asyncio, subprocess, sys\nasync def f():\n  await asyncio.sleep(0)\n  return 7\n"
                "assert asyncio.run(f()) == 7\n"
                "assert subprocess.run([sys.executable, '-c', 'print(5)'], capture_output=True).stdout == b'5\\n'\n")
        result = self.run_gilscope("-t", "3", "-c", code)
        self.assert_ended(result, 0, "")
        self.assertEqual(result.err, "")

    def test_threads_of_the_script_outlive_the_workers(self) -> None:
        code = ("import threading\nmain = threading.main_thread()\ndef later():\n  main.join()\n  print('later')\n"
                "threading.Thread(target=later).start()")
        result = self.assert_like_python("-c", code)
        self.assert_ended(result, 0, "later\n")
        self.assert_ended(self.run_gilscope("-t", "3", "-c", code), 0, "later\n" * 3)

    def test_no_trace_runs_the_same(self) -> None:
        result = self.run_gilscope("--no-trace", "-t", "3", "-c", "import gilscope; print(gilscope.thread_count)")
        self.assertEqual((result.status, result.out), (0, "3\n" * 3))


class Call(CliCase):
    SCRIPT = "print('once')\ndef work(index, count): print(index, count, __name__)\nclass A:\n  f = work\nnumber = 7\n"

    def test_the_script_once_and_the_function_on_each_thread(self) -> None:
        for options, count in (((), 1), (("-t", "1"), 1), (("-t", "4"), 4)):
            result = self.run_gilscope(*options, "--call", "work", "-c", self.SCRIPT)
            self.assert_ended(result, 0)
            lines = result.out.splitlines()
            self.assertEqual((lines[0], sorted(lines[1:])),
                             ("once", [f"{i} {count} __main__" for i in range(count)]), result)
            self.assertEqual(sorted(result.thread_names), ["main", *(f"worker-{i}" for i in range(count))])

    def test_a_name_with_dots(self) -> None:
        self.assert_ended(self.run_gilscope("--call=A.f", "-c", self.SCRIPT), 0, "once\n0 1 __main__\n")

    def test_a_function_that_is_not_there(self) -> None:
        for name in ("missing", "number", "A.missing", "work.", ".work", "a b"):
            with self.subTest(name=name):
                result = self.run_gilscope("-t", "2", "--call", name, "-c", self.SCRIPT)
                self.assertEqual(result.status, 2, result)
                self.assertIn(f"'{name}'", result.err)
                self.assertIn("gilscope: ", result.err)
                self.assertNotIn("0 2", result.out)

    def test_no_name(self) -> None:
        self.assert_refused(self.run_gilscope("--call", "", "-c", self.SCRIPT), "--call")

    def test_the_script_that_ends_first(self) -> None:
        script = "import sys\ndef work(i, n): print('never')\n"
        self.assert_ended(self.run_gilscope("--call", "work", "-c", script + "sys.exit(4)"), 4, "")
        self.assert_ended(self.run_gilscope("--call", "work", "-c", script + "1/0"), 1, "")

    def test_how_the_function_ends(self) -> None:
        for body, status in (("sys.exit(5 * i)", 5), ("1/0", 1), ("sys.exit()", 0), ("return 3", 0)):
            result = self.run_gilscope("-t", "2", "--call", "work", "-c", f"import sys\ndef work(i, n): {body}")
            self.assert_ended(result, status, "")
        wrong = self.run_gilscope("--call", "work", "-c", "def work(): pass")
        self.assert_ended(wrong, 1)
        self.assertIn("work() takes 0 positional arguments but 2 were given", wrong.err)

    def test_the_functions_share_the_globals(self) -> None:
        script = ("import threading\nlock = threading.Lock(); total = 0\n"
                  "def work(i, n):\n  global total\n  for _ in range(500):\n    with lock: total += 1\nimport atexit; atexit.register(lambda: print(total))")
        self.assert_ended(self.run_gilscope("-t", "8", "--call", "work", "-c", script), 0, "4000\n")


class OwnThreads(CliCase):
    def test_threads_of_threading_and_futures_are_named(self) -> None:
        script = self.write("app.py", """
            import threading
            from concurrent.futures import ThreadPoolExecutor
            def work(): sum(range(1000))
            threads = [threading.Thread(target=work, name=name) for name in ("reader", "größe", "x" * 300, "")]
            threads.append(threading.Thread(target=work))
            for t in threads: t.start()
            for t in threads: t.join()
            late = threading.Thread(target=lambda: setattr(threading.current_thread(), "name", "renamed"))
            late.start(); late.join()
            with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
                both = threading.Barrier(2)
                list(pool.map(lambda _: both.wait(), range(2)))
            threading.Timer(0, work).start()
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0, "")
        for name in ("main", "reader", "größe", "Thread-1 (work)", "renamed", "pool_0", "pool_1"):
            self.assertIn(name, result.thread_names)
        self.assertTrue(any(name.startswith("x" * 30) for name in result.thread_names), result.thread_names)
        self.assertEqual(len(result.thread_names), 10, result.thread_names)

    @needs_gil
    def test_threads_of_c_code_are_seen(self) -> None:
        script = self.write("app.py", """
            import ctypes
            libc = ctypes.CDLL(None)
            START = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
            seen = []
            callback = START(lambda arg: seen.append(arg) or 0)
            thread = ctypes.c_ulong()
            for i in range(1, 4):
                assert libc.pthread_create(ctypes.byref(thread), None, callback, ctypes.c_void_p(i)) == 0
                assert libc.pthread_join(thread, None) == 0
            print(seen)
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0, "[1, 2, 3]\n")
        self.assertEqual(len(result.report["threads"]), 4)
        for thread in result.report["threads"]:
            self.assertGreater(thread["turns"], 0)

    def test_native_ids_are_the_kernels(self) -> None:
        code = "import threading; print(threading.get_native_id())"
        result = self.run_gilscope("-c", code)
        self.assertEqual(result.report["threads"][0]["native_id"], int(result.out))
        result = self.run_gilscope("-t", "3", "-c", code)
        ids = {thread["native_id"] for thread in result.report["threads"] if thread["name"] != "main"}
        self.assertEqual(ids, set(map(int, result.out.split())))

    def test_five_hundred_threads(self) -> None:
        script = self.write("app.py", """
            import threading
            go = threading.Event()
            threads = [threading.Thread(target=go.wait, name=f"t{i}") for i in range(500)]
            for t in threads: t.start()
            go.set()
            for t in threads: t.join()
            print("done")
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0, "done\n")
        self.assertEqual(sorted(result.thread_names), sorted(["main"] + [f"t{i}" for i in range(500)]))

    def test_threads_that_come_and_go(self) -> None:
        code = ("import threading\nfor i in range(300):\n  t = threading.Thread(target=int, name=f'n{i}'); t.start(); t.join()")
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0)
        self.assertEqual(sorted(result.thread_names), sorted(["main"] + [f"n{i}" for i in range(300)]))

    def test_switch_interval(self) -> None:
        code = ("import sys, threading\nprint(sys.getswitchinterval())\nsys.setswitchinterval(1e-5)\n"
                "stop = []\ndef spin():\n  while not stop: pass\nt = threading.Thread(target=spin); t.start()\n"
                "for _ in range(20000): pass\nstop.append(1); t.join()\nprint(sys.getswitchinterval() < 1e-4)")
        self.assert_ended(self.run_gilscope("-c", code), 0, "0.005\nTrue\n")

    def test_asyncio(self) -> None:
        code = ("import asyncio\nasync def f(n):\n  await asyncio.sleep(0)\n  return await asyncio.to_thread(lambda: n)\n"
                "async def main():\n  async with asyncio.TaskGroup() as g: ts = [g.create_task(f(i)) for i in range(9)]\n"
                "  print(sum(t.result() for t in ts))\nasyncio.run(main())")
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0, "36\n")
        self.assertIn("asyncio_0", result.thread_names)


if __name__ == "__main__":
    unittest.main()
